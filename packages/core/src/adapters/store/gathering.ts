import { ensureError, PortUnavailable } from '../../model/errors.js';

/** How many go together at most, and how many such groups are under way at a time. */
export interface GatheringLimits {
  readonly together: number;
  readonly atOnce: number;
}

interface Pending<Request, Answer> {
  readonly request: Request;
  answer(value: Answer): void;
  refuse(error: Error): void;
}

/**
 * Asks one question for all that is asked in one turn of the event loop, or while earlier questions are under way. So
 * who asks alone waits for nobody, and the more ask the fewer ways there and back each of them costs.
 */
export class Gathering<Request extends { readonly uuid: string }, Answer> {
  readonly #ask: (requests: readonly Request[]) => Promise<ReadonlyMap<string, Answer>>;
  readonly #limits: GatheringLimits;
  #pending: Pending<Request, Answer | undefined>[] = [];
  #underWay = 0;
  #scheduled: 'yes' | 'no' = 'no';

  /** `ask` answers by uuid; it gets no uuid twice, and leaves out what it has no answer for. */
  constructor(
    ask: (requests: readonly Request[]) => Promise<ReadonlyMap<string, Answer>>,
    limits: GatheringLimits,
  ) {
    this.#ask = ask;
    this.#limits = limits;
  }

  /** Resolves with the answer for this request alone. */
  ask(request: Request): Promise<Answer | undefined> {
    return new Promise((answer, refuse) => {
      this.#pending.push({ request, answer, refuse });
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#scheduled === 'yes' || this.#underWay >= this.#limits.atOnce) return;
    this.#scheduled = 'yes';
    setImmediate(() => {
      this.#scheduled = 'no';
      while (this.#pending.length > 0 && this.#underWay < this.#limits.atOnce) void this.#go();
    });
  }

  async #go(): Promise<void> {
    const group = this.#nextGroup();
    this.#underWay += 1;
    try {
      await this.#askFor(group);
    } finally {
      this.#underWay -= 1;
      if (this.#pending.length > 0) this.#schedule();
    }
  }

  // Of several that ask about one resource the first goes now, so that each sees what the one before left.
  #nextGroup(): readonly Pending<Request, Answer | undefined>[] {
    const group: Pending<Request, Answer | undefined>[] = [];
    const later: Pending<Request, Answer | undefined>[] = [];
    const uuids = new Set<string>();
    for (const each of this.#pending) {
      const { uuid } = each.request;
      if (group.length < this.#limits.together && !uuids.has(uuid)) group.push(each);
      else later.push(each);
      uuids.add(uuid);
    }
    this.#pending = later;
    return group;
  }

  async #askFor(group: readonly Pending<Request, Answer | undefined>[]): Promise<void> {
    try {
      const answers = await this.#ask(group.map(({ request }) => request));
      for (const each of group) each.answer(answers.get(each.request.uuid));
    } catch (thrown) {
      const error = ensureError(thrown);
      if (group.length === 1 || error instanceof PortUnavailable) {
        for (const each of group) each.refuse(error);
      } else {
        // One of them is at fault; nothing of the group was written.
        for (const each of group) await this.#askFor([each]);
      }
    }
  }
}
