import type { Clock } from '@gdcloud/core';
import type { CommandRunner } from '../commands/command-runner.js';
import { limitedWork } from '../time/limited-work.js';
import { pause } from '../time/pause.js';
import type { Election, Mandate } from './election.js';
import { nextOwnEpoch } from './epoch.js';
import type { Gate } from './gate.js';
import type { VrrpPair } from './high-availability-settings.js';
import { Keepalived } from './keepalived.js';
import type { TakeoverPermission } from './takeover-permission.js';

/** What an election by VRRP works with. */
export interface VrrpElectionParts {
  readonly runner: CommandRunner;
  readonly clock: Clock;
  readonly settings: VrrpPair;
  /** Only with it a machine takes part. */
  readonly permission: Pick<TakeoverPermission, 'remainingMs'>;
  /** It sees what the machine advertises, and when. */
  readonly gate: Pick<Gate, 'renew' | 'isAdvertised' | 'epoch'>;
}

/** Between two looks whether there is a permit, and for what keepalived makes; milliseconds. */
const LOOK_MS = 100;
const START_MS = 10;
/** By when one of two masters has given way, and the other is heard again; in intervals between advertisements. */
const SETTLED = 6;
/** How long networks are left to the other, to which they were handed over, and keepalived has to end; milliseconds. */
const HELD_OFF_MS = 3_000;
const LONGEST_END_MS = 1_000;

/**
 * The master of VRRP is chosen. The machine's advertisements keep its gate open in the kernel, without anybody's doing,
 * and the one by which it resigns closes it: see `gate-program.ts`.
 */
export class VrrpElection implements Election {
  readonly #parts: VrrpElectionParts;
  #heldOffUntil = Number.NEGATIVE_INFINITY;

  constructor(parts: VrrpElectionParts) {
    this.#parts = parts;
  }

  async elected(signal: AbortSignal): Promise<Mandate> {
    const { runner, clock, settings, permission } = this.#parts;
    const heldOff = this.#heldOffUntil - clock.monotonic();
    if (heldOff > 0) await pause(clock, heldOff, signal);
    for (;;) {
      while (permission.remainingMs() === 0) {
        signal.throwIfAborted();
        await pause(clock, LOOK_MS, signal);
      }
      signal.throwIfAborted();
      await this.#parts.gate.renew(signal);
      const keepalived = await Keepalived.start(runner, settings, () =>
        pause(clock, START_MS, signal),
      );
      await this.#chosen(keepalived, signal);
      if (await this.#isAdvertised(keepalived, signal)) return this.#mandate(keepalived);
      const failure = keepalived.state === 'ended' ? keepalived.failure() : undefined;
      await this.#end(keepalived);
      if (failure !== undefined) throw failure;
    }
  }

  // Or until there is no use in waiting any more.
  async #chosen(keepalived: Keepalived, signal: AbortSignal): Promise<void> {
    const { clock, permission } = this.#parts;
    while (!signal.aborted && permission.remainingMs() > 0) {
      if (keepalived.state === 'MASTER' || keepalived.state === 'ended') return;
      const changed = new AbortController();
      const forget = keepalived.onChange(() => changed.abort());
      await pause(clock, LOOK_MS, signal, changed.signal);
      forget();
    }
  }

  // By the kernel's account: keepalived may have been paused, and know nothing of the other yet. One of two masters gives way.
  async #isAdvertised(keepalived: Keepalived, signal: AbortSignal): Promise<boolean> {
    const { clock, gate, settings } = this.#parts;
    const until = clock.monotonic() + SETTLED * settings.advertiseMs;
    while (keepalived.state === 'MASTER' && clock.monotonic() < until && !signal.aborted) {
      if (await gate.isAdvertised(signal)) return true;
      await pause(clock, START_MS, signal);
    }
    return false;
  }

  #mandate(keepalived: Keepalived): Mandate {
    const lost = new AbortController();
    keepalived.onChange((state) => lost.abort(new Error(`keepalived says ${state}`)));
    let isHandedOver = false;
    return {
      epoch: nextOwnEpoch(this.#parts.gate.epoch),
      signal: lost.signal,
      // By what leaves the machine alone, which the kernel sees to.
      remainingMs: () => 0,
      permittedMs: () => this.#parts.permission.remainingMs(),
      // Nobody tells whether the other is there.
      successor: async () => {
        isHandedOver = true;
      },
      // The advertisement that lets the other take over ends the series by which this machine is heard.
      resign: () => this.#end(keepalived),
      release: async () => {
        if (isHandedOver) this.#heldOffUntil = this.#parts.clock.monotonic() + HELD_OFF_MS;
        await this.#end(keepalived);
      },
    };
  }

  #end(keepalived: Keepalived): Promise<void> {
    const limit = { clock: this.#parts.clock, milliseconds: LONGEST_END_MS };
    return limitedWork(limit, (signal) => keepalived.resign(signal));
  }
}
