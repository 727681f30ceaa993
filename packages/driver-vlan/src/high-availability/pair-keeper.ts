import { type Clock, DriverFailure, ensureError } from '@gdcloud/core';
import { limitedWork } from '../time/limited-work.js';
import { pause } from '../time/pause.js';
import type { Announcer } from './announcer.js';
import type { Election, Mandate } from './election.js';
import type { Epoch } from './epoch.js';
import type { Gate } from './gate.js';
import type { GateTime } from './gate-time.js';

/** What a keeper works with. */
export interface PairKeeperParts {
  readonly gate: Gate;
  readonly election: Election;
  readonly announcer: Announcer;
  readonly clock: Clock;
  /** How long the gate is open by a mandate. */
  readonly timeOf: (mandate: Mandate) => GateTime;
  /** Hears of each change. */
  readonly onChange: (state: PairState) => void;
  /** Hears what keeps it from working; it is tried again. */
  readonly onTrouble: (trouble: Error) => void;
}

/** What an appliance is in its pair. */
export interface PairState {
  readonly is: 'active' | 'standby';
  /** Of the turn that has begun or ended; undefined before the first. */
  readonly epoch: Epoch | undefined;
  /** Milliseconds since the epoch of time. */
  readonly since: number;
  /** Why it is so, where that isn't plain. */
  readonly because:
    | 'started'
    | 'elected'
    | 'given up'
    | 'mandate lost'
    | 'not permitted'
    | 'closed late';
}

/** From one look at the gate to the next, and after what went wrong; milliseconds. */
const WATCH_MS = 250;
/** How long a transaction may take; milliseconds. */
const LONGEST_TRANSACTION = 5_000;

/** Has a machine be heard while it is the chosen one of its pair, and only then. */
export class PairKeeper {
  readonly #parts: PairKeeperParts;
  readonly #end = new AbortController();
  #state: PairState;
  #serving: { readonly mandate: Mandate; readonly stop: AbortController } | undefined;
  #work: Promise<unknown> = Promise.resolve();

  constructor(parts: PairKeeperParts) {
    this.#parts = parts;
    this.#state = { is: 'standby', epoch: undefined, since: parts.clock.now(), because: 'started' };
  }

  get state(): PairState {
    return this.#state;
  }

  /** Closes the gate, which must be before any network is carried, and takes part in the election from then on. */
  async begin(signal: AbortSignal): Promise<void> {
    await this.#parts.gate.load(signal);
    this.#work = Promise.all([this.#takePart(), this.#watch()]);
  }

  /**
   * Hands the networks over to the other machine, which waits for them: they are nobody's for some milliseconds. Throws
   * `invalid` where this one doesn't carry them, and `unavailable` where the other does not answer.
   */
  async handOver(signal: AbortSignal): Promise<void> {
    const serving = this.#serving;
    if (serving === undefined || this.#state.is !== 'active') throw notActive();
    await serving.mandate.successor(signal);
    serving.stop.abort();
    while (this.#serving === serving) await pause(this.#parts.clock, 5, signal);
  }

  /** Whether this machine is heard now, by what the kernel has. */
  async isHeard(signal: AbortSignal): Promise<boolean> {
    const epoch = this.#serving?.mandate.epoch;
    if (epoch === undefined) return false;
    return this.#parts.gate.isOpen(epoch, signal);
  }

  /** Closes the gate and gives the mandate up. */
  async close(): Promise<void> {
    this.#end.abort(new Error('the appliance leaves its pair'));
    await this.#work;
    this.#parts.gate.end();
  }

  async #takePart(): Promise<void> {
    const { election, announcer, clock, onTrouble } = this.#parts;
    while (!this.#end.signal.aborted) {
      try {
        const soon = (): void => announcer.prepare();
        await this.#serve(await election.elected(this.#end.signal, soon));
      } catch (thrown) {
        if (this.#end.signal.aborted) return;
        onTrouble(ensureError(thrown));
        await pause(clock, WATCH_MS, this.#end.signal);
      }
    }
  }

  // What somebody else has done to the gate is mended, closed: by that alone nobody is heard twice.
  async #watch(): Promise<void> {
    const { gate, clock, onTrouble } = this.#parts;
    for (;;) {
      await pause(clock, WATCH_MS, this.#end.signal);
      if (this.#end.signal.aborted) return;
      try {
        await this.#inTime((signal) => gate.look(signal));
        if (!gate.isWhole) await this.#inTime((signal) => gate.load(signal));
      } catch (thrown) {
        onTrouble(ensureError(thrown));
      }
    }
  }

  async #serve(mandate: Mandate): Promise<void> {
    const serving = { mandate, stop: new AbortController() };
    this.#serving = serving;
    const time = this.#parts.timeOf(mandate);
    try {
      // Who was heard has all that others were told to rely upon, and nobody else was chosen meanwhile.
      const permittedMs = (): number =>
        this.#state.epoch === mandate.epoch ? Number.POSITIVE_INFINITY : mandate.permittedMs();
      let ended: PairState['because'];
      do ended = await this.#carry(mandate, permittedMs, time, serving.stop.signal);
      while (ended === 'closed late' && time.reopenMs !== undefined);
      if (ended === 'given up') await mandate.resign?.();
      await this.#shut(mandate, time);
      this.#become('standby', mandate.epoch, ended);
    } catch (thrown) {
      await this.#shut(mandate, time);
      this.#become('standby', mandate.epoch, 'mandate lost');
      throw thrown;
    } finally {
      await mandate.release();
      this.#serving = undefined;
    }
  }

  async #carry(
    { epoch, signal }: Mandate,
    permittedMs: () => number,
    time: GateTime,
    handedOver: AbortSignal,
  ): Promise<PairState['because']> {
    const { gate, clock, announcer } = this.#parts;
    const stop = AbortSignal.any([signal, handedOver, this.#end.signal]);
    const ended = (): PairState['because'] => (signal.aborted ? 'mandate lost' : 'given up');
    if (permittedMs() === 0) return 'not permitted';
    const armed = stop.aborted ? undefined : time.arm();
    if (armed === undefined) {
      // It is not certain for long enough. It may be again.
      await pause(clock, WATCH_MS, stop);
      return stop.aborted ? ended() : 'closed late';
    }
    const outcome = await this.#inTime((limit) => gate.arm(epoch, armed, limit));
    if (outcome === 'superseded') throw superseded();
    // What was armed expires before the permit does, so that nothing is opened after it.
    const permitted = (): number | undefined =>
      permittedMs() > time.last ? time.open() : undefined;
    let stands = await this.#inTime((limit) => gate.open(epoch, permitted, limit));
    if (stands === 'open') {
      this.#become('active', epoch, 'elected');
      announcer.begin();
    }
    while (stands === 'open') {
      await pause(clock, time.everyMs, stop);
      if (stop.aborted) return ended();
      stands = await this.#inTime((limit) => gate.refresh(epoch, () => time.refresh(), limit));
    }
    announcer.end();
    this.#become('standby', epoch, 'closed late');
    await pause(clock, time.reopenMs ?? 0, stop);
    return stop.aborted ? ended() : 'closed late';
  }

  // What can't be closed closes by itself.
  async #shut({ epoch }: Mandate, time: GateTime): Promise<void> {
    const { gate, clock, announcer, onTrouble } = this.#parts;
    announcer.end();
    try {
      await this.#inTime((limit) => gate.close(epoch, limit));
    } catch (thrown) {
      onTrouble(ensureError(thrown));
      await pause(clock, time.longestMs, new AbortController().signal);
    }
  }

  #become(is: PairState['is'], epoch: Epoch, because: PairState['because']): void {
    if (this.#state.is === is) return;
    this.#state = { is, epoch, because, since: this.#parts.clock.now() };
    this.#parts.onChange(this.#state);
  }

  #inTime<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    const { clock } = this.#parts;
    const overdue = new Error('the gate does not answer');
    return limitedWork({ clock, milliseconds: LONGEST_TRANSACTION, overdue }, work);
  }
}

function superseded(): DriverFailure {
  return new DriverFailure('unavailable', 'Superseded', 'the gate is in a later turn already', {
    remedy: 'None is needed. See that one agent at a time runs on a machine.',
  });
}

/** What is asked of an appliance that stands by. */
export function notActive(): DriverFailure {
  return new DriverFailure('invalid', 'NotActive', 'this appliance carries no networks now', {
    remedy: 'Ask the other one of the pair.',
  });
}

/** What is asked of an appliance that is in no pair. */
export function notInPair(): DriverFailure {
  return new DriverFailure('invalid', 'NotInPair', 'this appliance is alone', {
    remedy: 'Give it highAvailability in its settings.',
  });
}
