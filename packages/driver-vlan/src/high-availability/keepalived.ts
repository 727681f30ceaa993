import { DriverFailure } from '@gdcloud/core';
import type { CommandRunner, RunningCommand } from '../commands/command-runner.js';
import type { VrrpPair } from './high-availability-settings.js';
import { keepalivedConfiguration } from './keepalived-configuration.js';

/** A state of VRRP, as keepalived tells it. */
export type VrrpState = 'MASTER' | 'BACKUP' | 'FAULT' | 'STOP' | 'ended';

const FOLDER = '/run/gdcloud-pair';
/** Between two looks for what keepalived makes when it starts, and how many; milliseconds. */
const LOOKS = 200;

/** One keepalived, which takes part in an election on the network of one device, and dies with this process. */
export class Keepalived {
  readonly #runner: CommandRunner;
  readonly #running: RunningCommand;
  readonly #listeners = new Set<(state: VrrpState) => void>();
  #states: RunningCommand | undefined;
  #state: VrrpState = 'BACKUP';
  #complaint = '';

  private constructor(runner: CommandRunner, running: RunningCommand) {
    this.#runner = runner;
    this.#running = running;
    const note = (text: string): void => {
      this.#complaint = (this.#complaint + text).slice(-500);
    };
    running.onOutput(note);
    running.onComplaint(note);
    running.onEnd(() => this.#become('ended'));
  }

  /** Starts it, as one that stands by. `rest` waits a moment. */
  static async start(
    runner: CommandRunner,
    settings: VrrpPair,
    rest: () => Promise<void>,
  ): Promise<Keepalived> {
    const paths = {
      configuration: `${FOLDER}/keepalived.conf`,
      states: `${FOLDER}/states`,
    };
    await runner.files.remove(FOLDER);
    await runner.files.write(paths.configuration, keepalivedConfiguration(settings, paths.states));
    const running = runner.start({
      program: 'setpriv',
      arguments: [
        '--pdeathsig',
        'KILL',
        'keepalived',
        '--dont-fork',
        '--log-console',
        '--vrrp',
        `--use-file=${paths.configuration}`,
        `--pid=${FOLDER}/keepalived.pid`,
        `--vrrp_pid=${FOLDER}/vrrp.pid`,
      ],
    });
    const started = new Keepalived(runner, running);
    for (let looks = 0; looks < LOOKS && started.state !== 'ended'; looks += 1) {
      if ((await runner.files.list(FOLDER)).includes('states')) {
        started.#listen(paths.states);
        return started;
      }
      await rest();
    }
    running.stop();
    throw started.failure();
  }

  /** What it is by its own account. */
  get state(): VrrpState {
    return this.#state;
  }

  /** Calls `hear` with each change. Returns what ends it. */
  onChange(hear: (state: VrrpState) => void): () => void {
    this.#listeners.add(hear);
    return () => void this.#listeners.delete(hear);
  }

  /** Why it is of no use. */
  failure(): DriverFailure {
    return new DriverFailure(
      'unavailable',
      'KeepalivedEnded',
      `keepalived has ended: ${this.#complaint.trim()}`,
      { remedy: 'See that keepalived is installed, and what it says.' },
    );
  }

  /** Has it resign: the other takes over at once. Resolves when it has ended, and never fails. */
  async resign(signal: AbortSignal): Promise<void> {
    if (this.#state !== 'ended') {
      const ended = new Promise<void>((resolve) => {
        this.onChange((state) => void (state === 'ended' && resolve()));
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
      const command = { program: 'kill', arguments: ['-TERM', `${this.#running.pid}`] } as const;
      await this.#runner.run(command, signal).catch(() => {});
      await ended;
    }
    this.#running.stop();
    this.#states?.stop();
  }

  // It holds its end open itself, so nothing is lost that was told before.
  #listen(path: string): void {
    let heard = '';
    this.#states = this.#runner.start({ program: 'cat', arguments: [path] });
    this.#states.onOutput((text) => {
      heard += text;
      const lines = heard.split('\n');
      heard = lines.pop() ?? '';
      for (const line of lines) {
        const [, state] = /^INSTANCE "gdcloud" (MASTER|BACKUP|FAULT|STOP)\b/.exec(line) ?? [];
        if (state !== undefined) this.#become(state as VrrpState);
      }
    });
  }

  #become(state: VrrpState): void {
    if (this.#state === 'ended' || this.#state === state) return;
    this.#state = state;
    for (const hear of this.#listeners) hear(state);
  }
}
