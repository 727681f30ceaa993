import type { Clock, Json, JsonObject } from '@gdcloud/core';
import type { XapiType } from '../datamodel/type-text.js';
import { XmlEncoder } from '../xml-rpc/encode.js';
import { structOf } from './arguments.js';
import type { Database, Row } from './database.js';
import { faultDescription } from './fault.js';
import type { Identifiers } from './identifiers.js';
import { textField } from './record.js';
import { xapiTime } from './xapi-time.js';

/** What a pool knows of time and names when it makes tasks. */
export interface TaskPorts {
  readonly database: Database;
  readonly clock: Clock;
  readonly identifiers: Identifiers;
}

/** Tasks that have ended stay this long; those that somebody has destroyed meanwhile, this long after their end. */
const KEPT_MS = 65 * 60 * 1000;
const DESTROYED_KEPT_MS = 30 * 1000;
/** Of those that have ended, no more than this stay at a sweep: the oldest go first. */
const MOST_KEPT = 200;
const SWEEP_EVERY_MS = 30 * 1000;

/** Runs the work of `Async.*` calls and writes its outcome into the task's row. */
export class TaskRunner {
  readonly #ports: TaskPorts;
  readonly #encoder: XmlEncoder;
  readonly #running = new Map<string, AbortController>();
  readonly #ended = new Map<string, number>();
  #swept = 0;
  #stopped = false;

  constructor(ports: TaskPorts) {
    this.#ports = ports;
    this.#encoder = new XmlEncoder(ports.database.schema);
  }

  /** Makes a task for a call, or for a client that reports its own progress. */
  create(fields: JsonObject): Row {
    const { database, clock } = this.#ports;
    this.#sweep();
    return database.insert('task', {
      created: xapiTime(clock.now()),
      status: 'pending',
      type: '<none/>',
      ...fields,
    });
  }

  /** Takes a task away. One that has not ended is only marked, as a real XAPI marks it, and goes some time after its end. */
  destroy(task: Row): void {
    if (textField(task, 'status') === 'pending') this.#mark(task, 'task', 'destroy');
    else this.#ports.database.remove(task);
  }

  /** Asks a task to end early. Whether it does is up to what it does; the wish shows in the task for good. */
  cancel(task: Row): void {
    const by = `DummyRef:|${this.#ports.identifiers.uuid()}|task.cancel`;
    this.#mark(task, by, 'cancel');
    this.#running.get(task.ref)?.abort();
  }

  /** Cancels everything; the database must not be written afterwards. */
  stop(): void {
    this.#stopped = true;
    for (const running of this.#running.values()) running.abort();
  }

  /**
   * Begins `work`, whose result is of `type`, after the current call was answered. The task keeps the result as a
   * fragment of XML-RPC, whatever the caller speaks.
   */
  start(task: Row, type: XapiType, work: (signal: AbortSignal) => Promise<Json>): void {
    const abort = new AbortController();
    this.#running.set(task.ref, abort);
    this.#ports.database.set(task, 'allowed_operations', ['cancel']);
    this.#ports.clock.schedule(0, () => {
      work(abort.signal).then(
        (result) => this.#end(task.ref, { result: this.#encoder.value(result, type) }, 'success'),
        (thrown: unknown) => {
          const status = abort.signal.aborted ? 'cancelled' : 'failure';
          this.#end(task.ref, { error_info: [...faultDescription(thrown)] }, status);
        },
      );
    });
  }

  #mark(task: Row, by: string, operation: 'cancel' | 'destroy'): void {
    const before = structOf(task.fields.get('current_operations'));
    this.#ports.database.set(task, 'current_operations', { ...before, [by]: operation });
  }

  #end(task: string, outcome: Readonly<Record<string, Json>>, status: string): void {
    const { database, clock } = this.#ports;
    this.#running.delete(task);
    if (this.#stopped) return;
    const row = database.find('task', task);
    if (row === undefined) return;
    // The order of a real XAPI: the status last (reference/xenserver.md 1.3).
    const fields = {
      allowed_operations: [],
      finished: xapiTime(clock.now()),
      progress: 1,
      ...outcome,
      status,
    };
    for (const [name, value] of Object.entries(fields)) database.set(row, name, value);
    this.#ended.set(task, clock.now());
    database.commit();
  }

  #sweep(): void {
    const { database, clock } = this.#ports;
    const now = clock.now();
    if (now - this.#swept < SWEEP_EVERY_MS) return;
    this.#swept = now;
    let surplus = this.#ended.size - MOST_KEPT;
    for (const [ref, ended] of this.#ended) {
      const task = database.find('task', ref);
      const marked = task === undefined || isDestroyed(task);
      surplus -= 1;
      if (surplus < 0 && now - ended < (marked ? DESTROYED_KEPT_MS : KEPT_MS)) continue;
      this.#ended.delete(ref);
      if (task !== undefined) database.remove(task);
    }
  }
}

function isDestroyed(task: Row): boolean {
  return Object.values(structOf(task.fields.get('current_operations'))).includes('destroy');
}
