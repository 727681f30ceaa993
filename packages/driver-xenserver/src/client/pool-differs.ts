/** A host that was reached answers for another pool than before: one that was ejected, or an address given anew. */
export class PoolDiffers extends Error {
  override readonly name = 'PoolDiffers';

  constructor(origin: string, known: string, found: string) {
    super(`${origin} belongs to pool ${found}, not to ${known}`);
  }
}
