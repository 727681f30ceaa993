import { readFileSync } from 'node:fs';
import { DriverFailure } from '@gdcloud/core';
import { ManualClock } from '@gdcloud/core/testing';
import { type Connect, createXenserverDriver } from '@gdcloud/driver-xenserver';
import t from 'tap';
import { call, keyOf, serverOn } from '../cloud.js';

const CATALOGUE = new URL('../../src/datamodel/errors.generated.ts', import.meta.url);
const KEY = keyOf('018f0000-0000-7000-8000-000000000001');

/** Every code of the catalogue, with the number of its parameters. */
const codes = readFileSync(CATALOGUE, 'utf8')
  .split('\n')
  .filter((line) => /^[A-Z][A-Z0-9_]+( |$)/.test(line))
  .map((line) => line.trim().split(' '))
  .map(([code = '', ...parameters]) => ({ code, parameters }));

/** A pool that lets one in, and answers everything else with the error. */
function refusing(error: () => readonly string[], asked: string[] = []): Connect {
  return (url) => ({
    origin: new URL(url).origin,
    post: async (body) => {
      const { id, method } = JSON.parse(body) as { readonly id: number; readonly method: string };
      asked.push(method);
      const loggingIn = /^session\.|^pool\.get_all_records$|^host\.get_all_records$/.test(method);
      if (loggingIn) {
        const result = method.startsWith('session.') ? 'OpaqueRef:s' : {};
        return JSON.stringify({ jsonrpc: '2.0', id, result });
      }
      const [message, ...data] = error();
      return JSON.stringify({ jsonrpc: '2.0', id, error: { code: 1, message, data } });
    },
    close: async () => undefined,
  });
}

function driverThat(connect: Connect) {
  const options = { url: 'http://pool.invalid', username: 'root', password: 'hunter2' };
  return createXenserverDriver(options, { clock: new ManualClock(), connect });
}

async function failureOf(error: readonly string[]): Promise<DriverFailure> {
  const driver = driverThat(refusing(() => error));
  try {
    await driver.servers.create(KEY, serverOn('h'), call());
  } catch (thrown) {
    if (thrown instanceof DriverFailure) return thrown;
    throw thrown;
  }
  throw new Error(`${error[0]} was taken for a success`);
}

t.test('every code of the catalogue is a failure of a known kind', async (t) => {
  t.ok(codes.length >= 600, `${codes.length} codes`);
  const outcomes = new Set<string>();
  for (const { code, parameters } of codes) {
    const failure = await failureOf([code, ...parameters]);
    outcomes.add(failure.outcome);
    t.equal(failure.code, code);
    t.notMatch(failure.message, /does not know$/, code);
    t.match(failure.remedy, /^[A-Z].*\.$/, code);
  }
  t.same([...outcomes].sort(), ['ambiguous', 'invalid', 'rejected', 'unavailable']);
});

t.test('failures of the storage go by their number', async (t) => {
  const expected = {
    24: 'rejected',
    40: 'rejected',
    44: 'rejected',
    46: 'rejected',
    47: 'unavailable',
    73: 'unavailable',
    78: 'ambiguous',
    79: 'invalid',
    109: 'rejected',
    110: 'ambiguous',
    200: 'ambiguous',
    1200: 'ambiguous',
    99999: 'ambiguous',
  };
  for (const [number, outcome] of Object.entries(expected)) {
    const code = `SR_BACKEND_FAILURE_${number}`;
    t.match(await failureOf([code, '', 'it broke', '']), { outcome, code }, code);
  }
});

t.test('a code that nobody knows may have changed something', async (t) => {
  const failure = await failureOf(['BRAND_NEW_CODE', 'x']);
  t.match(failure, { outcome: 'ambiguous', code: 'BRAND_NEW_CODE' });
  t.match(await failureOf(['what <b>is</b> this?']), { outcome: 'ambiguous', code: 'UNKNOWN' });
  t.match(await failureOf(['toString']), { outcome: 'ambiguous', code: 'UNKNOWN' });
});

t.test('no method of any driver takes an unknown code for a success', async (t) => {
  const asked: string[] = [];
  const driver = driverThat(refusing(() => ['BRAND_NEW'], asked));
  const { servers, segments, disks } = driver;
  const disk = { name: 'root', sizeBytes: 2 ** 30 };
  const lan = {
    name: 'lan',
    segment: { kind: 'vlan', physicalNetwork: 'physnet1', id: 7 },
  } as const;
  const change = { field: 'name', desired: 'a', actual: 'b' };
  const methods: readonly (() => Promise<unknown>)[] = [
    () => servers.create(KEY, serverOn('h'), call()),
    () => servers.update(KEY, serverOn('h'), change, call()),
    () => servers.delete(KEY, call()),
    async () => servers.quarantine?.(KEY, call()),
    () => servers.list(undefined, call()),
    () => segments.create(KEY, lan, call()),
    () => segments.update(KEY, lan, change, call()),
    () => segments.delete(KEY, call()),
    () => segments.list(undefined, call()),
    () => disks.create(KEY, disk, call()),
    () => disks.update(KEY, disk, change, call()),
    () => disks.delete(KEY, call()),
    () => disks.list(undefined, call()),
    () => driver.hosts(call()),
  ];
  for (const method of methods) await t.rejects(method(), DriverFailure, String(method));
  for (const part of [servers, disks, segments]) {
    const seen = await part.observe(KEY, undefined, call());
    t.match(seen, { presence: 'unknown', failure: { outcome: 'ambiguous' } }, part.name);
  }
  t.ok(asked.length > methods.length);
});

t.test('what a failure tells is short, one line, and names no reference', async (t) => {
  const text = `line one\nOpaqueRef:1234-5678 ${'x'.repeat(100_000)}`;
  const { message } = await failureOf(['INTERNAL_ERROR', text]);
  t.ok(message.length < 500);
  t.notMatch(message, /\n|1234-5678/);
});
