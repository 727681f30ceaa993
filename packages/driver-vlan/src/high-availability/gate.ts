import { DriverFailure } from '@gdcloud/core';
import { devicesOutside } from '../agent/bring-links.js';
import type { CommandRunner } from '../commands/command-runner.js';
import { NftConversation } from '../nft/nft-conversation.js';
import { type Epoch, isEarlier } from './epoch.js';
import {
  after,
  devicesOf,
  GATE_QUESTION,
  type GateMark,
  type GateParts,
  type GateState,
  gateArm,
  gateClose,
  gateLoad,
  gateOpen,
  gateRefresh,
  gateRenew,
  gateState,
} from './gate-program.js';

/**
 * The gate of one machine, by which its networks are heard or not. Every transaction swaps the mark that was read before
 * it, and opens nothing unless it finds in the kernel what the one before it has left there, which expires. So what was
 * held up on its way, in a process that was paused for instance, opens nothing any more.
 */
export class Gate {
  readonly #runner: CommandRunner;
  readonly #parts: GateParts;
  #conversation: NftConversation | undefined;
  #mark: GateMark | undefined;
  /** How the rules looked when they had been loaded. */
  #rules: string | undefined;
  #isWhole = false;

  constructor(runner: CommandRunner, parts: GateParts) {
    this.#runner = runner;
    this.#parts = parts;
  }

  /** Whether, when it was looked at last, it was as it had been loaded. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** The epoch of its last turn; undefined where it was not looked at yet. */
  get epoch(): Epoch | undefined {
    return this.#mark?.epoch;
  }

  /** Loads it, closed, whatever is there. Throws `unavailable` where the kernel or a card lets it not. */
  async load(signal: AbortSignal): Promise<void> {
    this.#isWhole = false;
    // Newer kernels take a chain of a card that isn't there, and say nothing: a card by a wrong name would let all through.
    const devices = await devicesOutside(this.#runner, signal);
    const missing = devicesOf(this.#parts).find((device) => !devices.has(device));
    if (missing !== undefined) throw notLoaded(`there is no network card ${missing}`);
    const found = await this.look(signal);
    const input = `${gateLoad(this.#parts, found).join('\n')}\n`;
    const loaded = await this.#runner.run(
      { program: 'nft', arguments: ['-f', '-'], input },
      signal,
    );
    if (loaded.exitCode !== 0) throw notLoaded(loaded.stderr);
    this.#rules = undefined;
    const state = await this.look(signal);
    this.#rules = state?.rules;
    this.#isWhole = state?.mark !== undefined;
  }

  /** Looks at it; undefined where it isn't loaded. */
  look(signal: AbortSignal): Promise<GateState | undefined> {
    return this.#transact(() => [], signal);
  }

  /** Begins a turn: it is closed, and can be opened within the time. `superseded`: it is in a later one, and stays as it is. */
  async arm(
    epoch: Epoch,
    milliseconds: number,
    signal: AbortSignal,
  ): Promise<'armed' | 'superseded'> {
    if (!this.#isWhole) await this.load(signal);
    // What is known may be old: then what is there instead is known by the refusal.
    for (let tries = 0; tries < 2; tries += 1) {
      const from = this.#mark;
      if (from === undefined) throw notLoaded('it is not there');
      if (isEarlier(epoch, from.epoch)) return 'superseded';
      const to = { epoch, turn: after(from).turn };
      const state = await this.#transact(() => gateArm(from, to, milliseconds), signal);
      if (isSame(state?.mark, to)) return 'armed';
    }
    throw new DriverFailure('ambiguous', 'GateChanged', 'somebody else has changed the gate', {
      remedy: 'None is needed: it is tried again. See that one agent at a time runs on a machine.',
    });
  }

  /**
   * Opens what has been armed for `epoch`. `milliseconds` is asked just before it is sent, and undefined sends nothing.
   * Told is how it stands then.
   */
  open(
    epoch: Epoch,
    milliseconds: () => number | undefined,
    signal: AbortSignal,
  ): Promise<'open' | 'closed'> {
    return this.#advance(epoch, gateOpen, milliseconds, signal);
  }

  /** Keeps open what is open for `epoch`; see {@link open}. */
  refresh(
    epoch: Epoch,
    milliseconds: () => number | undefined,
    signal: AbortSignal,
  ): Promise<'open' | 'closed'> {
    return this.#advance(epoch, gateRefresh, milliseconds, signal);
  }

  /** Closes it, unless it is in another's turn; where it is gone, it is loaded. Throws where that is not certain. */
  async close(epoch: Epoch, signal: AbortSignal): Promise<void> {
    for (;;) {
      const state = await this.#transact(
        () => (this.#mark?.epoch === epoch ? gateClose(this.#mark) : []),
        signal,
      );
      if (state === undefined) return this.load(signal);
      if (state.mark?.epoch !== epoch || state.stands === 'closed') return;
    }
  }

  /** Whether it lets networks be heard now, for that epoch. */
  async isOpen(epoch: Epoch, signal: AbortSignal): Promise<boolean> {
    const state = await this.look(signal);
    return state !== undefined && this.#lets(state, epoch);
  }

  /** Whether the machine advertises itself, without a gap since it was {@link renew}ed. */
  async isAdvertised(signal: AbortSignal): Promise<boolean> {
    return (await this.look(signal))?.isAdvertised === true;
  }

  /** Has it take the machine for one that stands by, and waits: only what it advertises from now on counts. */
  async renew(signal: AbortSignal): Promise<void> {
    await this.#transact(gateRenew, signal);
  }

  /** Ends what it talks to. It stays as it is, until it closes by itself. */
  end(): void {
    this.#conversation?.stop();
  }

  async #advance(
    epoch: Epoch,
    lines: (mark: GateMark, milliseconds: number) => readonly string[],
    milliseconds: () => number | undefined,
    signal: AbortSignal,
  ): Promise<'open' | 'closed'> {
    const state = await this.#transact(() => {
      if (this.#mark?.epoch !== epoch) return [];
      const time = milliseconds();
      return time === undefined ? [] : lines(this.#mark, time);
    }, signal);
    return state !== undefined && this.#lets(state, epoch) ? 'open' : 'closed';
  }

  #lets({ mark, stands, isAdvertised }: GateState, epoch: Epoch): boolean {
    const isKept = this.#parts.advertisements === undefined || isAdvertised;
    return mark?.epoch === epoch && stands === 'open' && isKept;
  }

  async #transact(
    compose: () => readonly string[],
    signal: AbortSignal,
  ): Promise<GateState | undefined> {
    const listing = await this.#talk().transact(compose, signal);
    const state = listing === undefined ? undefined : gateState(listing);
    this.#mark = state?.mark;
    if (this.#rules !== undefined) this.#isWhole = state?.rules === this.#rules;
    return state;
  }

  #talk(): NftConversation {
    if (this.#conversation === undefined || this.#conversation.ended) {
      const command = { program: 'nft', arguments: ['-i'] } as const;
      this.#conversation = new NftConversation(this.#runner, command, GATE_QUESTION);
    }
    return this.#conversation;
  }
}

function isSame(one: GateMark | undefined, other: GateMark): boolean {
  return one?.epoch === other.epoch && one.turn === other.turn;
}

function notLoaded(why: string): DriverFailure {
  return new DriverFailure('unavailable', 'GateMissing', `no gate: ${why.slice(0, 300).trim()}`, {
    remedy:
      'See that the network cards are there and that the kernel has egress hooks (5.16, CONFIG_NETFILTER_EGRESS).',
  });
}
