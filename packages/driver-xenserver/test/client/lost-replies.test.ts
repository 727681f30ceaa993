import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ManualClock } from '@gdcloud/core/testing';
import { createXenserverDriver } from '@gdcloud/driver-xenserver';
import t, { type Test } from 'tap';
import { call, driverFor, keyOf, serverOn } from '../cloud.js';

type Answer = { readonly result?: unknown; readonly error?: unknown } | 'drop' | 'silence' | 'html';

/** A server that answers logins and everything else as `script` says. */
async function startScript(
  t: Test,
  script: (method: string, count: number) => Answer,
): Promise<string> {
  const counts = new Map<string, number>();
  const server: Server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    request.on('end', () => {
      const { id, method } = JSON.parse(text) as { readonly id: number; readonly method: string };
      const count = (counts.get(method) ?? 0) + 1;
      counts.set(method, count);
      const answer: Answer =
        method === 'session.login_with_password'
          ? { result: `OpaqueRef:session-${count}` }
          : script(method, count);
      if (answer === 'drop') request.socket.destroy();
      else if (answer === 'html') response.writeHead(502).end('<html>');
      else if (answer !== 'silence') {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ jsonrpc: '2.0', id, ...answer }));
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const nothing: Answer = { result: {} };

t.test('the lost reply of a change is ambiguous, of a look unavailable', async (t) => {
  const url = await startScript(t, (method) => (method === 'VM.create' ? 'drop' : nothing));
  const driver = driverFor(url);
  await t.rejects(driver.servers.create(keyOf(randomUUID()), serverOn('h'), call()), {
    outcome: 'ambiguous',
    code: 'ReplyLost',
  });
  const other = driverFor(await startScript(t, () => 'drop'));
  await t.rejects(other.hosts(call()), { outcome: 'unavailable', code: 'PoolUnreachable' });
});

t.test('silence ends with the deadline of the call', async (t) => {
  const clock = new ManualClock();
  const url = await startScript(t, (method) => {
    if (method !== 'VM.create') return nothing;
    // What is scheduled is the end of this very call.
    clock.step();
    return 'silence';
  });
  const driver = createXenserverDriver(
    { url, username: 'root', password: 'secret', callTimeoutMs: 30_000 },
    { clock },
  );
  await t.rejects(driver.servers.create(keyOf(randomUUID()), serverOn('h'), call()), {
    outcome: 'ambiguous',
    code: 'ReplyLost',
  });
});

t.test('an aborted call ends at once', async (t) => {
  const url = await startScript(t, () => 'silence');
  const stop = new AbortController();
  const waiting = driverFor(url).hosts({ ...call(), signal: stop.signal });
  setImmediate(() => stop.abort());
  await t.rejects(waiting, { outcome: 'unavailable', code: 'PoolUnreachable' });
});

t.test('a gateway that answers for the pool leaves a change ambiguous', async (t) => {
  const url = await startScript(t, (method) => (method === 'VM.create' ? 'html' : nothing));
  await t.rejects(driverFor(url).servers.create(keyOf(randomUUID()), serverOn('h'), call()), {
    outcome: 'ambiguous',
    code: 'ReplyLost',
  });
});

t.test('a refused connection is unavailable even for a change', async (t) => {
  const driver = driverFor('http://127.0.0.1:1');
  await t.rejects(driver.servers.create(keyOf(randomUUID()), serverOn('h'), call()), {
    outcome: 'unavailable',
    code: 'PoolUnreachable',
  });
});

t.test('an expired session is renewed once, and not for ever', async (t) => {
  const expired: Answer = {
    error: { code: 1, message: 'SESSION_INVALID', data: ['OpaqueRef:session-1'] },
  };
  const once = await startScript(t, (method, count) =>
    method === 'host_metrics.get_all_records' && count === 1 ? expired : nothing,
  );
  t.same(await driverFor(once).hosts(call()), []);
  const always: unknown = await driverFor(await startScript(t, () => expired))
    .hosts(call())
    .catch((thrown: unknown) => thrown);
  t.match(always, { outcome: 'unavailable', code: 'SESSION_INVALID' });
  t.notMatch(JSON.stringify(always) + String(always), /OpaqueRef:session/, 'no session is told');
});

t.test('errors in the form of releases before 7.3 are understood', async (t) => {
  const url = await startScript(t, () => ({ error: ['HOST_STILL_BOOTING'] }));
  await t.rejects(driverFor(url).hosts(call()), {
    outcome: 'unavailable',
    code: 'HOST_STILL_BOOTING',
  });
});

t.test('a member of the pool names its master', async (t) => {
  const url = await startScript(t, (method, count) =>
    method === 'host.get_all_records' && count === 1
      ? { error: { code: 1, message: 'HOST_IS_SLAVE', data: ['127.0.0.2'] } }
      : nothing,
  );
  // Nothing listens there: what counts is that the call went to it.
  const error: unknown = await driverFor(url)
    .hosts(call())
    .catch((thrown: unknown) => thrown);
  t.match(error, { outcome: 'unavailable', message: /127\.0\.0\.2/ });
});
