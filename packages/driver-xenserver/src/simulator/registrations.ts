/** What sessions asked to be told by `event.next`, and up to which generation they were. */
export class Registrations {
  readonly #bySession = new Map<string, Registration>();

  /** Undefined for a session that never registered; one that took all back is registered for nothing. */
  of(session: string): Registration | undefined {
    return this.#bySession.get(session);
  }

  /** What happened before `generation` is not told to a session that registers for the first time. */
  add(session: string, classes: readonly string[], generation: number): void {
    const before = this.#bySession.get(session) ?? {
      classes: new Set<string>(),
      since: generation,
    };
    this.#bySession.set(session, {
      ...before,
      classes: new Set([...before.classes, ...classes]),
    });
  }

  take(session: string, classes: readonly string[]): void {
    const before = this.#bySession.get(session);
    if (before === undefined) return;
    const left = [...before.classes].filter((name) => !classes.includes(name));
    this.#bySession.set(session, { ...before, classes: new Set(left) });
  }

  /** The session knows all up to `generation`. */
  told(session: string, generation: number): void {
    const before = this.#bySession.get(session);
    if (before !== undefined) this.#bySession.set(session, { ...before, since: generation });
  }

  forget(session: string): void {
    this.#bySession.delete(session);
  }
}

/** What one session registered for. */
export interface Registration {
  /** As `event.from` takes them. */
  readonly classes: ReadonlySet<string>;
  readonly since: number;
}
