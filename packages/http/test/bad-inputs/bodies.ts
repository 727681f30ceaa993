import { type BadInput, post, put } from './bad-input.js';

/** A network with more fields than it needs. */
const net = (fields = '') => `{"ipv4Cidr":"10.0.0.0/24"${fields}}`;
const deep = (depth: number) => `{"data":${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}}`;
const noted = (value: string) => post(net(`,"data":${value}`));
const offering = (ramSizeMb: string) =>
  post(`{"name":"bad","cpuCount":1,"ramSizeMb":${ramSizeMb}}`, {
    path: '/v1/offerings',
    by: 'admin',
  });

const body = { status: 400, code: 'InvalidBodyContent' } as const;
const media = { status: 415, code: 'UnsupportedMediaType' } as const;
const format = { status: 422, code: 'InvalidFormat' } as const;
const taken = { status: 200 } as const;

const NO_DOCUMENTS: readonly (readonly [number: string, what: string, text: string])[] = [
  ['D2', 'JSON that is cut off', '{"name":'],
  ['D2', 'a text that is cut off', '{"name":"a'],
  ['D3', 'more behind it', `${net()}x`],
  ['D3', 'another behind it', `${net()}{}`],
  ['D4', 'a byte order mark', `\ufeff${net()}`],
  ['D8', 'a list', '[{}]'],
  ['D8', 'a text', '"text"'],
  ['D8', 'a number', '17'],
  ['D8', 'null', 'null'],
  ['D8', 'true', 'true'],
  ['D17', 'NaN', '{"a":NaN}'],
  ['D17', 'Infinity', '{"a":Infinity}'],
  ['D2', 'quotes that JSON has not', "{'a':1}"],
  ['D2', 'a comma too many', '{"a":1,}'],
  ['D2', 'a number that begins with 0', '{"a":01}'],
];

/** List D, first part: what can't be read as one document. */
export const BAD_DOCUMENTS: readonly BadInput[] = [
  {
    number: 'D1',
    what: 'nothing',
    bytes: post(''),
    status: 422,
    code: 'MissingRequired',
    fieldName: 'ipv4Cidr',
  },
  ...NO_DOCUMENTS.map(([number, what, text]) => ({ number, what, bytes: post(text), ...body })),
  {
    number: 'D5',
    what: 'UTF-16',
    bytes: post(Buffer.from(net(), 'utf16le'), { type: 'application/json; charset=utf-16' }),
    ...media,
  },
  {
    number: 'D5',
    what: 'bytes that are no UTF-8',
    bytes: post(Buffer.from(net(',"name":"\u00ff"'), 'latin1')),
    ...body,
  },
  {
    number: 'D6',
    what: 'latin1',
    bytes: post(net(), { type: 'application/json; charset=latin1' }),
    ...media,
  },
  { number: 'D6', what: 'a picture', bytes: post('\u0089PNG', { type: 'image/png' }), ...media },
  { number: 'D6', what: 'XML', bytes: post('<a/>', { type: 'application/xml' }), ...media },
  { number: 'D6', what: 'no type', bytes: put('{}', { type: null }), ...taken, rule: '3' },
  {
    number: 'D6',
    what: 'JSON that is called text',
    bytes: put('{}', { type: 'text/plain' }),
    ...taken,
    rule: '3: JSON is what begins with { or [',
  },
  {
    number: 'D7',
    what: 'JSON that is called a form',
    bytes: put('{}', { type: 'application/x-www-form-urlencoded' }),
    ...taken,
    rule: '3: JSON is what begins with { or [',
  },
  {
    number: 'D9',
    what: 'a name twice',
    bytes: post(net(',"ipv4Cidr":"10.0.0.0/8"')),
    ...body,
    fieldName: 'ipv4Cidr',
  },
  {
    number: 'D9',
    what: 'a name once escaped',
    bytes: post(net(',"\\u006eame":"a","name":"b"')),
    ...body,
  },
  ...['__proto__', 'constructor', 'prototype', '\\u005f_proto__'].map((name) => ({
    number: 'D10',
    what: name,
    bytes: noted(`{"${name}":{"x":1}}`),
    ...format,
  })),
  {
    number: 'D10',
    what: '__proto__ at the top',
    bytes: post(net(',"__proto__":{"x":1}')),
    ...format,
  },
  { number: 'D11', what: 'depth 33', bytes: post(deep(32)), ...body, fieldName: 'data' },
  { number: 'D11', what: 'depth 200,000', bytes: post('{"a":'.repeat(170_000)), ...body },
  {
    number: 'D12',
    what: '10,001 names',
    bytes: post(`{${Array.from({ length: 10_001 }, (_, n) => `"a${n}":1`).join()}}`),
    ...body,
  },
  {
    number: 'D13',
    what: 'a text of 65 KiB',
    bytes: post(net(`,"name":"${'a'.repeat(66_560)}"`)),
    status: 413,
    code: 'BodyTooLarge',
    fieldName: 'name',
  },
  {
    number: 'D13',
    what: '1 MiB and a byte',
    bytes: post(`{"data":"${'a'.repeat(1024 * 1024 - 10)}"}`),
    status: 413,
    code: 'BodyTooLarge',
  },
  {
    number: 'D32',
    what: 'gzip',
    bytes: post(Buffer.from([0x1f, 0x8b]), { headers: ['Content-Encoding: gzip'] }),
    ...media,
  },
  {
    number: 'D32',
    what: 'an encoding that nobody knows',
    bytes: post('{}', { headers: ['Content-Encoding: x'] }),
    ...media,
  },
];

const lost = { ...format, fieldName: 'ramSizeMb' } as const;

/** List D, second part: values that can't be kept, or are none of their field. */
export const BAD_VALUES: readonly BadInput[] = [
  { number: 'D14', what: '2^53 + 1', bytes: offering('9007199254740993'), ...lost },
  { number: 'D15', what: '1e400', bytes: offering('1e400'), ...lost },
  { number: 'D15', what: '-1e400', bytes: offering('-1e400'), ...lost },
  ...['-0', '1.5', '"5"', 'true', '[512]', '{}'].map((value) => ({
    number: 'D16',
    what: `${value} for a whole number`,
    bytes: offering(value),
    ...lost,
  })),
  {
    number: 'D18',
    what: 'half a character',
    bytes: post(net(',"name":"\\ud800"')),
    status: 422,
    code: 'InvalidCharacters',
    fieldName: 'name',
  },
  {
    number: 'D18',
    what: 'half a character in free data',
    bytes: noted('{"a":["\\udfff"]}'),
    status: 422,
    code: 'InvalidCharacters',
    fieldName: 'data',
  },
  ...['\\n', '\\u0000', '\\u001b[31m', '\\u007f'].map((sign) => ({
    number: 'D19',
    what: `${sign} in a name`,
    bytes: post(net(`,"name":"a${sign}b"`)),
    status: 422,
    code: 'InvalidCharacters',
    fieldName: 'name',
  })),
  {
    number: 'D20',
    what: 'an empty name',
    bytes: post(net(',"name":""')),
    status: 422,
    code: 'MinLengthExceeded',
    fieldName: 'name',
  },
  {
    number: 'D20',
    what: 'a name of 256',
    bytes: post(net(`,"name":"${'a'.repeat(256)}"`)),
    status: 422,
    code: 'MaxLengthExceeded',
    fieldName: 'name',
  },
  ...[1, 63, 64, 255].map((length) => ({
    number: 'D20',
    what: `a name of ${length} is one`,
    bytes: plan(`{"name":"${'a'.repeat(length)}"}`),
    ...taken,
  })),
  ...['\u202eabc', 'a\u200bb', '\u{1f469}\u200d\u{1f680}', 'e\u0301'].map((name) => ({
    number: 'D21',
    what: `${JSON.stringify(name)} is a name, and stays what it is`,
    bytes: plan(JSON.stringify({ name })),
    ...taken,
  })),
  { number: 'D22', what: 'an unknown field', bytes: put('{"colour":"red"}'), ...taken, rule: '11' },
  ...['id', 'state', 'accountId', 'uuid', 'created', 'removed', 'generation', 'links'].map(
    (field) => ({
      number: 'D23',
      what: `${field}, which is read-only`,
      bytes: put(`{"${field}":"1"}`),
      ...taken,
      rule: '11',
    }),
  ),
  {
    number: 'D24',
    what: 'an option in another case',
    bytes: post('{"kind":"Admin"}', { path: '/v1/accounts', by: 'admin' }),
    status: 422,
    code: 'InvalidOption',
    fieldName: 'kind',
  },
  ...(['-1', '0'] as const).map((memory) => ({
    number: 'D27',
    what: `memory ${memory}`,
    bytes: offering(memory),
    status: 422,
    code: 'MinLimitExceeded',
    fieldName: 'ramSizeMb',
  })),
  { number: 'D27', what: 'memory 1.5', bytes: offering('1.5'), ...lost },
  ...(['16385', '9007199254740991'] as const).map((memory) => ({
    number: 'D27',
    what: `memory ${memory}`,
    bytes: offering(memory),
    status: 422,
    code: 'MaxLimitExceeded',
    fieldName: 'ramSizeMb',
  })),
  { number: 'D27', what: 'memory 2^53', bytes: offering('9007199254740993'), ...lost },
  ...[
    '10.0.0.0/33',
    '010.0.0.0/8',
    '1.2.3.4/0',
    '::ffff:10.0.0.0/24',
    '10.0.0.1/24',
    '10.0.0.255/32',
    '0x0a.0.0.0/24',
    '10.0.0.0/24\\u0000',
    '192.168.0.0/15',
  ].map((cidr) => ({
    number: 'D28',
    what: cidr,
    bytes: post(`{"ipv4Cidr":"${cidr}"}`),
    ...format,
    fieldName: 'ipv4Cidr',
  })),
];

function plan(text: string): BadInput['bytes'] {
  return (place) => put(text, { path: `/v1/networks/${place.network}?dryRun=plan` })(place);
}
