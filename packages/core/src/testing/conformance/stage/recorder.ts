import type { Finding } from '../finding.js';

/** What a driver said. */
export interface Sighting {
  /** The check that ran. */
  readonly check: string;
  readonly verb: string;
  readonly kind: 'returned' | 'failed';
  /** What was returned or thrown. */
  readonly what: unknown;
}

/** A rule about everything that a driver says. */
export interface SpokenRule {
  /** As of the check that reports it. */
  readonly id: string;
  readonly rule: string;
  readonly where: string;
  /** What breaks the rule, if anything does. */
  judge(sighting: Sighting, secrets: ReadonlySet<string>): Finding | undefined;
}

/** Collects what the kit saw, over all checks, for the rules that hold always and everywhere. */
export class Recorder {
  check = '';
  /** The first breach of each rule, by its id. */
  readonly breaches = new Map<string, Finding>();
  /** Checks after which a driver whose calls had all ended still had calls scheduled. */
  readonly timers: { readonly check: string; readonly scheduled: number }[] = [];
  readonly rejections: { readonly check: string; readonly error: unknown }[] = [];
  /** Checks after which a call's signal still had listeners. */
  readonly listeners: { readonly check: string; readonly verb: string }[] = [];
  /** Texts that must not be seen. */
  readonly secrets = new Set<string>();
  readonly #rules: readonly SpokenRule[];

  constructor(rules: readonly SpokenRule[]) {
    this.#rules = rules;
  }

  saw(verb: string, kind: Sighting['kind'], what: unknown): void {
    const sighting = { check: this.check, verb, kind, what };
    for (const rule of this.#rules) {
      if (this.breaches.has(rule.id)) continue;
      const finding = rule.judge(sighting, this.secrets);
      if (finding !== undefined) this.breaches.set(rule.id, finding);
    }
  }
}
