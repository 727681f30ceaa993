/** A key or a login that was entered. */
export interface Credentials {
  readonly accessKey: string;
  readonly secretKey: string;
}

const NAME = 'gdcloud.credentials';

/** Credentials of this tab: they outlive a reload, and nothing else. Never in a cookie, so that no other page can use them. */
export function rememberedCredentials(): Credentials | undefined {
  try {
    const { accessKey, secretKey } = Object(JSON.parse(sessionStorage.getItem(NAME) ?? 'null'));
    return typeof accessKey === 'string' && typeof secretKey === 'string'
      ? { accessKey, secretKey }
      : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps credentials until the tab is closed. */
export function remember(credentials: Credentials): void {
  sessionStorage.setItem(NAME, JSON.stringify(credentials));
}

/** Forgets them. */
export function forget(): void {
  sessionStorage.removeItem(NAME);
}
