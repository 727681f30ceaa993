import type { Finding, Invariant, View, Watcher } from './facts.js';

/** A broken invariant, in words. */
export interface Verdict {
  readonly invariant: string;
  readonly message: string;
}

interface Juror {
  readonly id: string;
  readonly watcher: Watcher;
}

type Asked<Fact extends keyof Watcher> = Juror & {
  readonly watcher: Required<Pick<Watcher, Fact>>;
};

/** All invariants of a run: hears every fact, and stops hearing at the first that is broken. */
export class Jury {
  readonly wrote: NonNullable<Judged['wrote']>;
  readonly sent: NonNullable<Judged['sent']>;
  readonly happened: NonNullable<Judged['happened']>;
  readonly answered: NonNullable<Judged['answered']>;
  readonly lockWas: NonNullable<Judged['lockWas']>;
  readonly published: NonNullable<Judged['published']>;
  readonly said: NonNullable<Judged['said']>;
  readonly stepped: NonNullable<Judged['stepped']>;
  readonly rested: NonNullable<Judged['rested']>;
  #verdict: Verdict | undefined;

  constructor(invariants: readonly Invariant[], view: View) {
    const jurors = invariants.map((invariant) => ({
      id: `${invariant.id} ${invariant.name}`,
      watcher: invariant.watch(view),
    }));
    // Who has nothing to say about a fact is not asked: most facts concern few.
    const wrote = jurors.filter((juror): juror is Asked<'wrote'> => hears(juror, 'wrote'));
    this.wrote = (write) => this.#ask(wrote, (watcher) => watcher.wrote(write));
    const sent = jurors.filter((juror): juror is Asked<'sent'> => hears(juror, 'sent'));
    this.sent = (process, kind, key, desired) =>
      this.#ask(sent, (watcher) => watcher.sent(process, kind, key, desired));
    const happened = jurors.filter((juror): juror is Asked<'happened'> => hears(juror, 'happened'));
    this.happened = (event) => this.#ask(happened, (watcher) => watcher.happened(event));
    const answered = jurors.filter((juror): juror is Asked<'answered'> => hears(juror, 'answered'));
    this.answered = (wish, answer) =>
      this.#ask(answered, (watcher) => watcher.answered(wish, answer));
    const lockWas = jurors.filter((juror): juror is Asked<'lockWas'> => hears(juror, 'lockWas'));
    this.lockWas = (what, key, process) =>
      this.#ask(lockWas, (watcher) => watcher.lockWas(what, key, process));
    const published = jurors.filter((juror): juror is Asked<'published'> =>
      hears(juror, 'published'),
    );
    this.published = (hint) => this.#ask(published, (watcher) => watcher.published(hint));
    const said = jurors.filter((juror): juror is Asked<'said'> => hears(juror, 'said'));
    this.said = (line) => this.#ask(said, (watcher) => watcher.said(line));
    const stepped = jurors.filter((juror): juror is Asked<'stepped'> => hears(juror, 'stepped'));
    this.stepped = () => this.#ask(stepped, (watcher) => watcher.stepped());
    const rested = jurors.filter((juror): juror is Asked<'rested'> => hears(juror, 'rested'));
    this.rested = () => this.#ask(rested, (watcher) => watcher.rested());
  }

  /** What was found first; undefined while everything holds. */
  get verdict(): Verdict | undefined {
    return this.#verdict;
  }

  #ask<Fact extends keyof Watcher>(
    jurors: readonly Asked<Fact>[],
    judge: (watcher: Asked<Fact>['watcher']) => Finding,
  ): void {
    if (this.#verdict !== undefined) return;
    for (const { id, watcher } of jurors) {
      const message = judge(watcher);
      if (message === undefined) continue;
      this.#verdict = { invariant: id, message };
      return;
    }
  }
}

type Judged = {
  readonly [Fact in keyof Watcher]: (...facts: Parameters<NonNullable<Watcher[Fact]>>) => void;
};

function hears(juror: Juror, fact: keyof Watcher): boolean {
  return juror.watcher[fact] !== undefined;
}
