import type { Json } from '@gdcloud/core';
import fc from 'fast-check';
import t from 'tap';
import { SCHEMA } from '../../dist/datamodel/schema.js';
import { parseType } from '../../dist/datamodel/type-text.js';
import { decodeXmlCall, decodeXmlResponse } from '../../dist/xml-rpc/decode.js';
import { XmlEncoder } from '../../dist/xml-rpc/encode.js';

const encoder = new XmlEncoder(SCHEMA);

function response(value: string): string {
  return `<methodResponse><params><param>${value}</param></params></methodResponse>`;
}

function decoded(value: string): Json {
  const read = decodeXmlResponse(response(value));
  if (read.kind === 'fault') throw new Error(read.message);
  return read.value;
}

t.test('values are read as XML-RPC has them', async (t) => {
  const cases: readonly (readonly [string, Json])[] = [
    ['<value>text</value>', 'text'],
    ['<value> kept </value>', ' kept '],
    ['<value></value>', ''],
    ['<value/>', ''],
    ['<value><string/></value>', ''],
    ['<value> <string> kept </string> </value>', ' kept '],
    ['<value><string>&lt;&amp;&gt;&quot;&apos;&#233;&#x1F600;</string></value>', '<&>"\'é😀'],
    ['<value><![CDATA[<a> & ]]>b<!-- c -->d</value>', '<a> & bd'],
    ['<value>one\r\ntwo\rthree</value>', 'one\ntwo\nthree'],
    ['<value><int> -5 </int></value>', -5],
    ['<value><i4>7</i4></value>', 7],
    ['<value><boolean>1</boolean></value>', true],
    ['<value><boolean>0</boolean></value>', false],
    ['<value><double>1.</double></value>', 1],
    ['<value><double>-1.5e-07</double></value>', -1.5e-7],
    ['<value><double>inf</double></value>', Number.POSITIVE_INFINITY],
    ['<value><double>-inf</double></value>', Number.NEGATIVE_INFINITY],
    [
      '<value><dateTime.iso8601>20240420T12:00:00Z</dateTime.iso8601></value>',
      '20240420T12:00:00Z',
    ],
    ['<value><nil/></value>', null],
    ['<value><array><data/></array></value>', []],
    [
      '<value><array><data><value>a</value> <value><i4>1</i4></value></data></array></value>',
      ['a', 1],
    ],
    ['<value><struct/></value>', {}],
    [
      '<value><struct><member><name>a&amp;b</name><value>c</value></member></struct></value>',
      { 'a&b': 'c' },
    ],
  ];
  for (const [text, value] of cases) t.same(decoded(text), value, text);
  t.ok(Number.isNaN(decoded('<value><double>nan</double></value>')));
  const odd = decoded(
    '<value><struct><member><name>__proto__</name><value>x</value></member></struct></value>',
  );
  t.ok(Object.hasOwn(odd as object, '__proto__'), 'no name is special');
});

t.test('what is no XML-RPC, or means harm, is refused', async (t) => {
  const bomb = `<!DOCTYPE b [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>${response('<value>&b;</value>')}`;
  const deep = (depth: number): string =>
    response(`${'<value><array><data>'.repeat(depth)}${'</data></array></value>'.repeat(depth)}`);
  const refused: readonly string[] = [
    '',
    ' ',
    '{"jsonrpc":"2.0"}',
    '<html><body/></html>',
    bomb,
    response('<value>&b;</value>'),
    response('<value>&#0;</value>'),
    response('<value>&#xD800;</value>'),
    response('<value>a & b</value>'),
    response('<value><int>1.5</int></value>'),
    response('<value><int></int></value>'),
    response('<value><int>99999999999999999999999</int></value>'),
    response('<value><boolean>true</boolean></value>'),
    response('<value><double>0x10</double></value>'),
    response('<value><base64>AA==</base64></value>'),
    response('<value>a<int>1</int></value>'),
    response('<value><int>1</int>b</value>'),
    response('<value><int>1</string></value>'),
    response('<value><array><value>a</value></array></value>'),
    response('<value><struct><member><value>a</value></member></struct></value>'),
    `${response('<value/>')}<more/>`,
    response('<value/>').slice(0, -1),
    '<methodResponse><params></params></methodResponse>',
    deep(1_000),
    `<?xml version="1.0"?><?php evil ?>${response('<value/>')}`,
  ];
  for (const text of refused) {
    t.throws(() => decodeXmlResponse(text), { name: 'MalformedXml' }, text.slice(0, 120));
  }
  t.doesNotThrow(() => decodeXmlResponse(deep(20)));
});

t.test('no cut, changed or doubled piece of an answer does more than be refused', async () => {
  const whole = encoder.success({ a: ['<x>', true, 1.5, { b: '' }], c: null }, undefined);
  fc.assert(
    fc.property(fc.nat(whole.length), fc.nat(whole.length), fc.string(), (from, to, put) => {
      const text = whole.slice(0, from) + put + whole.slice(to);
      try {
        decodeXmlResponse(text);
        return true;
      } catch (error) {
        return error instanceof SyntaxError;
      }
    }),
    { numRuns: 2_000 },
  );
});

t.test('a call says its values in the types of the datamodel', async (t) => {
  const call = encoder.call(
    'VM.x',
    ['a<b', 5, 2, '20240420T12:00:00Z', true, { k: 3 }, [1.5]],
    ['string', 'int', 'float', 'datetime', 'bool', '(string -> int) map', 'float set'].map(
      parseType,
    ),
  );
  t.equal(
    call,
    '<?xml version="1.0"?><methodCall><methodName>VM.x</methodName><params>' +
      '<param><value>a&lt;b</value></param>' +
      '<param><value>5</value></param>' +
      '<param><value><double>2.0</double></value></param>' +
      '<param><value><dateTime.iso8601>20240420T12:00:00Z</dateTime.iso8601></value></param>' +
      '<param><value><boolean>1</boolean></value></param>' +
      '<param><value><struct><member><name>k</name><value>3</value></member></struct></value></param>' +
      '<param><value><array><data><value><double>1.5</double></value></data></array></value></param>' +
      '</params></methodCall>',
  );
  t.same(decodeXmlCall(call), {
    method: 'VM.x',
    parameters: ['a<b', '5', 2, '20240420T12:00:00Z', true, { k: '3' }, [1.5]],
  });
});

t.test('the values of a record go by the types of its fields', async (t) => {
  const record = { HVM_shadow_multiplier: 1, domid: 7, snapshot_time: '20240420T12:00:00Z' };
  const text = encoder.success({ 'OpaqueRef:1': record }, parseType('(VM ref -> VM record) map'));
  t.match(text, '<name>HVM_shadow_multiplier</name><value><double>1.0</double></value>');
  t.match(text, '<name>domid</name><value>7</value>');
  t.match(text, '<name>snapshot_time</name><value><dateTime.iso8601>20240420T12:00:00Z<');
  const batch = {
    token: '1',
    events: [{ class: 'vm', id: 3, timestamp: '0.0', snapshot: record }],
    valid_ref_counts: { vm: 1 },
  };
  const events = encoder.success(batch, { kind: 'batch' });
  t.match(events, '<name>HVM_shadow_multiplier</name><value><double>1.0</double></value>');
  t.match(events, '<name>vm</name><value><i4>1</i4></value>');
  t.match(events, '<name>timestamp</name><value>0.0</value>');
});

t.test('any text survives the way there and back, but for what XML can not say', async () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const { parameters } = decodeXmlCall(encoder.call('m', [text, { [text]: text }], []));
      const said = text.replace(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '');
      return JSON.stringify(parameters) === JSON.stringify([said, { [said]: said }]);
    }),
    { numRuns: 2_000 },
  );
});
