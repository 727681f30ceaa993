import type { ContentFormat } from '@gdcloud/core';

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
  /** What it was said to be where it is for a volume; an image says that itself. */
  readonly format?: ContentFormat | undefined;
  /** Why what was brought became no image: nothing of it is there any more. */
  readonly refused?: Refusal | undefined;
}

/** Why content is no image. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
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
  const fields: Record<string, unknown> = { ...json };
  const { version, id, origin, validator, totalBytes, sha256, format, refused } = fields;
  if (version !== 1 || typeof id !== 'string' || !/^[0-9a-f]{16}$/.test(id)) return undefined;
  if (typeof origin !== 'string') return undefined;
  return {
    id,
    origin,
    ...(typeof validator === 'string' ? { validator } : {}),
    ...(isSize(totalBytes) ? { totalBytes } : {}),
    ...(typeof sha256 === 'string' ? { sha256 } : {}),
    ...(format === 'raw' || format === 'vhd' ? { format } : {}),
    ...(isRefusal(refused) ? { refused } : {}),
  };
}

function isRefusal(value: unknown): value is Refusal {
  if (typeof value !== 'object' || value === null) return false;
  const { code, message }: Record<string, unknown> = { ...value };
  return typeof code === 'string' && typeof message === 'string';
}

function isSize(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
