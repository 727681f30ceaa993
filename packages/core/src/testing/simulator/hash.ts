const hashes = new Map<string, number>();

/** FNV-1a, 32 bits, of a text. Kept, because a run repeats the same few texts. */
export function hashOf(text: string): number {
  const known = hashes.get(text);
  if (known !== undefined) return known;
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  }
  hashes.set(text, hash);
  return hash;
}
