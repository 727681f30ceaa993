/** A host that was reached answers for another pool than before: one that was ejected, or an address given anew. */
export class PoolDiffers extends Error {
  override readonly name = 'PoolDiffers';

  /** `known` and `found` are what hosts gave as the uuids of their pools: anything, from a hostile one. */
  constructor(origin: string, known: string, found: string) {
    super(`${origin} belongs to pool ${uuidOf(found)}, not to ${uuidOf(known)}`);
  }
}

function uuidOf(text: string): string {
  return /^[0-9a-f-]{36}$/i.test(text) ? text : '(no uuid)';
}
