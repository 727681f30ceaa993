import { setMaxListeners } from 'node:events';
import type { Clock, Json, OperationKey } from '@gdcloud/core';
import type { EventRecord } from '../datamodel/event-batch.js';
import type { Ref } from '../datamodel/ref.js';
import { pause } from '../pause.js';
import { isUnknownCall } from './cache/event-source.js';
import type { Moments } from './cache/moments.js';
import { TaskDurations } from './task-durations.js';
import { TransportError } from './transport-error.js';
import type { Xapi } from './xapi.js';
import { isXapiError, XapiError } from './xapi-error.js';

/** How a task stands: `pending` when patience ran out before it ended. */
export type TaskOutcome = 'done' | 'pending';

/** How a wait for a task ended. */
export interface TaskEnd {
  readonly outcome: TaskOutcome;
  /** What the answer that showed its end, to a question put at `asked`, showed of the objects beside it. */
  readonly beside: readonly EventRecord[];
  readonly asked: number;
}

/** What a wait needs to know. */
export interface TaskWait {
  readonly signal: AbortSignal;
  readonly patienceMs: number;
  /** What it does: tasks of one kind take about as long. */
  readonly kind: string;
  /** Objects to look at together with it, as `event.from` takes them: `VM/OpaqueRef:…`. */
  readonly beside: readonly string[];
}

/** What a waiter is told: that its task has ended, or that only a look can tell. */
type News = 'ended' | 'look';

/** How a task was seen. */
interface Sight extends Omit<TaskEnd, 'outcome'> {
  readonly status: string;
  readonly errorInfo: readonly string[];
  /** Events after it are all that can be news of it. */
  readonly token: string;
}

const LISTEN_SECONDS = 5;
const LISTEN_TIMEOUT_MS = 30_000;
const RETRY_PAUSE_MS = 100;
/** A task that is not over though it usually is will be in a moment. */
const ANOTHER_LOOK_MS = 1;

/** The task's header as XAPI keeps it: header names arrive in lower case. */
const OPERATION_FIELD = 'http:gdcloud-op';

/**
 * Waits for tasks. Each is looked at when tasks of its kind are usually over, where that is soon; one that goes on is
 * heard of by an `event.from` for all of them, which is asked only while someone waits. A task is only a hint: it dies
 * with the toolstack while its operation may go on, so a lost one is reported as a lost reply. Tasks that have ended are
 * left to the pool, which collects them: all but the latest 200 within half a minute, and those after an hour.
 */
export class Tasks {
  readonly #xapi: Xapi;
  readonly #clock: Clock;
  readonly #moments: Moments;
  /** Whom to wake when a task is worth a look. */
  readonly #waiters = new Map<string, (news: News) => void>();
  readonly #durations = new TaskDurations();
  readonly #closing = new AbortController();
  #listening = false;
  /** Ends the pause after a failure: of no use once nobody waits. */
  #pausing = new AbortController();

  constructor(xapi: Xapi, clock: Clock, moments: Moments) {
    this.#xapi = xapi;
    this.#clock = clock;
    this.#moments = moments;
    // Every open call listens to it, however many there are.
    setMaxListeners(0, this.#closing.signal);
  }

  /** Waits until the task has ended, or patience. Throws the task's error. */
  async wait(task: Ref<'task'>, wait: TaskWait): Promise<TaskEnd> {
    const end = await this.#ended(task, wait);
    if (end instanceof Error) throw end;
    return end;
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

  async #ended(task: Ref<'task'>, wait: TaskWait): Promise<TaskEnd | Error> {
    const { signal, patienceMs, kind } = wait;
    const leave = new AbortController();
    const giveUp = (): void => leave.abort();
    signal.addEventListener('abort', giveUp);
    const begun = this.#clock.monotonic();
    try {
      const patience = pause(this.#clock, patienceMs, leave.signal);
      const usual = this.#durations.expect(kind);
      if (usual !== undefined) await pause(this.#clock, Math.min(usual, patienceMs), leave.signal);
      let told: News = 'look';
      for (let looks = 1; ; looks += 1) {
        // Before the look: what happens after it is heard. Of a task that has ended there is nothing more to hear, and
        // whoever still listens keeps a request under way.
        const news: Promise<News> | undefined = told === 'ended' ? undefined : this.#news(task);
        const sight = await this.#look(task, wait);
        if (sight instanceof Error) return sight;
        if (isFinal(sight.status)) {
          const tookMs = this.#clock.monotonic() - begun;
          this.#durations.learn(kind, looks === 1 ? 'in time' : 'late', tookMs);
          return this.#endOf(sight);
        }
        if (looks === 1 && usual !== undefined) {
          await pause(this.#clock, Math.min(ANOTHER_LOOK_MS, patienceMs), leave.signal);
          continue;
        }
        if (news === undefined) {
          told = 'look';
          continue;
        }
        this.#listen(sight.token);
        const next: News | undefined = (await Promise.race([news, patience])) ?? undefined;
        if (signal.aborted) return lost('the call was given up');
        if (next === undefined) return { outcome: 'pending', beside: [], asked: 0 };
        told = next;
      }
    } finally {
      // With a reason, or the engine makes an error of its own, which takes longer than all else here.
      leave.abort('over');
      signal.removeEventListener('abort', giveUp);
      this.#waiters.delete(task);
      if (this.#waiters.size === 0) this.#pausing.abort();
    }
  }

  #endOf({ status, errorInfo, beside, asked }: Sight): TaskEnd | Error {
    if (status === 'success') return { outcome: 'done', beside, asked };
    if (status === 'cancelled') return new XapiError('TASK_CANCELLED', []);
    const [code = 'INTERNAL_ERROR', ...parameters] = errorInfo.map((text) =>
      this.#xapi.redact(text),
    );
    return new XapiError(code, parameters);
  }

  #news(task: Ref<'task'>): Promise<News> {
    return new Promise((resolve) => {
      this.#waiters.set(task, resolve);
    });
  }

  async #look(task: Ref<'task'>, wait: TaskWait): Promise<Sight | Error> {
    try {
      return await this.#sight(task, wait);
    } catch (error) {
      return isXapiError(error, 'HANDLE_INVALID') ? gone() : lost(String(error));
    }
  }

  async #sight(task: Ref<'task'>, { signal, beside }: TaskWait): Promise<Sight | Error> {
    const asked = this.#moments.next();
    try {
      const wanted = [`task/${task}`, ...beside];
      const { events, token } = await this.#xapi.read('event.from', [wanted, '', 0], { signal });
      const { snapshot } = events.find(({ ref }) => ref === task) ?? {};
      if (snapshot === undefined) return gone();
      const errorInfo = asTexts(snapshot['error_info']);
      const { status } = snapshot;
      if (typeof status !== 'string') return lost('its task has no status');
      return { status, errorInfo, token, beside: events, asked };
    } catch (error) {
      // XenServer 5.6.
      if (!isUnknownCall(error)) throw error;
      const record = await this.#xapi.read('task.get_record', [task], { signal });
      const { status, error_info: errorInfo } = record;
      return { status, errorInfo, token: '', beside: [], asked };
    }
  }

  #listen(token: string): void {
    if (this.#listening) return;
    this.#listening = true;
    const ended = (): void => {
      this.#listening = false;
      if (this.#waiters.size > 0) this.#listen('');
    };
    this.#loop(token).then(ended, ended);
  }

  async #loop(since: string): Promise<void> {
    const { signal } = this.#closing;
    let token = since;
    while (this.#waiters.size > 0) {
      try {
        const batch = await this.#xapi.read('event.from', [['task'], token, LISTEN_SECONDS], {
          signal,
          timeoutMs: LISTEN_TIMEOUT_MS,
        });
        token = batch.token;
        for (const event of batch.events) this.#hear(event);
      } catch {
        // The pool is away or forgot the session: whoever waits looks again, and fails if that fails.
        token = '';
        this.#pausing = new AbortController();
        if (this.#waiters.size > 0) {
          await pause(this.#clock, RETRY_PAUSE_MS, this.#pausing.signal);
        }
        for (const wake of this.#waiters.values()) wake('look');
      }
    }
  }

  #hear({ ref, operation, snapshot }: EventRecord): void {
    const status = snapshot?.['status'];
    if (operation !== 'del' && (typeof status !== 'string' || !isFinal(status))) return;
    const wake = this.#waiters.get(ref);
    this.#waiters.delete(ref);
    wake?.('ended');
  }
}

function isFinal(status: string): boolean {
  return status === 'success' || status === 'failure' || status === 'cancelled';
}

function asTexts(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function gone(): TransportError {
  return lost('its task is gone');
}

function lost(message: string): TransportError {
  return new TransportError('lost', 'write', message);
}
