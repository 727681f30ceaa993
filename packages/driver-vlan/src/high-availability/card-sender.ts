import type { Clock } from '@gdcloud/core';
import type { CommandRunner, RunningCommand } from '../commands/command-runner.js';
import { FRAME_LENGTH } from '../isolation/frames.js';
import type { DeviceName } from '../plan/plan-names.js';
import { pause } from '../time/pause.js';

/** Frames that are sent at once by a card, and the pause until the next: switches drop what comes too fast. */
const BURST = 32;
const PAUSE_MS = 5;

/** Sends frames by a machine's cards: one `socat` each, which is there before it is needed. */
export class CardSender {
  readonly #runner: CommandRunner;
  readonly #clock: Clock;
  readonly #running = new Map<DeviceName, RunningCommand>();

  constructor(runner: CommandRunner, clock: Clock) {
    this.#runner = runner;
    this.#clock = clock;
  }

  /** Starts what sends by a card, unless it runs. */
  prepare(card: DeviceName): RunningCommand {
    const known = this.#running.get(card);
    if (known !== undefined) return known;
    const words = ['-u', `-b${FRAME_LENGTH}`, '-', `INTERFACE:${card}`];
    const running = this.#runner.start({ program: 'socat', arguments: words });
    this.#running.set(card, running);
    running.onEnd(() => {
      if (this.#running.get(card) === running) this.#running.delete(card);
    });
    return running;
  }

  /** Sends frames, each of {@link FRAME_LENGTH}, as they were given. Ends early as the signal aborts. */
  async send(card: DeviceName, frames: readonly Buffer[], signal: AbortSignal): Promise<void> {
    for (let at = 0; at < frames.length && !signal.aborted; at += BURST) {
      if (at > 0) await pause(this.#clock, PAUSE_MS, signal);
      this.prepare(card).write(Buffer.concat(frames.slice(at, at + BURST)));
    }
  }

  /** Ends what was started. What was not sent yet is lost. */
  end(): void {
    for (const running of this.#running.values()) running.stop();
    this.#running.clear();
  }
}
