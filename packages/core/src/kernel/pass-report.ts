import type { ConditionStatement } from '../model/condition.js';
import type { Document } from '../model/field.js';
import type { ResourceUuid } from '../model/identity.js';
import type { PartRecord, Resource } from '../model/resource.js';
import type { ResourceType } from '../model/resource-type.js';
import type { Clock } from '../ports/clock.js';
import type { Random } from '../ports/random.js';
import type { Outcome } from '../ports/reconciler.js';
import type { HistoryEvent, StatusRecord } from '../ports/store.js';
import { settle } from './settle.js';
import { together } from './unrecorded.js';

/** Collects what a pass has to say of its resource until it is recorded. */
export class PassReport<T extends ResourceType> {
  readonly #ports: { readonly clock: Clock; readonly random: Random };
  readonly #why: string;
  readonly #statements: ConditionStatement[] = [];
  readonly #events: HistoryEvent[] = [];
  readonly #references = new Map<string, ResourceUuid | null>();
  #resource: Resource<T>;
  #unrecorded: StatusRecord | undefined;
  #status: Resource['status'];
  #parts: Resource['parts'];

  constructor(
    resource: Resource<T>,
    why: string,
    ports: { readonly clock: Clock; readonly random: Random },
    unrecorded?: StatusRecord,
  ) {
    this.#resource = resource;
    this.#unrecorded = unrecorded;
    this.#status = resource.status;
    this.#parts = resource.parts;
    this.#why = why;
    this.#ports = ports;
  }

  /** The row as the pass last read or wrote it. */
  get resource(): Resource<T> {
    return this.#resource;
  }

  /** What the pass before this one did, until it is durable. */
  get unrecorded(): StatusRecord | undefined {
    return this.#unrecorded;
  }

  /** What is known of a part, in this pass's own words. */
  part(name: string): PartRecord | undefined {
    return this.#parts[name];
  }

  /** Has a part recorded so, and that it is an object of `driver`. */
  keep(part: string, record: PartRecord, driver: string): void {
    const named = record.driver === driver ? record : { ...record, driver };
    if (this.#parts[part] !== named) this.#parts = { ...this.#parts, [part]: named };
  }

  /** Forgets a part that is gone. */
  forget(part: string): void {
    const { [part]: _gone, ...others } = this.#parts;
    this.#parts = others;
  }

  /** See Pass.report. */
  report(status: Partial<Document<T['status']>>): void {
    this.#status = { ...this.#status, ...status };
  }

  /** See Pass.relate. */
  relate(field: keyof T['status'] & string, target: Resource | null): void {
    this.#status = { ...this.#status, [field]: target?.id ?? null };
    this.#references.set(field, target?.uuid ?? null);
  }

  /** See Pass.condition. */
  condition(statement: ConditionStatement): void {
    this.#statements.push(statement);
  }

  /** See Pass.note. */
  note(what: string, result: string): void {
    this.#events.push({ at: this.#ports.clock.now(), what, why: this.#why, result });
  }

  /** The row's new status columns, given how the pass ended or how far it has come. */
  finish(outcome: Outcome): StatusRecord {
    const record = settle({
      resource: this.#resource,
      outcome,
      status: this.#status,
      parts: this.#parts,
      statements: this.#statements,
      events: this.#events,
      references: new Map(this.#references),
      why: this.#why,
      now: this.#ports.clock.now(),
      fraction: this.#ports.random.fraction(),
    });
    return this.#unrecorded === undefined ? record : together(this.#unrecorded, record);
  }

  /** What was said so far is recorded in `row`, and need not be said again. */
  recorded(row: Resource): void {
    this.#events.length = 0;
    this.#references.clear();
    this.#statements.length = 0;
    this.caughtUp(row);
  }

  /** What the pass before this one did is recorded in `row`. */
  caughtUp(row: Resource): void {
    this.#unrecorded = undefined;
    this.#resource = row as Resource<T>;
  }
}
