import type { CommandRunner, RunningCommand } from '../commands/command-runner.js';
import type { DeviceName, NamespaceName } from '../plan/plan-names.js';
import { FRAME_LENGTH } from './frames.js';

/** Listens to the frames that come to a device, for those with marks. Keeps nothing else of them. */
export class FrameListener {
  readonly #running: RunningCommand;
  readonly #awaited = new Map<string, () => void>();
  readonly #heard = new Set<string>();
  readonly #marks: readonly string[];
  #last = '';
  #ended = false;

  /** `marks`: what is listened for. */
  constructor(
    runner: CommandRunner,
    namespace: NamespaceName,
    device: DeviceName,
    marks: readonly string[],
  ) {
    this.#marks = marks;
    // It reads nothing from here; but it ends when there is nothing more to read.
    this.#running = runner.start({
      program: 'nsenter',
      arguments: [`--net=/run/netns/${namespace}`, 'socat', '-t0', 'STDIO', `INTERFACE:${device}`],
    });
    this.#running.onOutput((text) => this.#listen(text));
    this.#running.onEnd(() => {
      this.#ended = true;
      for (const wake of this.#awaited.values()) wake();
    });
  }

  /** Whether it has ended by itself. */
  get ended(): boolean {
    return this.#ended;
  }

  hasHeard(mark: string): boolean {
    return this.#heard.has(mark);
  }

  /** Ends when a mark is heard, or nothing can be heard any more. Throws the signal's reason. */
  async hears(mark: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#heard.has(mark) || this.#ended) return;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#awaited.set(mark, wake);
      signal.addEventListener('abort', wake);
    });
    signal.throwIfAborted();
  }

  stop(): void {
    this.#running.stop();
  }

  #listen(text: string): void {
    // A mark may come in two pieces.
    const heard = this.#last + text;
    this.#last = heard.slice(-FRAME_LENGTH);
    for (const mark of this.#marks) {
      if (!heard.includes(mark)) continue;
      this.#heard.add(mark);
      this.#awaited.get(mark)?.();
    }
  }
}
