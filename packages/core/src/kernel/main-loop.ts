import { setMaxListeners } from 'node:events';
import { ensureError } from '../model/errors.js';
import type { ResourceUuid } from '../model/identity.js';
import type { Cancel, Clock } from '../ports/clock.js';
import type { EventBus, Hint } from '../ports/event-bus.js';
import type { LockService } from '../ports/lock-service.js';
import type { Logger } from '../ports/logger.js';
import type { Random } from '../ports/random.js';
import type { Store } from '../ports/store.js';
import { jittered } from './back-off.js';
import type { PassRunner } from './pass-runner.js';
import { errorCode } from './telemetry/pass-watch.js';
import type { Telemetry } from './telemetry/telemetry.js';
import { type Trail, Trails } from './telemetry/trails.js';
import { type Band, type QueueCensus, type Work, WorkQueue } from './work-queue.js';

/** How often the store is asked what waits, whatever was heard; milliseconds, ±20 %. */
export const SCAN_INTERVAL = 5_000;
/** How many rows one scan takes of each kind; when it finds that many the next scan comes sooner. */
const SCAN_LIMIT = 1_000;
const FULL_SCAN_PAUSE = 250;
/** When a holder of locks has gone, the store is asked at once, and once more for what was not free yet; milliseconds. */
const SECOND_LOOK = 500;

/** What the loop works with. */
export interface MainLoopOptions {
  readonly store: Pick<Store, 'due'>;
  readonly locks: Pick<LockService, 'whenHolderGone'>;
  readonly events: EventBus;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly runner: PassRunner;
  readonly telemetry: Telemetry;
  /** How many resources are worked on at a time. */
  readonly workers: number;
}

/**
 * Brings resources and passes together: on hints, on a scan of what waits, and on timers that only save waiting for the
 * next scan. Nothing in here needs to survive: a new process finds all of it in the rows.
 */
export class MainLoop {
  readonly #options: MainLoopOptions;
  readonly #queue = new WorkQueue();
  readonly #stop = new AbortController();
  readonly #timers = new Map<ResourceUuid, Cancel>();
  readonly #trails: Trails;
  readonly #reserved: number;
  readonly #mostRoutine: number;
  #active = 0;
  #routine = 0;
  #idle: (() => void) | undefined;
  #unsubscribe: (() => Promise<void>) | undefined;
  #nextScan: Cancel | undefined;
  #secondLook: Cancel | undefined;
  #deaf: (() => void) | undefined;
  #storeAway: 'yes' | 'no' = 'no';

  constructor(options: MainLoopOptions) {
    this.#options = options;
    this.#trails = new Trails(options.clock);
    // Every worker listens to it, so Node's guess that more than ten are a leak is wrong here.
    setMaxListeners(0, this.#stop.signal);
    // A quarter of the workers takes only what users are waiting for (reference/kernel.md 1.8).
    this.#reserved = Math.min(Math.ceil(options.workers / 4), options.workers - 1);
    // Routine looks get no more than that: each that is under way takes its part of every turn of the event loop and of
    // every commit, which whoever changes something has to wait for.
    this.#mostRoutine = Math.ceil(options.workers / 4);
  }

  /** How many resources wait and how many are being worked on. */
  get load(): { readonly queued: number; readonly active: number } {
    return { queued: this.#queue.size, active: this.#active };
  }

  /** What waits here. */
  census(): QueueCensus {
    return this.#queue.census();
  }

  /** Starts listening and scanning. */
  async start(): Promise<void> {
    this.#unsubscribe = await this.#options.events.subscribe((hint) => this.#hear(hint));
    this.#deaf = this.#options.locks.whenHolderGone?.(() => this.#takeOver());
    await this.#scan();
  }

  /** Stops taking work, aborts what is under way, and resolves when it has ended. Nothing depends on this being called. */
  async stop(): Promise<void> {
    this.#stop.abort(new Error('the kernel is stopping'));
    this.#nextScan?.();
    this.#secondLook?.();
    this.#deaf?.();
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
    await this.#unsubscribe?.();
    if (this.#active > 0) await new Promise<void>((resolve) => (this.#idle = resolve));
  }

  #hear(hint: Hint): void {
    if (this.#stop.signal.aborted) return;
    this.#trails.heard(hint.uuid, hint.trace);
    this.#add({
      uuid: hint.uuid,
      account: hint.account,
      band: hint.reason === 'changed' ? 'user' : 'dependency',
      since: this.#options.telemetry.waitingSince,
    });
  }

  #add(work: Work): void {
    if (this.#stop.signal.aborted) return;
    this.#queue.add(work);
    this.#pump();
  }

  // What is being worked on is looked at once more when that ends: a scan that runs meanwhile knows nothing newer.
  #offer(work: Work): void {
    if (!this.#queue.isWorking(work.uuid)) this.#add(work);
  }

  #pump(): void {
    while (this.#active < this.#options.workers && !this.#stop.signal.aborted) {
      const work = this.#queue.take(this.#leastBand());
      if (work === undefined) return;
      this.#active += 1;
      if (work.band === 'resync') this.#routine += 1;
      void this.#work(work);
    }
  }

  #leastBand(): Band {
    if (this.#active >= this.#options.workers - this.#reserved) return 'user';
    return this.#routine < this.#mostRoutine ? 'resync' : 'retry';
  }

  async #work(work: Work): Promise<void> {
    this.#timers.get(work.uuid)?.();
    this.#timers.delete(work.uuid);
    const { runner, telemetry } = this.#options;
    telemetry.workBegins(work.band, work.since);
    const trail = this.#trails.take(work.uuid);
    try {
      const remainder = await runner.run(work.uuid, WHY[work.band], this.#stop.signal, trail);
      if (remainder.kind === 'again') {
        this.#trails.resume(work.uuid, trail);
        this.#queue.add({ ...work, band: 'user', since: telemetry.waitingSince });
      } else if (remainder.dueInMs !== undefined) {
        this.#wakeLater(work, remainder.dueInMs, trail);
      }
      this.#storeBack();
    } catch (thrown) {
      this.#storeLost(thrown);
    } finally {
      this.#active -= 1;
      if (work.band === 'resync') this.#routine -= 1;
      this.#queue.finish(work.uuid);
      if (this.#active === 0) this.#idle?.();
      this.#pump();
    }
  }

  // The scan would find it too, up to one interval later. Far moments are left to it, so that timers stay few.
  #wakeLater(work: Work, inMs: number, trail: Trail | undefined): void {
    if (inMs > SCAN_INTERVAL || this.#stop.signal.aborted) return;
    this.#trails.resume(work.uuid, trail);
    this.#timers.set(
      work.uuid,
      this.#options.clock.schedule(inMs, () => {
        this.#timers.delete(work.uuid);
        this.#offer({ ...work, band: 'retry', since: this.#options.telemetry.waitingSince });
      }),
    );
  }

  async #scan(): Promise<void> {
    const interval = jittered(SCAN_INTERVAL, this.#options.random.fraction());
    const found = await this.#look();
    if (this.#stop.signal.aborted) return;
    const pause = found >= SCAN_LIMIT ? FULL_SCAN_PAUSE : interval;
    this.#nextScan = this.#options.clock.schedule(pause, () => void this.#scan());
  }

  // What a process that has gone was at is due in the rows, and its locks can be had.
  #takeOver(): void {
    if (this.#stop.signal.aborted) return;
    void this.#look();
    this.#secondLook?.();
    this.#secondLook = this.#options.clock.schedule(SECOND_LOOK, () => void this.#look());
  }

  async #look(): Promise<number> {
    try {
      const due = await this.#options.store.due(this.#options.clock.now(), SCAN_LIMIT);
      const since = this.#options.telemetry.waitingSince;
      for (const { uuid, account, reason } of due) {
        const band = reason === 'changed' ? 'user' : reason;
        this.#offer({ uuid, account, band, since });
      }
      this.#storeBack();
      return due.length;
    } catch (thrown) {
      this.#storeLost(thrown);
      return 0;
    }
  }

  #storeLost(thrown: unknown): void {
    if (this.#stop.signal.aborted) return;
    const data = { code: errorCode(thrown), error: ensureError(thrown).message };
    // Once an episode: with the database away every pass fails, and a line for each would bury the first.
    if (this.#storeAway === 'no')
      this.#options.logger.error(data, 'work is suspended and resumes by itself');
    this.#storeAway = 'yes';
  }

  #storeBack(): void {
    if (this.#storeAway === 'yes') this.#options.logger.info({}, 'work has resumed');
    this.#storeAway = 'no';
  }
}

const WHY: Readonly<Record<Band, string>> = {
  user: 'the desired state changed',
  dependency: 'something it depends on moved',
  retry: 'its time to try again had come',
  resync: 'it was time for a routine look',
};
