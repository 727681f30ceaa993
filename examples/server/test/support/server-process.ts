import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { endBefore } from './own-folder.js';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** The administrator's key of every server that these tests start. */
export const KEY = { access: 'test-access', secret: 'test-secret' };

/** A resource, a collection, a plan or an error, as it came over the wire. */
export interface Answer {
  readonly id: string;
  readonly uuid: string;
  readonly state: string;
  readonly transitioning: string;
  readonly transitioningMessage: string | null;
  readonly privateIpv4Address: string;
  readonly macAddress: string;
  readonly code: string;
  readonly fieldName: string;
  readonly message: string;
  readonly data: readonly Answer[];
  /** Of a plan. */
  readonly steps: readonly {
    readonly part: string;
    readonly verb: string;
    readonly field?: string;
  }[];
}

/** What a request was answered with. */
export interface Reply {
  readonly status: number;
  readonly body: Answer;
}

/** An example server in a process of its own. */
export interface ServerProcess {
  /** What its ready line says. */
  readonly url: string;
  /** From the start of the process to its ready line; milliseconds. */
  readonly readyAfterMs: number;
  readonly output: () => string;
  readonly errors: () => string;
  /** Asks for what is outside the API, such as `/readyz`. */
  ask(path: string): Promise<{ readonly status: number; readonly text: string }>;
  get(path: string): Promise<Reply>;
  /** Sends a form, as `curl -d` does. */
  post(path: string, form?: Record<string, string>): Promise<Reply>;
  remove(path: string): Promise<Reply>;
  /** Waits until the resource does not move any more, and returns it. Gives up after 30 s, or after `limitMs`. */
  settled(path: string, limitMs?: number): Promise<Answer>;
  /** As `kill -9` does. Resolves when the process is gone. */
  kill(): Promise<void>;
}

/**
 * Starts `npm start`'s server on a home of its own and resolves at its ready line. `environment` says what else it is
 * told: which role it has, what it stands on.
 */
export async function startServer(
  home: string,
  environment: Record<string, string> = {},
): Promise<ServerProcess> {
  const started = performance.now();
  const child = launch(home, environment);
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await gone;
  };
  endBefore(home, kill);
  let output = '';
  let errors = '';
  child.stdout?.on('data', (chunk) => (output += chunk));
  child.stderr?.on('data', (chunk) => (errors += chunk));
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout?.on('data', () => {
      const ready = /^gdcloud ready (\S+)$/m.exec(output)?.[1];
      if (ready !== undefined) resolve(ready);
    });
    void gone.then(() => reject(new Error(`the server ended before it was ready: ${errors}`)));
  });
  const send = requestTo(url);
  return {
    url,
    readyAfterMs: performance.now() - started,
    output: () => output,
    errors: () => errors,
    ask: async (path) => {
      const response = await fetch(new URL(path, url));
      return { status: response.status, text: await response.text() };
    },
    get: (path) => send('GET', path),
    post: (path, form) => send('POST', path, form ?? {}),
    remove: (path) => send('DELETE', path),
    settled: (path, limitMs) =>
      eventually(
        `${path} to settle`,
        async () => {
          const { status, body } = await send('GET', path);
          return status === 200 && body.transitioning !== 'yes' ? body : undefined;
        },
        limitMs,
      ),
    kill,
  };
}

/** Starts the server without waiting for anything; for servers that are not to become ready. */
export function launch(home: string, environment: Record<string, string> = {}): ChildProcess {
  return spawn(process.execPath, [MAIN], {
    env: {
      ...process.env,
      PORT: '0',
      GDCLOUD_HOME: home,
      GDCLOUD_ACCESS_KEY: KEY.access,
      GDCLOUD_SECRET_KEY: KEY.secret,
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Sends requests to a server with the tests' key. */
export function requestTo(
  url: string,
): (method: string, path: string, form?: Record<string, string>) => Promise<Reply> {
  const authorization = `Basic ${Buffer.from(`${KEY.access}:${KEY.secret}`).toString('base64')}`;
  return async (method, path, form) => {
    const response = await fetch(`${url}/${path}`, {
      method,
      headers: { authorization, accept: 'application/json' },
      ...(form === undefined ? {} : { body: new URLSearchParams(form) }),
    });
    return { status: response.status, body: (await response.json()) as Answer };
  };
}

/** Looks again and again, as a client does, until there is something to return. Gives up after 30 s, or after `limitMs`. */
export async function eventually<Result>(
  what: string,
  look: () => Promise<Result | undefined>,
  limitMs = 30_000,
): Promise<Result> {
  const deadline = performance.now() + limitMs;
  while (performance.now() < deadline) {
    const found = await look();
    if (found !== undefined) return found;
    await pause(20);
  }
  throw new Error(`waited ${limitMs / 1_000} s for ${what}`);
}
