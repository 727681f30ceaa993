import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Resource } from '@gdcloud/core';
import { SurroundedSandbox } from '../support/surrounded-sandbox.js';

const PROGRAM = fileURLToPath(new URL('run-driver-host.js', import.meta.url));

/** A driver host in a process of its own, and the sandbox in which it carries networks, once it carries one. */
export class DriverHostProcess {
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess) {
    this.#process = process;
  }

  static async start(redisUrl: string, folder: string): Promise<DriverHostProcess> {
    const child = spawn(process.execPath, [PROGRAM, redisUrl, folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    return new DriverHostProcess(child);
  }

  /** `kill -9` */
  async kill(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    this.#process.kill('SIGKILL');
    await once(this.#process, 'exit');
  }

  /** See {@link SurroundedSandbox.surround}. */
  async surround(server: Resource): Promise<void> {
    await this.#sandbox.surround(server);
  }

  /** See {@link SurroundedSandbox.ask}. */
  async ask(to: string): Promise<string> {
    return this.#sandbox.ask(to);
  }

  get #sandbox(): SurroundedSandbox {
    return new SurroundedSandbox(this.#process.pid ?? 0);
  }
}
