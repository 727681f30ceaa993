import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Answer, Passes, Question, Usage } from './messages.js';

/** A measured server in a process of its own. */
export class ServerProcess implements AsyncDisposable {
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  /** Starts `entry`, with `preloaded` before it, modules of this package named from `dist`; resolves when it serves. */
  static async start(
    entry: string,
    parameters: readonly string[],
    preloaded?: string,
  ): Promise<ServerProcess> {
    const file = moduleFile(entry);
    const child = fork(file, parameters, {
      execArgv: preloaded === undefined ? [] : ['--import', moduleFile(preloaded)],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      serialization: 'json',
    });
    const answer = await nextAnswer(child);
    if (answer.kind !== 'ready')
      throw new Error(`${entry} said ${answer.kind} before it was ready`);
    return new ServerProcess(child, answer.port);
  }

  /** What it has used so far. */
  async usage(): Promise<Usage> {
    const answer = await this.#ask('usage');
    if (answer.kind !== 'usage') throw new Error(`asked for its usage it said ${answer.kind}`);
    return answer.usage;
  }

  /** The passes it has begun, where they are watched. */
  async passes(): Promise<Passes> {
    const answer = await this.#ask('passes');
    if (answer.kind !== 'passes') throw new Error(`asked for its passes it said ${answer.kind}`);
    return answer.passes;
  }

  /** Its memory, shared pages counted in part, in MiB. Linux only. */
  async memoryMb(): Promise<number> {
    const text = await readFile(`/proc/${this.#child.pid}/smaps_rollup`, 'utf8');
    return Number(/^Pss:\s+(\d+) kB$/m.exec(text)?.[1]) / 1024;
  }

  /** Starts to sample what its processor does. */
  async startProfile(): Promise<void> {
    await this.#ask('start profile');
  }

  /** Ends that, and returns the profile as Chrome's developer tools read it. */
  async endProfile(): Promise<string> {
    const answer = await this.#ask('end profile');
    if (answer.kind !== 'profile') throw new Error(`asked for a profile it said ${answer.kind}`);
    return answer.profile;
  }

  /** Ends the process. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }

  #ask(question: Question): Promise<Answer> {
    this.#child.send(question);
    return nextAnswer(this.#child);
  }
}

function moduleFile(entry: string): string {
  return fileURLToPath(new URL(`../${entry}`, import.meta.url));
}

function nextAnswer(child: ChildProcess): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null): void =>
      reject(new Error(`the measured process ended with ${code}`));
    child.once('exit', ended);
    child.once('message', (answer) => {
      child.off('exit', ended);
      resolve(answer as Answer);
    });
  });
}
