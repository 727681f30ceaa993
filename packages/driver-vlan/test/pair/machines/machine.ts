import { fileURLToPath } from 'node:url';
import type { PairRig, Which } from '../../high-availability/pair-rig.js';
import { type Conversation, until } from '../../support/network-sandbox.js';
import type { BusLine, LineBus } from './line-bus.js';

const PROGRAM = fileURLToPath(new URL('run-machine.js', import.meta.url));

/** How often is looked what a machine has said; milliseconds. */
const LISTEN_MS = 2;

type Said = BusLine | { readonly pid: number } | { readonly log: string };

/** A machine of a pair with its driver host, which a bus reaches. */
export class Machine {
  readonly name: string;
  /** Whether the bus reaches it; the lock service does all the same. */
  reached: 'yes' | 'no' = 'yes';
  readonly #rig: PairRig;
  readonly #which: Which;
  readonly #bus: LineBus;
  #host: Conversation | undefined;
  #pid = 0;
  #stopListening = (): void => {};

  constructor(
    name: string,
    parts: { readonly rig: PairRig; readonly which: Which; readonly bus: LineBus },
  ) {
    this.name = name;
    this.#rig = parts.rig;
    this.#which = parts.which;
    this.#bus = parts.bus;
  }

  async start(): Promise<void> {
    const { path, sessionMs } = this.#rig.locks;
    const words = [process.execPath, PROGRAM, this.name, path, String(sessionMs)];
    const host = this.#rig[this.#which].sandbox.start(
      `sh -c 'exec 3<&0; ${words.map((word) => `"${word}"`).join(' ')} <&3 & wait'`,
    );
    this.#host = host;
    const started = this.#listen(host);
    const removeLine = this.#bus.addLine((line) => {
      if (this.reached === 'yes') host.say(`${JSON.stringify(line)}\n`);
    });
    const stopListening = this.#stopListening;
    this.#stopListening = () => {
      stopListening();
      removeLine();
    };
    this.#pid = await started;
  }

  /** Sends its driver host a signal. */
  async signal(signal: 'KILL' | 'STOP' | 'CONT'): Promise<void> {
    await this.#rig[this.#which].sandbox.run(`kill -${signal} ${this.#pid}`);
    if (signal === 'KILL') this.#stopListening();
  }

  /** Whether its gate is open, as the kernel has it. */
  async isHeard(): Promise<boolean> {
    const { sandbox } = this.#rig[this.#which];
    return (await sandbox.run('nft list set netdev gdcloud open')).includes('elements');
  }

  close(): void {
    this.#stopListening();
    this.#host?.end();
  }

  #hear(line: BusLine): void {
    if (this.reached === 'yes') this.#bus.hear(line);
  }

  // Each line once, as it comes; the number of its process with the first.
  async #listen(host: Conversation): Promise<number> {
    let read = 0;
    let pid: number | undefined;
    const timer = setInterval(() => {
      const end = host.heard.lastIndexOf('\n') + 1;
      const lines = host.heard.slice(read, end).split('\n').slice(0, -1);
      read = end;
      for (const line of lines) {
        const said: Said = JSON.parse(line);
        if ('topic' in said) this.#hear(said);
        else if ('pid' in said) pid = said.pid;
      }
    }, LISTEN_MS);
    this.#stopListening = () => clearInterval(timer);
    return until(
      () => pid ?? Number.NaN,
      (number) => !Number.isNaN(number),
    );
  }
}
