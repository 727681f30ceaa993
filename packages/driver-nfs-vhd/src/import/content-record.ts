/** Which content the parts on the share are of. */
export interface ContentRecord {
  /** 16 hexadecimal digits by chance: parts of other content have other names. */
  readonly id: string;
  /** A digest of where it comes from, or `upload`. */
  readonly origin: string;
  /** What the server said names this very content; without it, only the process that began can go on. */
  readonly validator?: string | undefined;
  readonly totalBytes?: number | undefined;
  /** What its SHA-256 is said to be. */
  readonly sha256?: string | undefined;
}

/** Longest record there is. */
export const RECORD_BYTES = 4096;

/** A record as it lies on the share. */
export function encodeRecord(record: ContentRecord): Uint8Array {
  return Buffer.from(`${JSON.stringify({ version: 1, ...record })}\n`);
}

/** Reads a record; absent where it is none, which counts as no content. */
export function parseRecord(text: string): ContentRecord | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof json !== 'object' || json === null) return undefined;
  const { version, id, origin, validator, totalBytes, sha256 }: Record<string, unknown> = {
    ...json,
  };
  if (version !== 1 || typeof id !== 'string' || !/^[0-9a-f]{16}$/.test(id)) return undefined;
  if (typeof origin !== 'string') return undefined;
  return {
    id,
    origin,
    ...(typeof validator === 'string' ? { validator } : {}),
    ...(isSize(totalBytes) ? { totalBytes } : {}),
    ...(typeof sha256 === 'string' ? { sha256 } : {}),
  };
}

function isSize(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
