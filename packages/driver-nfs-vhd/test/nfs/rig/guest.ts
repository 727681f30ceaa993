import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { type Wire, wireOn } from './wire.js';

/** A process in the guest that does what it is asked over its wire. */
export interface GuestProcess {
  readonly wire: Wire;
  /** `kill -9`. */
  kill(): Promise<void>;
}

const LARGEST_START_MS = 100_000;
const KERNEL_WORDS =
  'console=ttyS0 quiet panic=-1 mitigations=off rcupdate.rcu_expedited=1 tsc=reliable no_timer_check random.trust_cpu=on';

/**
 * A small emulated machine with a kernel that knows NFS, whose root folder is the host's. It reaches this network
 * namespace as 10.0.2.2.
 */
export class Guest {
  readonly #folder: string;
  readonly #arrivals = new Map<string, (socket: Socket) => void>();
  readonly #server: Server;
  #agent: Wire | undefined;
  #machine: ChildProcess | undefined;
  #started = 0;

  constructor(folder: string) {
    this.#folder = folder;
    this.#server = createServer((socket) => this.#arrive(socket));
  }

  /** Boots; done once the agent in the guest has called. */
  async boot(kernel: { readonly image: string; readonly initramfs: string }): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const address = this.#server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const script = `${this.#folder}/guest.sh`;
    const agent = join(import.meta.dirname, 'guest-agent.js');
    writeFileSync(
      script,
      `export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/mnt\nexec '${process.execPath}' '${agent}' ${port}\n`,
    );
    const arrival = this.#arrival('agent');
    const console = openSync(`${this.#folder}/console.log`, 'w');
    this.#machine = spawn('qemu-system-x86_64', machineWords(kernel, script), {
      stdio: ['ignore', console, console],
    });
    closeSync(console);
    this.#agent = wireOn(await arrival);
  }

  /** Runs a program in the guest; its output. */
  async run(program: string, ...words: readonly string[]): Promise<string> {
    return String(await this.#agent?.call('run', program, words));
  }

  async mount(source: string, folder: string, options: string): Promise<void> {
    await this.run('mkdir', '-p', folder);
    await this.run('mount.nfs', source, folder, '-o', options);
  }

  async start(kind: 'files' | 'driver'): Promise<GuestProcess> {
    this.#started += 1;
    const name = `${kind}-${this.#started}`;
    const arrival = this.#arrival(name);
    await this.#agent?.call('start', kind, name);
    const wire = wireOn(await arrival);
    return {
      wire,
      kill: async () => {
        await this.#agent?.call('kill', name);
        await wire.ended;
      },
    };
  }

  /** The power of the guest goes. */
  stop(): void {
    this.#machine?.kill('SIGKILL');
    this.#server.close();
  }

  #arrive(socket: Socket): void {
    socket.setNoDelay();
    let text = '';
    const onData = (bytes: Buffer): void => {
      text += bytes.toString();
      if (!text.endsWith('\n')) return;
      socket.off('data', onData);
      socket.pause();
      this.#arrivals.get(text.trim())?.(socket);
    };
    socket.on('data', onData);
    socket.on('error', () => undefined);
  }

  #arrival(name: string): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        const seen = readFileSync(`${this.#folder}/console.log`, 'utf8').slice(-4000);
        reject(new Error(`${name} did not start in the guest: ${seen}`));
      }, LARGEST_START_MS);
      this.#arrivals.set(name, (socket) => {
        clearTimeout(late);
        resolve(socket);
      });
    });
  }
}

function machineWords(
  kernel: { readonly image: string; readonly initramfs: string },
  script: string,
): readonly string[] {
  return [
    ...['-accel', 'tcg,thread=single', '-cpu', 'Nehalem', '-m', '768', '-smp', '1'],
    ...['-display', 'none', '-serial', 'stdio', '-monitor', 'none', '-no-reboot', '-nodefaults'],
    ...['-kernel', kernel.image, '-initrd', kernel.initramfs],
    ...['-append', `${KERNEL_WORDS} script=${script}`],
    ...['-netdev', 'user,id=n0', '-device', 'virtio-net-pci,netdev=n0,romfile='],
    ...['-fsdev', 'local,id=h,path=/,security_model=none,readonly=on,multidevs=remap'],
    ...['-device', 'virtio-9p-pci,fsdev=h,mount_tag=host'],
  ];
}
