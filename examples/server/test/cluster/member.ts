import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** What one process of the cluster is. */
export interface MemberPlan {
  readonly name: string;
  readonly program: string;
  readonly parameters?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** A group of its own, by which its packets are known; absent where that is not possible. */
  readonly group: number | undefined;
  readonly folder: string;
  /** The line on its output that says it is ready. */
  readonly ready: RegExp;
}

/** A process that is started again whenever it ends. */
export interface Member {
  readonly name: string;
  readonly group: number | undefined;
  readonly pid: number | undefined;
  /** How often it ended though nobody killed it. */
  readonly endedByItself: number;
  /** Resolves when its present life is ready. */
  whenReady(): Promise<void>;
  /** As `kill -9` does. It is started again after `downMs`. */
  kill(downMs: number): Promise<void>;
  /** Holds it still. */
  stop(): void;
  /** Lets it go on. */
  continue(): void;
  /** Ends it for good. */
  close(): Promise<void>;
  /** What it said last. */
  said(): string;
}

/** How long a start may take on a loaded machine while nothing is broken; milliseconds. */
const START_LIMIT = 60_000;
/** Between the end of a process that nobody killed and its next life; milliseconds. */
const RESTART_PAUSE = 500;

/** Starts a process and keeps it going. */
export function startMember(plan: MemberPlan): Member {
  mkdirSync(plan.folder, { recursive: true });
  const log = join(plan.folder, 'process.log');
  let child: ChildProcess | undefined;
  let ready = false;
  let wanted: 'running' | 'closed' = 'running';
  let expected: 'yes' | 'no' = 'no';
  let endedByItself = 0;
  let gone: Promise<void> = Promise.resolve();

  const start = (): void => {
    if (wanted === 'closed') return;
    expected = 'no';
    ready = false;
    const output = createWriteStream(log, { flags: 'a' });
    const [program, parameters] = command(plan);
    const life = spawn(program, parameters, {
      cwd: plan.folder,
      env: { ...process.env, ...plan.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child = life;
    let text = '';
    life.stdout.on('data', (chunk: Buffer) => {
      if (text.length < 10_000) text += chunk.toString('utf8');
      if (plan.ready.test(text)) ready = true;
    });
    life.stdout.pipe(output, { end: false });
    life.stderr.pipe(output, { end: false });
    gone = new Promise((resolve) => {
      life.once('exit', (code, signal) => {
        output.end(`--- ended with ${signal ?? code}\n`);
        child = undefined;
        ready = false;
        resolve();
        if (expected === 'yes' || wanted === 'closed') return;
        endedByItself += 1;
        void pause(RESTART_PAUSE).then(start);
      });
    });
  };
  const signal = (name: NodeJS.Signals): void => void child?.kill(name);
  start();

  return {
    name: plan.name,
    group: plan.group,
    get pid() {
      return child?.pid;
    },
    get endedByItself() {
      return endedByItself;
    },
    whenReady: async () => {
      const deadline = performance.now() + START_LIMIT;
      while (!ready) {
        if (performance.now() > deadline)
          throw new Error(`${plan.name} is not ready after ${START_LIMIT / 1000} s: ${tail(log)}`);
        await pause(50);
      }
    },
    kill: async (downMs) => {
      expected = 'yes';
      signal('SIGKILL');
      await gone;
      await pause(downMs);
      if (child === undefined) start();
    },
    stop: () => signal('SIGSTOP'),
    continue: () => signal('SIGCONT'),
    close: async () => {
      wanted = 'closed';
      signal('SIGKILL');
      await gone;
    },
    said: () => tail(log),
  };
}

function command({ program, parameters = [], group }: MemberPlan): [string, string[]] {
  const own = [process.execPath, program, ...parameters];
  const groups = group === undefined ? [] : ['--regid', String(group), '--clear-groups'];
  return ['setpriv', ['--pdeathsig', 'KILL', ...groups, '--', ...own]];
}

function tail(log: string): string {
  try {
    return readFileSync(log, 'utf8').slice(-2_000);
  } catch {
    return '';
  }
}
