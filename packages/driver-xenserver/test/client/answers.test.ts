import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Json, JsonObject } from '@gdcloud/core';
import t from 'tap';
import { readAnswer, readResult } from '../../dist/client/answers.js';
import { decodeAnswer } from '../../dist/client/envelope.js';
import { parseXapiTime } from '../../dist/client/xapi-time.js';
import { decodeXmlAnswer } from '../../dist/client/xml-envelope.js';
import { SCHEMA } from '../../dist/datamodel/schema.js';
import { XmlEncoder } from '../../dist/xml-rpc/encode.js';

const DATA =
  process.env['GDCLOUD_XAPI_DATA'] ??
  join(fileURLToPath(new URL('../..', import.meta.url)), '../../../shared/data');
/** Encodings recorded for XAPI's own bindings; not part of the repository. */
const FIXTURES = join(DATA, 'xapi-wire-fixtures');
const skip = existsSync(FIXTURES) ? false : 'the wire fixtures are not here';

const encoder = new XmlEncoder(SCHEMA);

function overXml(method: string, result: Json): Json {
  const [className = '', name = ''] = method.split('.');
  const type = SCHEMA.get(className)?.messages.get(name)?.result;
  return decodeXmlAnswer(encoder.success(result, type));
}

function refuses(read: () => unknown): boolean {
  try {
    read();
    return false;
  } catch {
    return true;
  }
}

/** JSON has no infinities, XAPI writes them all the same. */
function parsed(text: string): Json {
  return JSON.parse(text.replace(/: Infinity/g, ': "Infinity"'));
}

/** The fixtures that are wrong on purpose: what the bindings must refuse. */
const WRONG = ['http_error.json', 'rpc_error.json'];

t.test('the recorded encodings read the same over JSON and over XML', { skip }, async (t) => {
  for (const file of readdirSync(FIXTURES)) {
    const text = readFileSync(join(FIXTURES, file), 'utf8');
    const [scenario] = Object.values(parsed(text) as Record<string, JsonObject>);
    const expected = scenario?.['expected_result'] as Record<string, JsonObject>;
    for (const [method, { result, error }] of Object.entries(expected)) {
      const answer = { jsonrpc: '2.0', id: 1, ...(error === undefined ? { result } : { error }) };
      if (error !== undefined || WRONG.includes(file)) {
        const read = (): unknown => readResult(method, decodeAnswer(JSON.stringify(answer)));
        if (file === 'http_error.json') t.same((read() as JsonObject)['uuid'], '', 'all defaults');
        else t.ok(refuses(read), file);
        continue;
      }
      const overJson = readResult(method, decodeAnswer(JSON.stringify(answer)));
      t.same(readResult(method, overXml(method, overJson)), overJson, `${file} ${method}`);
    }
  }
});

t.test('special values of the fixtures are read', { skip }, async (t) => {
  const text = readFileSync(join(FIXTURES, 'vm_special_value.json'), 'utf8');
  const body = text
    .slice(text.indexOf('"result"'), text.lastIndexOf('}'))
    .replace(/\}\s*\}\s*\}\s*$/, '');
  const records = readAnswer('VM.get_all_records', decodeAnswer(`{"id":1,${body}}`));
  const infinite = Object.values(records).map((record) => record.HVM_shadow_multiplier);
  t.same(infinite, [Infinity, Infinity, -Infinity, -Infinity]);
});

t.test('an error has its parameters in every form', async (t) => {
  const forms = [
    '{"jsonrpc":"2.0","error":{"code":1,"message":"HANDLE_INVALID","data":["VM","x"]},"id":1}',
    '{"result":null,"error":["HANDLE_INVALID","VM","x"],"id":1}',
  ];
  const failure = { code: 'HANDLE_INVALID', parameters: ['VM', 'x'] };
  for (const form of forms) t.throws(() => decodeAnswer(form), failure);
  t.throws(() => decodeXmlAnswer(encoder.failure(['HANDLE_INVALID', 'VM', 'x'])), failure);
  t.throws(
    () => decodeAnswer('{"error":{"code":1,"message":"HANDLE_INVALID","data":"x"},"id":1}'),
    { code: 'HANDLE_INVALID', parameters: ['x'] },
    'a lone parameter',
  );
});

t.test('records of older and newer hosts fit', async (t) => {
  const [record] = Object.values(
    readAnswer('VM.get_all_records', {
      'OpaqueRef:1': { uuid: 'u', domid: '-1', power_state: 'Hibernating', brand_new: 5 },
    }),
  );
  t.match(record, { uuid: 'u', domid: -1, power_state: 'Hibernating', name_label: '' });
  t.same(record?.domain_type, 'unspecified', 'a field that older hosts lack has its default');
  t.notOk(record !== undefined && 'brand_new' in record);
  t.notOk(record !== undefined && 'is_snapshot_from_vmpp' in record, 'removed ones are not missed');
});

t.test('what has another type than the datamodel says is refused', async (t) => {
  const wrong: readonly (readonly [Parameters<typeof readAnswer>[0], Json])[] = [
    ['VM.get_record', { domid: 'x' }],
    ['VM.get_record', { domid: 1.5 }],
    ['VM.get_record', { is_a_template: 'true' }],
    ['VM.get_record', { HVM_shadow_multiplier: 'much' }],
    ['VM.get_record', { VBDs: ['OpaqueRef:1', 5] }],
    ['VM.get_record', { other_config: [] }],
    ['VM.get_record', []],
    ['VM.get_all_records', null],
    ['event.from', { token: 5 }],
    ['event.from', { token: '', events: {} }],
    ['event.from', { token: '', events: [], valid_ref_counts: { vm: 'x' } }],
  ];
  for (const [method, result] of wrong) {
    t.throws(() => readAnswer(method, result), { name: 'MalformedAnswer' }, JSON.stringify(result));
  }
});

t.test('events tell the same records as questions do', async (t) => {
  const event = (snapshot: Json): Json => ({
    token: '5',
    events: [{ id: '1', class: 'vm', operation: 'mod', ref: 'OpaqueRef:1', snapshot }],
    valid_ref_counts: { vm: '3', newer_class: 1 },
  });
  const batch = readAnswer('event.from', event({ uuid: 'u', domid: '7' }));
  t.match(batch, { token: '5', valid_ref_counts: { vm: 3, newer_class: 1 } });
  t.match(batch.events[0], { class: 'vm', snapshot: { uuid: 'u', domid: 7, name_label: '' } });
  t.same(
    readAnswer('event.from', overXml('event.from', event({ uuid: 'u', domid: 7 }))).events[0]
      ?.snapshot,
    batch.events[0]?.snapshot,
  );
});

t.test('times are read with dashes and without', async (t) => {
  const noon = Date.UTC(2024, 3, 20, 12);
  t.equal(parseXapiTime('20240420T12:00:00Z'), noon);
  t.equal(parseXapiTime('2024-04-20T12:00:00Z'), noon);
});
