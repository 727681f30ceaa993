import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';
import { at } from '../served.js';
import { type Wire, wireOfHttp1, wireOfHttp2 } from './wire.js';

const SECRET = 'the secret of this test';
const AUTHORIZATION = `Basic ${Buffer.from(`admin:${SECRET}`).toString('base64')}`;

/**
 * Runs an example as its readers do and takes a network through it, beside the application's own page. `main` is its
 * compiled file.
 */
export async function exampleRuns(
  t: Test,
  main: URL,
  environment: Readonly<Record<string, string>> = {},
): Promise<void> {
  const child = spawn(process.execPath, [fileURLToPath(main)], {
    env: { ...process.env, PORT: '0', SECRET, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(async () => {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  });
  let output = '';
  for await (const chunk of child.stdout) {
    output += String(chunk);
    if (/^ready \S+\n/m.test(output)) break;
  }
  const url = new URL(/^ready (\S+)$/m.exec(output)?.[1] ?? '');
  const wire = url.protocol === 'https:' ? wireOfHttp2(url.origin) : wireOfHttp1(url.origin);
  t.teardown(() => wire.close());
  t.match(await wire.ask('/'), { status: 200, text: /My application/ });
  t.equal((await wire.ask('/elsewhere')).status, 404);
  t.equal((await wire.ask(url.pathname)).status, 401);

  const headers = { authorization: AUTHORIZATION, accept: 'application/json' };
  const asked = { method: 'POST', headers, body: 'name=lan&ipv4Cidr=10.0.0.0/24&domain=a.local' };
  const made = await wire.ask(`${url.pathname}/networks`, asked);
  t.equal(made.status, 201);
  const self = String(at(made.json, 'links', 'self'));
  t.match(self, `${url.href}/networks/`);
  t.match(await settled(wire, new URL(self).pathname, headers), { name: 'lan', state: 'active' });
}

async function settled(wire: Wire, path: string, headers: Readonly<Record<string, string>>) {
  for (const deadline = performance.now() + 30_000; performance.now() < deadline; ) {
    const { json } = await wire.ask(path, { headers });
    if (at(json, 'transitioning') !== 'yes') return json;
    await pause(20);
  }
  throw new Error(`${path} did not settle`);
}
