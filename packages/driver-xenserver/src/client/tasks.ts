import { setMaxListeners } from 'node:events';
import type { Clock, Json, JsonObject, OperationKey } from '@gdcloud/core';
import type { Ref } from '../datamodel/ref.js';
import { pause } from '../pause.js';
import { TransportError } from './transport-error.js';
import type { Xapi } from './xapi.js';
import { isXapiError, XapiError } from './xapi-error.js';

/** How a task stands: `pending` when patience ran out before it ended. */
export type TaskOutcome = 'done' | 'pending';

interface Waiter {
  readonly settle: (status: string, errorInfo: readonly string[]) => void;
  readonly fail: (error: unknown) => void;
}

const LISTEN_SECONDS = 5;
const LISTEN_TIMEOUT_MS = 30_000;
const RETRY_PAUSE_MS = 100;

/** The task's header as XAPI keeps it: header names arrive in lower case. */
const OPERATION_FIELD = 'http:gdcloud-op';

/**
 * Waits for tasks: one `event.from` for all of them, only while someone waits. A task is only a hint: it dies with the
 * toolstack while its operation may go on, so a lost one is reported as a lost reply.
 */
export class Tasks {
  readonly #xapi: Xapi;
  readonly #clock: Clock;
  readonly #waiters = new Map<string, Waiter>();
  readonly #closing = new AbortController();
  #listening = false;
  /** Ends the pause after a failure: of no use once nobody waits. */
  #pausing = new AbortController();

  constructor(xapi: Xapi, clock: Clock) {
    this.#xapi = xapi;
    this.#clock = clock;
    // Every open call listens to it, however many there are.
    setMaxListeners(0, this.#closing.signal);
  }

  /** Waits up to `patienceMs`, then destroys the task if it ended. Throws the task's error. */
  async wait(
    task: Ref<'task'>,
    options: { readonly signal: AbortSignal; readonly patienceMs: number },
  ): Promise<TaskOutcome> {
    const { signal, patienceMs } = options;
    const outcome = await this.#ended(task, signal, patienceMs);
    if (outcome === 'pending') return outcome;
    // Not a part of the operation: XAPI would collect the task by itself.
    this.#xapi
      .write('task.destroy', [task], { signal: this.#closing.signal })
      .catch(() => undefined);
    if (outcome instanceof Error) throw outcome;
    return outcome;
  }

  /** The unfinished task that an earlier call with the same key began, if there is one. */
  async find(
    operation: OperationKey,
    options: { readonly signal: AbortSignal },
  ): Promise<Ref<'task'> | undefined> {
    const tasks = await this.#xapi.read('task.get_all_records', [], options);
    return Object.keys(tasks).find((ref) => {
      const task = tasks[ref];
      return task?.status === 'pending' && task.other_config[OPERATION_FIELD] === operation;
    });
  }

  async #ended(
    task: string,
    signal: AbortSignal,
    patienceMs: number,
  ): Promise<TaskOutcome | Error> {
    const ended = new Promise<TaskOutcome | Error>((resolve) => {
      this.#waiters.set(task, {
        settle: (status, errorInfo) =>
          resolve(
            outcomeOf(
              status,
              errorInfo.map((text) => this.#xapi.redact(text)),
            ),
          ),
        fail: (error) => resolve(error instanceof Error ? error : new Error(String(error))),
      });
    });
    const leave = new AbortController();
    const giveUp = (): void => leave.abort();
    signal.addEventListener('abort', giveUp);
    try {
      this.#listen();
      // It may have ended before anyone listened.
      await this.#look(task, signal);
      const patience = pause(this.#clock, patienceMs, leave.signal).then(
        (): TaskOutcome => 'pending',
      );
      const outcome = await Promise.race([ended, patience]);
      if (outcome === 'pending' && signal.aborted) return lost('the call was given up');
      return outcome;
    } finally {
      leave.abort();
      signal.removeEventListener('abort', giveUp);
      this.#waiters.delete(task);
      if (this.#waiters.size === 0) this.#pausing.abort();
    }
  }

  async #look(task: string, signal: AbortSignal): Promise<void> {
    try {
      const record = await this.#xapi.read('task.get_record', [task], { signal });
      if (isFinal(record.status)) this.#waiters.get(task)?.settle(record.status, record.error_info);
    } catch (error) {
      this.#waiters
        .get(task)
        ?.fail(
          isXapiError(error, 'HANDLE_INVALID') ? lost('its task is gone') : lost(String(error)),
        );
    }
  }

  #listen(): void {
    if (this.#listening) return;
    this.#listening = true;
    const ended = (): void => {
      this.#listening = false;
      if (this.#waiters.size > 0) this.#listen();
    };
    this.#loop().then(ended, ended);
  }

  async #loop(): Promise<void> {
    const { signal } = this.#closing;
    let token = '';
    while (this.#waiters.size > 0) {
      try {
        const batch = await this.#xapi.read('event.from', [['task'], token, LISTEN_SECONDS], {
          signal,
          timeoutMs: LISTEN_TIMEOUT_MS,
        });
        token = batch.token;
        for (const event of batch.events) this.#hear(event.ref, event.operation, event.snapshot);
      } catch {
        // The pool is away or forgot the session: whoever waits looks again, and fails if that fails.
        token = '';
        this.#pausing = new AbortController();
        if (this.#waiters.size > 0) {
          await pause(this.#clock, RETRY_PAUSE_MS, this.#pausing.signal);
        }
        await Promise.all([...this.#waiters.keys()].map((task) => this.#look(task, signal)));
      }
    }
  }

  #hear(task: string, operation: string, snapshot: JsonObject | undefined): void {
    const waiter = this.#waiters.get(task);
    if (waiter === undefined) return;
    if (operation === 'del') waiter.fail(lost('its task is gone'));
    const status = snapshot?.['status'];
    if (typeof status === 'string' && isFinal(status)) {
      waiter.settle(status, asTexts(snapshot?.['error_info']));
    }
  }
}

function isFinal(status: string): boolean {
  return status === 'success' || status === 'failure' || status === 'cancelled';
}

function outcomeOf(status: string, errorInfo: readonly string[]): TaskOutcome | Error {
  if (status === 'success') return 'done';
  if (status === 'cancelled') return new XapiError('TASK_CANCELLED', []);
  const [code = 'INTERNAL_ERROR', ...parameters] = errorInfo;
  return new XapiError(code, parameters);
}

function asTexts(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function lost(message: string): TransportError {
  return new TransportError('lost', 'write', message);
}
