import type { ServerProcess } from '../process/server-process.js';

/** The processes of one measured system, counted together. */
export class ProcessGroup implements AsyncDisposable {
  readonly processes: readonly ServerProcess[];

  constructor(processes: readonly ServerProcess[]) {
    this.processes = processes;
  }

  /** Starts processes one after the other; when one fails those before it are ended. */
  static async start(starts: readonly (() => Promise<ServerProcess>)[]): Promise<ProcessGroup> {
    const started: ServerProcess[] = [];
    try {
      for (const start of starts) started.push(await start());
    } catch (thrown) {
      await new ProcessGroup(started)[Symbol.asyncDispose]();
      throw thrown;
    }
    return new ProcessGroup(started);
  }

  /** Processor time of all of them so far, in milliseconds. */
  async cpuMs(): Promise<number> {
    const usages = await Promise.all(this.processes.map((process) => process.usage()));
    return usages.reduce((sum, { cpuMs }) => sum + cpuMs, 0);
  }

  /** Memory of all of them, in MiB. */
  async memoryMb(): Promise<number> {
    const each = await Promise.all(this.processes.map((process) => process.memoryMb()));
    return each.reduce((sum, mb) => sum + mb, 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.processes.map((process) => process[Symbol.asyncDispose]()));
  }
}
