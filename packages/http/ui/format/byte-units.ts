/** The bytes of what fields count in. */
export const MB: number = 2 ** 20;
export const GB: number = 2 ** 30;

const UNITS: Readonly<Record<string, number>> = { Bytes: 1, Mb: MB, Gb: GB };

/** The bytes that a field of this name counts in, as its last word says: `ramSizeMb`. Undefined for what is no size. */
export function bytesIn(name: string): number | undefined {
  const word = /(?:^|[a-z0-9])(Bytes|Mb|Gb)$/.exec(name)?.[1];
  return word === undefined ? undefined : UNITS[word];
}
