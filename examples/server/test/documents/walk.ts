import { execFile } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream';
import type { Test } from 'tap';
import { endBefore, ownFolder } from '../support/own-folder.js';
import { eventually, KEY, startServer } from '../support/server-process.js';
import type { DocumentCase } from './cases.js';
import type { Command } from './commands.js';
import { folderOf, serving } from './programs.js';
import { type Exchange, listening, recordingProxy } from './recording-proxy.js';

/** Where the documents say that the API is. */
const WRITTEN = 'http://127.0.0.1:8080';

/** A server of a document's own, and somebody who types what is written there. */
export interface Walk {
  /** The API as programs reach it. */
  readonly url: string;
  /** The text with the place of this very server. */
  here(text: string): string;
  /** Runs a command as it is written, at the pace of somebody who waits until what was asked for is done. */
  type(command: Command): Promise<Typed>;
  /** The last answer of all. */
  last(): Exchange | undefined;
}

/** What came of a command. */
export interface Typed {
  readonly output: string;
  readonly errors: string;
  readonly exitCode: number;
  readonly exchanges: readonly Exchange[];
}

/** Starts a server for the examples of one document: the one that it shows, if it shows one. */
export async function walk(t: Test, document: string, told: DocumentCase): Promise<Walk> {
  const { before = [], fileServer, neverSettles = {} } = told;
  const folder = ownFolder(t);
  const server = await serverOf(document, told, folder);
  const proxy = await recordingProxy(server.url);
  t.teardown(() => proxy.close());
  const origin = new URL(proxy.url).origin;
  const files = fileServer === undefined ? '' : await serveFiles(t, folder);
  const here = (text: string): string =>
    text.replaceAll(WRITTEN, origin).replaceAll(fileServer ?? WRITTEN, files);
  const asUser = { K: server.key, U: proxy.url };
  const unseen = { ...asUser, U: server.url };
  const assignments: string[] = [];
  const due = [...before];
  let seen = 0;
  return {
    url: proxy.url,
    here,
    last: () => proxy.exchanges.at(-1),
    async type(command) {
      await settled(
        (path) => looked(server, path),
        proxy.exchanges.slice(seen),
        Object.keys(neverSettles),
      );
      seen = proxy.exchanges.length;
      let text = here(command.text);
      const prepared = due.findIndex((one) => command.text.startsWith(one.command));
      const [preparation] = prepared === -1 ? [] : due.splice(prepared, 1);
      if (preparation !== undefined) {
        const done = await bash(`set -eo pipefail\n${preparation.sh}`, folder, unseen);
        if (done.exitCode !== 0) throw new Error(`${preparation.sh}\n${done.errors}${done.output}`);
        for (const [from, to] of preparation.instead ?? []) text = text.replaceAll(from, to);
      }
      const from = proxy.exchanges.length;
      const done = await bash([...assignments, text].join('\n'), folder, asUser);
      if (/^(export )?[A-Z_]+=[^ ]*$/.test(text)) assignments.push(text);
      return { ...done, exchanges: proxy.exchanges.slice(from) };
    },
  };
}

interface Asked {
  readonly url: string;
  readonly key: string;
}

async function serverOf(document: string, told: DocumentCase, folder: string): Promise<Asked> {
  for (const { file, run } of told.programs ?? []) {
    if (typeof run === 'string' || !('serves' in run)) continue;
    const program = await serving(folderOf(document), file, folder);
    endBefore(folder, () => program.kill());
    return { url: program.url, key: run.serves };
  }
  const key = `${KEY.access}:${KEY.secret}`;
  const home = join(folder, '.gdcloud');
  await mkdir(home, { mode: 0o700 });
  await writeFile(join(home, 'key'), `${key}\n`, { mode: 0o600 });
  return { url: (await startServer(home, told.environment)).url, key };
}

async function looked({ url, key }: Asked, path: string): Promise<Looked> {
  const authorization = `Basic ${Buffer.from(key).toString('base64')}`;
  const response = await fetch(`${url}/${path}`, { headers: { authorization } });
  const body: unknown = await response.json();
  return { status: response.status, body };
}

interface Looked {
  readonly status: number;
  readonly body: unknown;
}

// Waits until nothing moves of what was asked for.
async function settled(
  get: (path: string) => Promise<Looked>,
  exchanges: readonly Exchange[],
  except: readonly string[],
): Promise<void> {
  const written = exchanges.filter(({ method }) => method !== 'GET' && method !== 'HEAD');
  const paths = new Set(written.flatMap(({ json }) => selfOf(json) ?? []));
  for (const path of paths) {
    if (except.includes(path)) continue;
    await eventually(`${path} to settle`, async () => {
      const { status, body } = await get(path);
      const moving = status === 200 && Reflect.get(Object(body), 'transitioning') === 'yes';
      return moving ? undefined : path;
    });
  }
}

function selfOf(json: unknown): string | undefined {
  const { links, transitioning } = Object(json);
  const self: unknown = Object(links).self;
  return typeof self === 'string' && typeof transitioning === 'string'
    ? self.replace(/^.*\/v1\//, '')
    : undefined;
}

async function serveFiles(t: Test, folder: string): Promise<string> {
  const server = createServer((request, response) => {
    pipeline(createReadStream(join(folder, basename(request.url ?? ''))), response, () => {});
  });
  t.teardown(() => server.close());
  return `http://127.0.0.1:${await listening(server)}`;
}

function bash(
  text: string,
  cwd: string,
  variables: Readonly<Record<string, string>>,
): Promise<Omit<Typed, 'exchanges'>> {
  const env = { ...process.env, ...variables };
  return new Promise((resolve) => {
    execFile('bash', ['-c', text], { cwd, env, timeout: 60_000 }, (failed, output, errors) => {
      resolve({ output, errors, exitCode: typeof failed?.code === 'number' ? failed.code : 0 });
    });
  });
}
