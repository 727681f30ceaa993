/** What a host application may say of addresses on the outside. */
export interface AddressOptions {
  /** How long an address that was given up is nobody's; milliseconds. Default a minute. */
  readonly quarantineMs?: number | undefined;
}

/** {@link AddressOptions}, complete. */
export interface AddressSettings {
  readonly quarantineMs: number;
}

/** Completes the options. Throws TypeError on a time that is none. */
export function addressSettings({ quarantineMs = 60_000 }: AddressOptions = {}): AddressSettings {
  if (!Number.isFinite(quarantineMs) || quarantineMs < 0)
    throw new TypeError('addresses: quarantineMs is a number of milliseconds');
  return { quarantineMs };
}
