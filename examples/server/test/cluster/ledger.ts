import type { Body } from './requests.js';

/** Types that the workload makes. */
export type Kind = 'network' | 'virtualmachine' | 'volume';

/** A field that the workload changes. */
export type ChangedField = 'name' | 'description' | 'desiredState';

const CHANGED: readonly ChangedField[] = ['name', 'description', 'desiredState'];

/** What may be found in a field. */
interface Allowed {
  /** The last acknowledged value. */
  acknowledged: unknown;
  /** Values of unanswered changes that only work on the very generation they were meant for. */
  conditional: unknown[];
  /** Values of unanswered changes that may still work at any later time. */
  late: unknown[];
}

/** One resource that was asked for, and all that is known of it from answers alone. */
export interface Entry {
  readonly kind: Kind;
  /** Unique; written into the resource when it is made. */
  readonly token: string;
  /** Which of the workload's accounts it belongs to. */
  readonly account: number;
  /** The network it is in, of servers. */
  readonly inside: Entry | undefined;
  presence: 'maybe' | 'present' | 'maybe deleted' | 'deleted';
  id: string | undefined;
  /** How often an unanswered create was looked for and not found. */
  missed: number;
  readonly fields: Map<ChangedField, Allowed>;
  /** Acknowledged restarts, and those without an answer. */
  restarts: number;
  maybeRestarts: number;
  /** One request at a time. */
  busy: 'yes' | 'no';
}

/** Looks after which a client takes an unanswered create for failed. The audit still allows both. */
const LOOKS = 2;

/** Whether somebody still reckons with it. */
export function isExpected({ presence, missed }: Entry): boolean {
  return presence !== 'deleted' && missed < LOOKS;
}

/** What an answer, or the audit, found against what was acknowledged. */
export interface Contradiction {
  readonly kind: 'lost' | 'doubled';
  readonly what: string;
}

/** Notes every acknowledged write with what must be found afterwards, and every unanswered one with what may be. */
export class Ledger {
  readonly entries: Entry[] = [];
  readonly contradictions: Contradiction[] = [];
  acknowledged = 0;
  unanswered = 0;
  refused = 0;
  #tokens = 0;

  /** Names a resource that is about to be asked for. */
  add(kind: Kind, account: number, inside: Entry | undefined): Entry {
    this.#tokens += 1;
    const entry: Entry = {
      kind,
      token: `${kind}-${this.#tokens}`,
      account,
      inside,
      presence: 'maybe',
      id: undefined,
      missed: 0,
      fields: new Map(),
      restarts: 0,
      maybeRestarts: 0,
      busy: 'no',
    };
    this.entries.push(entry);
    return entry;
  }

  /** It was made, or was found to have been made. */
  made(entry: Entry, body: Body): void {
    entry.presence = 'present';
    entry.id = String(body['id']);
    entry.missed = 0;
    for (const field of CHANGED) {
      if (field === 'desiredState' && entry.kind !== 'virtualmachine') continue;
      entry.fields.set(field, { acknowledged: body[field] ?? null, conditional: [], late: [] });
    }
  }

  /** A change that insisted on the generation before it was acknowledged: no earlier such change can work any more. */
  changed(entry: Entry, asked: Body, body: Body): void {
    for (const [field, value] of Object.entries(asked)) {
      if (body[field] !== value)
        this.#contradict(
          'lost',
          entry,
          `${field} was answered as ${show(body[field])}, asked ${show(value)}`,
        );
    }
    for (const [field, allowed] of entry.fields) {
      if (!(field in asked)) this.#check(entry, field, allowed, body[field] ?? null);
      allowed.acknowledged = body[field] ?? null;
      allowed.conditional = [];
    }
  }

  /** A change that insisted on a generation got no answer. */
  maybeChanged(entry: Entry, asked: Body): void {
    for (const [field, allowed] of entry.fields) {
      if (field in asked) allowed.conditional.push(asked[field]);
    }
  }

  /** An action on the power state was acknowledged. */
  powered(entry: Entry, desiredState: string): void {
    const allowed = entry.fields.get('desiredState');
    if (allowed === undefined) return;
    allowed.acknowledged = desiredState;
    // What insists on an older generation is too late now; but the action itself did not insist on any, and what was
    // unanswered before may have come in between.
    allowed.conditional = [];
  }

  /** An action on the power state got no answer; it may still come. */
  maybePowered(entry: Entry, desiredState: string): void {
    entry.fields.get('desiredState')?.late.push(desiredState);
  }

  /** Compares what a read shows with what must be or may be. */
  seen(entry: Entry, body: Body): void {
    for (const [field, allowed] of entry.fields)
      this.#check(entry, field, allowed, body[field] ?? null);
    if (entry.kind !== 'virtualmachine') return;
    const restarts = Number(body['restarts']);
    if (restarts < entry.restarts)
      this.#contradict('lost', entry, `${restarts} restarts, ${entry.restarts} were acknowledged`);
    if (restarts > entry.restarts + entry.maybeRestarts)
      this.#contradict(
        'doubled',
        entry,
        `${restarts} restarts, ${entry.restarts + entry.maybeRestarts} were asked for`,
      );
  }

  /** A read of what must be there did not find it. */
  missing(entry: Entry, how: string): void {
    this.#contradict('lost', entry, `acknowledged, but ${how}`);
  }

  #check(entry: Entry, field: string, allowed: Allowed, found: unknown): void {
    const { acknowledged, conditional, late } = allowed;
    if ([acknowledged, ...conditional, ...late].includes(found)) return;
    this.#contradict(
      'lost',
      entry,
      `${field} is ${show(found)}, acknowledged was ${show(acknowledged)}`,
    );
  }

  #contradict(kind: Contradiction['kind'], { token, id }: Entry, what: string): void {
    this.contradictions.push({ kind, what: `${token} (id ${id ?? 'unknown'}): ${what}` });
  }
}

function show(value: unknown): string {
  return JSON.stringify(value) ?? 'nothing';
}
