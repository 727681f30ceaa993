import t from 'tap';
import { startCloud } from '../cloud.js';

async function post(url: string, body: string): Promise<{ status: number; text: string }> {
  const response = await fetch(`${url}/jsonrpc`, { method: 'POST', body });
  return { status: response.status, text: await response.text() };
}

t.test('what is no JSON is refused with the place where it stops being some', async (t) => {
  const { simulator } = await startCloud(t);
  for (const [body, reason] of [
    ['', 'Blank input data'],
    ['{', 'Line 1, bytes 0-1:\\\\nUnexpected end of input'],
    ['nosuch', "Invalid token 'nosuch'"],
    ['{"a":1} x', 'Junk after end of JSON value'],
    ['[1,', 'Unexpected end of input'],
    ['['.repeat(100_000), 'Nested too deeply'],
  ] as const) {
    const { status, text } = await post(simulator.url, body);
    t.equal(status, 500);
    t.ok(
      text.replaceAll('&apos;', "'").replaceAll('\\n', '\\\\n').includes(reason),
      text.slice(-80),
    );
  }
});

t.test('a number with a point is no integer, whatever its value', async (t) => {
  const { simulator, raw } = await startCloud(t);
  const [vm] = (await raw.call('VM.get_all')) as readonly string[];
  const set = async (literal: string): Promise<string> => {
    const params = `["${raw.session}","${vm}",${literal}]`;
    const body = `{"jsonrpc":"2.0","id":1,"method":"VM.set_user_version","params":${params}}`;
    return (await post(simulator.url, body)).text;
  };
  t.match(await set('4'), /"result":""/);
  t.match(await set('"4"'), /"result":""/);
  t.match(await set('"0x10"'), /"result":""/);
  t.equal(await raw.call('VM.get_user_version', vm), 16);
  for (const literal of [
    '4.0',
    '4e0',
    '4.5',
    '"4.0"',
    '"9223372036854775808"',
    '""',
    'null',
    '[]',
  ]) {
    t.match(await set(literal), /INTERNAL_ERROR/, literal);
  }
  t.equal(await raw.call('VM.get_user_version', vm), 16);
});
t.test('floats are written with a point, integers without', async (t) => {
  const { simulator, raw } = await startCloud(t);
  const ask = async (method: string, argument: unknown): Promise<string> => {
    const call = { jsonrpc: '2.0', id: 1, method, params: [raw.session, argument] };
    return (await post(simulator.url, JSON.stringify(call))).text;
  };
  const task = await raw.call('task.create', '"progress":1,', '');
  t.match(await ask('task.get_record', task), /"progress":0\.0[,}]/);
  t.match(await ask('task.get_record', task), '"name_label":"\\"progress\\":1,"');
  t.match(await ask('task.get_progress', task), /"result":0\.0[,}]/);
  const [vm] = (await raw.call('VM.get_all')) as readonly string[];
  t.match(await ask('VM.get_user_version', vm), /"result":\d+[,}]/);
});
