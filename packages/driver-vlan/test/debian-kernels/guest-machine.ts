import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { SerialLine } from './serial-line.js';

/** Kernels of Debian releases that are in use, by their series. */
export type KernelSeries = '6.1' | '6.12';

/** What `scripts/network-kernels.mjs` has prepared: files. The last need not be there yet. */
export interface Kernel {
  readonly image: string;
  readonly initramfs: string;
  readonly snapshot: string;
}

const PREPARE = join(import.meta.dirname, '../../../../scripts/network-kernels.mjs');
const TOOLS = [
  ...['qemu-system-x86_64', 'apt-get', 'apt-cache', 'dpkg', 'depmod', 'modprobe', 'cpio', 'xz'],
  ...['busybox', 'dash', 'perl', 'ip', 'tc', 'ss', 'bridge', 'nft', 'nsenter', 'sysctl', 'kill'],
  ...['dnsmasq', 'wg', 'conntrack', 'ping', 'socat'],
];
/** Without the word for RCU, loading the modules alone takes ten seconds (reference/vlan.md 1.3). */
const KERNEL_WORDS =
  'console=ttyS0 quiet panic=-1 mitigations=off nokaslr tsc=reliable no_timer_check rcupdate.rcu_expedited=1 cryptomgr.notests random.trust_cpu=on';

/** The kernel of a series, or why these tests can't run here. In CI they must: it throws. */
export function findKernel(series: KernelSeries): Kernel | string {
  const path = `${process.env['PATH']}:/usr/sbin:/sbin`;
  const missing = TOOLS.filter(
    (tool) => spawnSync('sh', ['-c', `command -v ${tool}`], { env: { PATH: path } }).status !== 0,
  );
  if (missing.length > 0 && process.env['CI'] !== 'true') {
    return `not installed: ${missing.join(', ')}`;
  }
  try {
    return JSON.parse(execFileSync(process.execPath, [PREPARE, series], { encoding: 'utf8' }));
  } catch (thrown) {
    if (process.env['CI'] === 'true') throw thrown;
    return `Debian's kernel ${series} can not be had`;
  }
}

/** An emulated machine with a kernel of Debian's, on which we are root by a serial line. It ends with this process. */
export class GuestMachine {
  readonly line: SerialLine;
  readonly #process: ChildProcess;
  readonly #monitor: Socket;
  readonly #close: () => void;

  private constructor(process: ChildProcess, line: SerialLine, monitor: Socket, close: () => void) {
    this.#process = process;
    this.line = line;
    this.#monitor = monitor;
    this.#close = close;
  }

  /** Starts a machine as it is when it has booted; but the first time, it need not boot. */
  static async start(kernel: Kernel): Promise<GuestMachine> {
    if (!existsSync(kernel.snapshot)) {
      const first = await GuestMachine.#run(kernel, []);
      await first.line.ready();
      await first.#save(kernel.snapshot);
    }
    return GuestMachine.#run(kernel, ['-incoming', `exec:cat '${kernel.snapshot}'`]);
  }

  static async #run(kernel: Kernel, words: readonly string[]): Promise<GuestMachine> {
    const folder = mkdtempSync(join(tmpdir(), 'gdcloud-guest-'));
    const line = await listening(join(folder, 'line'));
    const monitor = await listening(join(folder, 'monitor'));
    const close = (): void => {
      line.server.close();
      monitor.server.close();
      rmSync(folder, { recursive: true, force: true });
    };
    // What listens is here: qemu calls both before its machine runs.
    const machine = spawn(
      'qemu-system-x86_64',
      [
        ...['-M', 'pc', '-accel', 'tcg', '-cpu', 'max', '-m', '256', '-smp', '1'],
        ...['-display', 'none', '-nodefaults', '-no-reboot'],
        ...['-serial', `file:${folder}/console.log`],
        ...['-kernel', kernel.image, '-initrd', kernel.initramfs, '-append', KERNEL_WORDS],
        ...['-device', 'virtio-serial-pci', '-chardev', `socket,id=line,path=${folder}/line`],
        ...['-device', 'virtserialport,chardev=line,name=line'],
        ...['-qmp', `unix:${folder}/monitor`, ...words],
      ],
      { stdio: ['ignore', 'inherit', 'inherit'] },
    );
    const called = Promise.all([line.called, monitor.called]);
    const ended = once(machine, 'exit').then(() => {
      const console = join(folder, 'console.log');
      throw new Error(`qemu ended: ${existsSync(console) ? readFileSync(console, 'utf8') : ''}`);
    });
    ended.catch(() => {});
    const [lineSocket, monitorSocket] = await Promise.race([called, ended]);
    return new GuestMachine(machine, new SerialLine(lineSocket), monitorSocket, close);
  }

  /** Saves the machine to a file, whole or not at all, and ends it. */
  async #save(path: string): Promise<void> {
    const answers = createInterface({ input: this.#monitor })[Symbol.asyncIterator]();
    const command = async (execute: string, words: object = {}): Promise<unknown> => {
      this.#monitor.write(`${JSON.stringify({ execute, arguments: words })}\n`);
      // Others are events, and its greeting.
      for (;;) {
        const { value } = await answers.next();
        const answer: { readonly return?: unknown; readonly error?: unknown } = JSON.parse(value);
        if (answer.error !== undefined) throw new Error(`${execute}: ${value}`);
        if (answer.return !== undefined) return answer.return;
      }
    };
    const temporary = `${path}.${process.pid}`;
    await command('qmp_capabilities');
    // No faster than qemu's default would be 32 MiB/s.
    await command('migrate-set-parameters', { 'max-bandwidth': 8e9 });
    await command('migrate', { uri: `exec:cat >'${temporary}'` });
    for (;;) {
      const state = JSON.stringify(await command('query-migrate'));
      if (state.includes('"completed"')) break;
      if (state.includes('"failed"')) throw new Error(`saving the machine: ${state}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    this.stop();
    renameSync(temporary, path);
  }

  /** Its power goes. */
  stop(): void {
    this.#process.removeAllListeners('exit');
    this.#process.kill('SIGKILL');
    this.#monitor.destroy();
    this.#close();
  }
}

async function listening(
  path: string,
): Promise<{ readonly server: Server; readonly called: Promise<Socket> }> {
  const server = createServer();
  const called = once(server, 'connection').then(([socket]): Socket => socket);
  server.listen(path);
  await once(server, 'listening');
  return { server, called };
}
