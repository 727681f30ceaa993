import { createHash, type Hash } from 'node:crypto';
import { type Hear, SESSION_MARK } from './line.js';

/** Names that chance gives: references, sessions, uuids. */
const NAMES = new RegExp(
  `(OpaqueRef:)?(${SESSION_MARK})?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`,
  'g',
);

/**
 * What drivers ask of pools, pool by pool: every request whole, but for the names in it, which are told apart by their
 * order only. Two pools with the same transcript were asked the same, word for word, whatever struck meanwhile.
 */
export class Transcripts {
  readonly #hashes: Hash[] = [];

  /** Begins the transcript of another pool. */
  readonly begin = (): Hear => {
    const hash = createHash('sha256');
    const names = new Map<string, number>();
    this.#hashes.push(hash);
    return (body) => {
      const told = body.replace(NAMES, (name) => {
        const nth = names.get(name) ?? names.size;
        names.set(name, nth);
        return `#${nth}`;
      });
      hash.update(`${told}\0`);
    };
  };

  /** How many pools there were. */
  get count(): number {
    return this.#hashes.length;
  }

  /** How many pools there were that were asked otherwise than any of `others`, each of which stands for one. */
  unlike(others: Transcripts): number {
    const left = new Map<string, number>();
    for (const digest of others.#digests()) left.set(digest, (left.get(digest) ?? 0) + 1);
    return this.#digests().filter((digest) => {
      const known = left.get(digest) ?? 0;
      left.set(digest, known - 1);
      return known <= 0;
    }).length;
  }

  #digests(): readonly string[] {
    return this.#hashes.map((hash) => hash.copy().digest('hex'));
  }
}
