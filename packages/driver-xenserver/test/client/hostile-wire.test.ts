import { inspect } from 'node:util';
import { DriverFailure } from '@gdcloud/core';
import { ManualClock } from '@gdcloud/core/testing';
import { type Connect, createXenserverDriver, TransportError } from '@gdcloud/driver-xenserver';
import { simulatedPool } from '@gdcloud/driver-xenserver/simulator';
import fc from 'fast-check';
import t from 'tap';
import { call, keyOf, serverOn } from '../cloud.js';
import { seededRandom } from '../pool-in-process.js';

const KEY = keyOf('018f0000-0000-7000-8000-000000000001');
const PASSWORD = 'canary-"of-the"-operator';
const SESSION = 'OpaqueRef:canary-0000-session';

/** Ways to spoil a good answer. */
const spoiling = fc.oneof(
  fc.nat(400).map((length) => (text: string) => text.slice(0, length)),
  fc.tuple(fc.nat(400), fc.string()).map(([at, more]) => (text: string) => {
    return text.slice(0, at) + more + text.slice(at);
  }),
  fc.json().map((json) => () => json),
  fc.string().map((text) => () => text),
  fc.jsonValue().map((value) => () => JSON.stringify({ jsonrpc: '2.0', id: 1, result: value })),
  fc.jsonValue().map((error) => () => JSON.stringify({ jsonrpc: '2.0', id: 1, error })),
  fc.constantFrom('""', '0', 'null', '[]', '{}', 'true', '"x"', '-1e308').map((value) => {
    return (text: string) =>
      text.replaceAll(/"[^"]*":("[^"]*"|\d+|true|false)/g, `"uuid":${value}`);
  }),
  fc
    .constantFrom('', '<html>', '\0', '\ufeff{}', '{"__proto__":{"x":1}}')
    .map((text) => () => text),
  fc.constant(() => `{"result":${'['.repeat(200_000)}${']'.repeat(200_000)}}`),
  fc.constant(() => `{"error":${'['.repeat(200_000)}${']'.repeat(200_000)}}`),
  fc.constant(() => `{"result":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}}`),
);

function methodsOf(connect: Connect): readonly (() => Promise<unknown>)[] {
  const driver = createXenserverDriver(
    { url: 'http://pool.invalid', username: 'root', password: PASSWORD },
    { clock: new ManualClock(), connect },
  );
  const { servers, segments, disks } = driver;
  const lan = {
    name: 'lan',
    segment: { kind: 'vlan', physicalNetwork: 'physnet1', id: 7 },
  } as const;
  const disk = { name: 'root', sizeBytes: 2 ** 30 };
  const change = { field: 'powerState', desired: 'running', actual: 'halted' };
  return [
    () => servers.observe(KEY, serverOn('h'), call()),
    () => servers.create(KEY, serverOn('h'), call()),
    () => servers.update(KEY, serverOn('h'), change, call()),
    () => servers.delete(KEY, call()),
    () => servers.list(undefined, call()),
    () => segments.observe(KEY, lan, call()),
    () => segments.create(KEY, lan, call()),
    () => segments.delete(KEY, call()),
    () => disks.observe(KEY, disk, call()),
    () => disks.create(KEY, disk, call()),
    () => disks.list(undefined, call()),
    () => driver.hosts(call()),
  ];
}

t.test('whatever a pool answers, a call ends, and fails in a known way if it fails', async (t) => {
  let failures = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.nat(11),
      fc.infiniteStream(fc.option(spoiling, { freq: 2 })),
      fc.integer(),
      async (nth, spoilers, seed) => {
        const clock = new ManualClock();
        const pool = simulatedPool({ clock, random: seededRandom(seed) });
        const connect: Connect = (url) => {
          const wire = pool.connect(url);
          return {
            origin: wire.origin,
            post: async (body, exchange) => {
              const answer = await wire.post(body.replaceAll(PASSWORD_IN_JSON, 'secret'), exchange);
              const [spoil] = spoilers.take(1);
              return spoil === null || spoil === undefined ? answer : spoil(answer);
            },
            close: () => wire.close(),
          };
        };
        const method = methodsOf(connect)[nth];
        try {
          await clock.until(method?.() ?? Promise.resolve());
        } catch (error) {
          failures += 1;
          if (!(error instanceof DriverFailure)) throw error;
          if (/Unexpected/.test(error.code)) throw error;
        }
        pool.close();
      },
    ),
    { numRuns: 250 },
  );
  t.ok(failures > 60, `${failures} failures`);
});

const PASSWORD_IN_JSON = JSON.stringify(PASSWORD).slice(1, -1);

/** What a pool could put secrets into. */
const ECHOES: Readonly<Record<string, (body: string) => string>> = {
  'a parameter': (body) => errorOf('INTERNAL_ERROR', body),
  'a parameter in its own spelling': () => errorOf('INTERNAL_ERROR', `${PASSWORD} ${SESSION}`),
  'a value': () => errorOf('INVALID_VALUE', PASSWORD, SESSION),
  'a code': () => errorOf(PASSWORD),
  'a code that looks like one': () => errorOf(`X_${SESSION.replace(/\W/g, '_')}`),
  'a handle': () => errorOf('HANDLE_INVALID', 'session', SESSION),
  'a forgotten session': () => errorOf('SESSION_INVALID', SESSION),
  'a refused user': () => errorOf('SESSION_AUTHENTICATION_FAILED', 'root', PASSWORD),
  'the name of a master': () => errorOf('HOST_IS_SLAVE', 'canary-0000-session'),
  'an old error': () => JSON.stringify({ result: null, error: ['INTERNAL_ERROR', SESSION], id: 1 }),
  'a page': (body) => `<html>${body}${SESSION}</html>`,
  'a torn answer': (body) => `{"result":"${SESSION}", ${body}`,
  'a wrong type': () => JSON.stringify({ id: 1, result: { [SESSION]: PASSWORD } }),
};

function errorOf(message: string, ...data: readonly string[]): string {
  return JSON.stringify({ jsonrpc: '2.0', id: 1, error: { code: 1, message, data } });
}

/** From which call on a pool echoes. */
const STAGES: readonly (readonly [string, RegExp])[] = [
  ['login', /./],
  ['meeting', /^(?!session\.login)/],
  ['call', /^(?!session\.login|(pool|host)\.get_all_records$)/],
];

for (const [what, echo] of Object.entries(ECHOES)) {
  t.test(`a pool that echoes secrets in ${what} does not make us tell them`, async (t) => {
    for (const [from, first] of STAGES) {
      const connect: Connect = (url) => ({
        origin: new URL(url).origin,
        post: async (body, { effect }) => {
          if (!url.includes('pool.invalid'))
            throw new TransportError('unsent', effect, `nobody at ${url}`);
          const { method } = JSON.parse(body) as { readonly method: string };
          if (first.test(method)) return echo(body);
          const result = method.startsWith('session.') ? SESSION : {};
          return JSON.stringify({ jsonrpc: '2.0', id: 1, result });
        },
        close: async () => undefined,
      });
      for (const method of methodsOf(connect)) {
        const told: unknown = await method().catch((thrown: unknown) => thrown);
        const text = inspect(told, { depth: 20, showHidden: true, maxStringLength: null });
        // Before there is a session, the only secret is the password.
        t.notMatch(text, from === 'login' ? /of-the/ : /canary/, `${from}: ${String(method)}`);
      }
    }
  });
}
