import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { RunningCommand } from '@gdcloud/driver-vlan/agent';

const SANDBOX = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];

/** Why these tests can't run here, if they can't. In CI they must. */
export function skipWithoutSandbox(...programs: readonly string[]): string | false {
  const missing = ['nft', 'ip', 'nsenter', ...programs].filter(
    (program) => spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0,
  );
  const reason =
    missing.length > 0
      ? `not installed: ${missing.join(', ')}`
      : spawnSync('unshare', [...SANDBOX, 'nft', 'list', 'ruleset']).status === 0
        ? false
        : 'this user may make no network namespace, or the kernel has no nf_tables';
  return process.env['CI'] === 'true' ? false : reason;
}

/**
 * Namespaces of networks, mounts and processes in which a test is root and alone: /run is empty, `ip netns` works, and
 * whatever runs in it ends with it, or with this process.
 */
export class NetworkSandbox {
  readonly #holder: ChildProcessWithoutNullStreams;
  readonly #target: string;

  private constructor(holder: ChildProcessWithoutNullStreams, target: string) {
    this.#holder = holder;
    this.#target = target;
  }

  static async start(): Promise<NetworkSandbox> {
    // `cat` is its first process, and ends when this one does.
    const holder = spawn('unshare', [...SANDBOX, 'env', '--ignore-signal=CHLD', 'cat']);
    holder.stdin.write('\n');
    await once(holder.stdout, 'data');
    const path = `/proc/${holder.pid}/task/${holder.pid}/children`;
    const [target = ''] = (await readFile(path, 'utf8')).split(' ');
    const sandbox = new NetworkSandbox(holder, target);
    await sandbox.run('mount -t tmpfs tmpfs /run && mkdir /run/netns && ip link set dev lo up');
    return sandbox;
  }

  /** Its first process, by which other programs find it. */
  get process(): string {
    return this.#target;
  }

  /** Runs a shell script to its end, in a namespace of the sandbox, and returns what it printed. Throws if it fails. */
  async run(script: string, { namespace, input = '' }: Entered = {}): Promise<string> {
    const child = this.#enter(script, namespace);
    let printed = '';
    let complaint = '';
    child.stdout.on('data', (text: string) => {
      printed += text;
    });
    child.stderr.on('data', (text: string) => {
      complaint += text;
    });
    child.stdin.end(input);
    await once(child, 'close');
    if (child.exitCode !== 0) throw new Error(`${script.slice(0, 200)}: ${complaint}`);
    return printed;
  }

  /** Starts a program, by a shell line, that goes on by itself. */
  start(script: string, namespace?: string): Conversation {
    const child = this.#enter(`exec ${script}`, namespace);
    return new Conversation({
      write: (text) => void child.stdin.write(text),
      onOutput: (listener) => void child.stdout.on('data', listener),
      onEnd: (listener) => void child.once('close', listener),
      stop: () => void child.kill('SIGKILL'),
    });
  }

  close(): void {
    this.#holder.kill('SIGKILL');
  }

  #enter(script: string, namespace: string | undefined): ChildProcessWithoutNullStreams {
    const inner = namespace === undefined ? [] : ['nsenter', `--net=/run/netns/${namespace}`];
    const target = [`--target=${this.#target}`, '--net', '--mount', '--pid', '--'];
    const child = spawn('nsenter', [...target, ...inner, 'sh', '-ec', script]);
    child.stdout.setEncoding('utf8');
    child.stderr.setEncoding('utf8');
    child.stdin.on('error', () => {});
    return child;
  }
}

/** Where a script runs in a sandbox, and what it reads. */
export interface Entered {
  readonly namespace?: string | undefined;
  readonly input?: string | Buffer | undefined;
}

/** A program that is written to and listened to. */
export class Conversation {
  readonly #running: Omit<RunningCommand, 'pid' | 'onComplaint'>;
  heard = '';
  hasEnded = false;

  constructor(running: Omit<RunningCommand, 'pid' | 'onComplaint'>) {
    this.#running = running;
    running.onOutput((text) => {
      this.heard += text;
    });
    running.onEnd(() => {
      this.hasEnded = true;
    });
  }

  say(text: string): void {
    this.#running.write(text);
  }

  end(): void {
    this.#running.stop();
  }
}

/** Looks until something holds, for 20 seconds at most unless more are named; returns what was seen then. */
export async function until<Seen>(
  look: () => Seen | Promise<Seen>,
  holds: (seen: Seen) => boolean | Promise<boolean>,
  seconds = 20,
): Promise<Seen> {
  const deadline = performance.now() + seconds * 1_000;
  for (;;) {
    const seen = await look();
    if (await holds(seen)) return seen;
    if (performance.now() > deadline) throw new Error(`it never held; last: ${String(seen)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
