import type { ResourceUuid } from '../../model/identity.js';
import { scopeOf } from '../access.js';
import type { ResourceChange } from './change.js';
import type { FeedStream } from './feed-stream.js';

/** Who listens, by what they can hear of, so that a change is offered to few who may not. */
export class Audience {
  readonly #all = new Set<FeedStream>();
  readonly #ofAccount = new Map<ResourceUuid, Set<FeedStream>>();
  readonly #ofAll = new Set<FeedStream>();

  /** How many listen. */
  get size(): number {
    return this.#all.size;
  }

  /** All who listen. */
  get streams(): Iterable<FeedStream> {
    return this.#all;
  }

  /** How many of an account listen. */
  countOf(account: ResourceUuid): number {
    return this.#ofAccount.get(account)?.size ?? 0;
  }

  add(stream: FeedStream): void {
    const { caller } = stream;
    this.#all.add(stream);
    const own = this.#ofAccount.get(caller.account);
    if (own === undefined) this.#ofAccount.set(caller.account, new Set([stream]));
    else own.add(stream);
    if (scopeOf(caller).kind === 'all') this.#ofAll.add(stream);
  }

  remove(stream: FeedStream): void {
    const { account } = stream.caller;
    this.#all.delete(stream);
    this.#ofAll.delete(stream);
    const own = this.#ofAccount.get(account);
    if (own?.delete(stream) === true && own.size === 0) this.#ofAccount.delete(account);
  }

  /** Those who may hear of a change; each is to look for itself. */
  *of({ type, account }: ResourceChange): Iterable<FeedStream> {
    if (type.access.visibleTo === 'everyone') {
      yield* this.#all;
      return;
    }
    yield* this.#ofAll;
    for (const stream of this.#ofAccount.get(account) ?? [])
      if (!this.#ofAll.has(stream)) yield stream;
  }
}
