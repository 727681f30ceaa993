import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createWriteStream, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from './free-ports.js';

/** Where a server listens and keeps its files; both are chosen when absent. */
export interface ServiceOptions {
  /** Where it listens; 127.0.0.1 when absent. */
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  /** A folder of its own, kept when the server is closed. Absent: a new one in the system's temporary folder, removed then. */
  readonly folder?: string | undefined;
}

/** A private server: nobody else's data, a port of its own on loopback, gone with the process that started it. */
export interface Service extends AsyncDisposable {
  /** What a client is told: `postgres://…`, `redis://…`, `127.0.0.1:2181`. The same after a restart. */
  readonly url: string;
  readonly port: number;
  readonly folder: string;
  /** The server's process id; undefined while it is down. */
  readonly pid: number | undefined;
  /** Ends it like a power cut and resolves when it is gone; its files stay. */
  kill(): Promise<void>;
  /** Starts it again on the same files and the same port; resolves when it answers. */
  start(): Promise<void>;
  /** Holds it still, as a machine that hangs: connections stay open and nothing answers. */
  pause(): void;
  /** Lets it go on. */
  resume(): void;
  /** Ends it and removes what it wrote, unless its folder was given. */
  close(): Promise<void>;
}

/** What differs from one kind of server to the next. */
export interface ServiceKind {
  readonly name: string;
  /** Run once, in the new folder, before the first start. */
  prepare(place: Place): Promise<void>;
  /** The program and its arguments, which must stay in the foreground. */
  command(place: Place): readonly [string, ...string[]];
  /** Resolves when it answers; throws while it does not. */
  probe(place: Place): Promise<void>;
  url(place: Place): string;
  /** The system user it must run as when we are root. */
  readonly user?: string | undefined;
  /** Which signal its parent's death sends it, so that it leaves nothing behind. */
  readonly farewell?: 'KILL' | 'QUIT';
  readonly environment?: Readonly<Record<string, string>>;
}

/** Where one server is. */
export interface Place {
  readonly host: string;
  readonly port: number;
  readonly folder: string;
  /** Runs a program as the server's user to its end; throws with what it said when it fails. */
  run(command: readonly [string, ...string[]]): void;
}

/** How long a server may take to answer for the first time; milliseconds. */
const PATIENCE = 60_000;

/** Prepares and starts a server of a kind, and resolves when it answers. */
export async function startService(kind: ServiceKind, options: ServiceOptions): Promise<Service> {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), `gdcloud-${kind.name}-`)));
  await mkdir(folder, { recursive: true });
  const host = options.host ?? '127.0.0.1';
  const place: Place = {
    host,
    port: options.port ?? (await freePort(host)),
    folder,
    run: (command) => runAs(kind, command),
  };
  if (kind.user !== undefined && process.getuid?.() === 0)
    spawnSync('chown', ['-R', kind.user, folder]);
  const service = new ServerProcess(kind, place, options.folder === undefined ? 'remove' : 'keep');
  try {
    await kind.prepare(place);
    await service.start();
  } catch (thrown) {
    await service.close();
    throw thrown;
  }
  return service;
}

class ServerProcess implements Service {
  readonly #kind: ServiceKind;
  readonly #place: Place;
  readonly #afterwards: 'keep' | 'remove';
  #child: ChildProcess | undefined;

  constructor(kind: ServiceKind, place: Place, afterwards: 'keep' | 'remove') {
    this.#kind = kind;
    this.#place = place;
    this.#afterwards = afterwards;
  }

  get url(): string {
    return this.#kind.url(this.#place);
  }

  get port(): number {
    return this.#place.port;
  }

  get folder(): string {
    return this.#place.folder;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  async start(): Promise<void> {
    if (this.#child !== undefined) return;
    const log = join(this.#place.folder, 'server.log');
    const output = createWriteStream(log, { flags: 'a' });
    const [program, ...parameters] = asUser(this.#kind, this.#kind.command(this.#place));
    const child = spawn(program, parameters, {
      cwd: this.#place.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...this.#kind.environment },
    });
    child.stdout?.pipe(output);
    child.stderr?.pipe(output);
    this.#child = child;
    let ended: string | undefined;
    child.once('error', (error) => (ended = error.message));
    child.once('exit', (code, signal) => {
      ended = `it ended with ${signal ?? code}`;
      if (this.#child === child) this.#child = undefined;
    });
    const deadline = performance.now() + PATIENCE;
    for (;;) {
      try {
        return await this.#kind.probe(this.#place);
      } catch (thrown) {
        if (ended === undefined && performance.now() < deadline) {
          await pause(25);
          continue;
        }
        const said = readFileSync(log, 'utf8').slice(-2_000);
        throw new Error(
          `${this.#kind.name} did not start: ${ended ?? 'it does not answer'}\n${said}`,
          { cause: thrown },
        );
      }
    }
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
    this.#child = undefined;
    // Its helpers notice a moment later; a new server refuses to start beside them.
    if (child.pid !== undefined) await groupGone(this.#place.folder);
  }

  pause(): void {
    this.#signalAll('SIGSTOP');
  }

  resume(): void {
    this.#signalAll('SIGCONT');
  }

  async close(): Promise<void> {
    this.resume();
    await this.kill();
    if (this.#afterwards === 'remove')
      await rm(this.#place.folder, { recursive: true, force: true, maxRetries: 10 });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #signalAll(signal: NodeJS.Signals): void {
    const pid = this.#child?.pid;
    if (pid === undefined) return;
    for (const each of [pid, ...childrenOf(pid)]) {
      try {
        process.kill(each, signal);
      } catch {
        // It ended meanwhile.
      }
    }
  }
}

// ZooKeeper's client opens sockets that children inherit. One that lives on in a server is never closed: it stays in the
// parent's epoll set under a number that belongs to another socket by then, and the client spins on it.
const WITHOUT_INHERITANCE =
  'for number in $(ls /proc/$$/fd); do ((number > 2)) && exec {number}>&-; done; exec "$@"';

// The kernel sends the farewell when the process that started the server dies, however it dies.
function asUser(kind: ServiceKind, command: readonly [string, ...string[]]): [string, ...string[]] {
  const user = ['setpriv', '--pdeathsig', kind.farewell ?? 'KILL', ...identity(kind), '--'];
  return ['bash', '-c', WITHOUT_INHERITANCE, 'bash', ...user, ...command];
}

function identity(kind: ServiceKind): readonly string[] {
  if (kind.user === undefined || process.getuid?.() !== 0) return [];
  return ['--reuid', kind.user, '--regid', kind.user, '--clear-groups'];
}

function runAs(kind: ServiceKind, command: readonly [string, ...string[]]): void {
  const [program, ...parameters] = asUser(kind, command);
  const { status, stderr, stdout } = spawnSync(program, parameters, {
    encoding: 'utf8',
    cwd: '/',
    env: { ...process.env, ...kind.environment },
  });
  if (status !== 0) throw new Error(`${command[0]} failed: ${stderr}${stdout}`);
}

function childrenOf(pid: number): readonly number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
      .split(' ')
      .filter((text) => text !== '')
      .map(Number);
  } catch {
    return [];
  }
}

async function groupGone(folder: string): Promise<void> {
  for (let n = 0; n < 400; n += 1) {
    const { status } = spawnSync('pgrep', ['-f', '--', folder]);
    if (status !== 0) return;
    await pause(10);
  }
}
