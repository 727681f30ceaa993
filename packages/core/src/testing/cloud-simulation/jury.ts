import type { Finding, Invariant, View, Watcher } from './facts.js';

/** A broken invariant, in words. */
export interface Verdict {
  readonly invariant: string;
  readonly message: string;
}

/** All invariants of a run: hears every fact, and stops hearing at the first that is broken. */
export class Jury {
  readonly #watchers: readonly (readonly [id: string, watcher: Watcher])[];
  #verdict: Verdict | undefined;

  constructor(invariants: readonly Invariant[], view: View) {
    this.#watchers = invariants.map((invariant) => [
      `${invariant.id} ${invariant.name}`,
      invariant.watch(view),
    ]);
  }

  /** What was found first; undefined while everything holds. */
  get verdict(): Verdict | undefined {
    return this.#verdict;
  }

  /** Hears one kind of fact. Who has nothing to say about it is not asked: most kinds concern few. */
  hearing<Facts extends readonly unknown[]>(
    judgeOf: (watcher: Watcher) => ((...facts: Facts) => Finding) | undefined,
  ): (...facts: Facts) => void {
    const judges = this.#watchers.flatMap(([id, watcher]) => {
      const judge = judgeOf(watcher);
      return judge === undefined ? [] : [{ id, judge }];
    });
    return (...facts) => {
      if (this.#verdict !== undefined) return;
      for (const { id, judge } of judges) {
        const message = judge(...facts);
        if (message === undefined) continue;
        this.#verdict = { invariant: id, message };
        return;
      }
    };
  }
}
