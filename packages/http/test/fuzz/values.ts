import type { Field, Fields, Format, Json, JsonObject } from '@gdcloud/core';
import fc, { type Arbitrary } from 'fast-check';

/** Texts that each format takes, or nearly. */
const FORMAT_TEXTS: Readonly<Record<Format, readonly string[]>> = {
  ipv4: ['10.0.0.1', '192.168.0.7', '256.0.0.1', '1.2.3'],
  'ipv4-cidr': ['10.0.0.0/24', '192.168.4.0/22', '10.0.0.0/7', '8.8.8.0/24'],
  domain: ['web.local', 'a', 'A', '-a', `${'a'.repeat(63)}.b`],
  mac: ['02:00:5e:10:00:01', '02-00-5e-10-00-01'],
  ip: ['203.0.113.7', '2001:db8::7', '::1', '010.0.0.1'],
  cidr: ['203.0.113.0/24', '0.0.0.0/0', '::/0', '1.2.3.4/33'],
  'host-cidr': ['203.0.113.0/24', '2001:db8:1::/64', '192.0.2.0/28', '127.0.0.0/8'],
  'ipv6-cidr': ['fd12:3456:789a::/64', '2001:db8::/64', 'fd00::/63'],
  'wireguard-key': [`${'A'.repeat(43)}=`, 'AAAA', 'x'.repeat(44)],
  endpoint: ['198.51.100.7:51820', '[2001:db8::7]:51820', '198.51.100.7:0'],
  'url-path': ['/healthz', 'x', '/ /'],
  'pem-certificate': ['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----', 'pem'],
  'pem-private-key': ['-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----', 'pem'],
  'upload-id': ['upload-1', 'x'.repeat(65), 'a b'],
  'current-password': ['correct horse battery', 'x'.repeat(257)],
};

/** What no field expects, and some store might stumble over. */
const HOSTILE: readonly Json[] = [
  '',
  null,
  0,
  -1,
  1.5,
  true,
  'x',
  [],
  {},
  [[null]],
  { a: { b: [1] } },
  '\u0000',
  'a\u0000b',
  '\u{1f600}',
  '\u2028',
  '\ufffe',
  'a'.repeat(300),
  '__proto__',
  'constructor',
  "'; drop table resource; --",
  '" or 1=1 --',
  '%',
  '_',
  '|',
  '\\',
  '100%|_\\',
  Number.MAX_SAFE_INTEGER,
  Number.MIN_SAFE_INTEGER,
  8_640_000_000_000_001,
  1e21,
];

/** An id that may be somebody's: they are small, and count by type. */
export const someId: Arbitrary<string> = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 1, max: 5 }).map(String) },
  fc.integer({ min: 0, max: 60 }).map(String),
  fc.constantFrom('1gb-1cpu', '2gb-4cpu', '0', '-1', '01', '999999999999999999999', 'root', 'x'),
);

function fitting(field: Field): Arbitrary<Json> {
  switch (field.kind) {
    case 'int':
      return fc.oneof(
        fc.integer({ min: field.min ?? -5, max: Math.min(field.max ?? 70_000, 70_000) }),
        fc.constantFrom((field.min ?? 0) - 1, field.min ?? 0, field.max ?? 1, (field.max ?? 0) + 1),
      );
    case 'boolean':
      return fc.boolean();
    case 'enum':
      return fc.constantFrom(...(field.options ?? ['x']));
    case 'date':
      return fc.constantFrom<Json>(
        '2026-01-02T03:04:05Z',
        1_767_225_600_000,
        'now',
        '-271821-04-20T00:00:00Z',
        8_640_000_000_000_000,
        8_640_000_000_000_001,
        Number.MAX_SAFE_INTEGER,
      );
    case 'reference':
      return someId;
    case 'array':
      return field.element === undefined
        ? fc.constant([])
        : fc.array(valueFor(field.element), { maxLength: 3 });
    case 'map':
      return fc.dictionary(
        fc.oneof(someId, fc.constantFrom('a', '', '\u0000', 'toString', 'x'.repeat(300))),
        field.element === undefined ? fc.jsonValue().map(asJson) : valueFor(field.element),
        { maxKeys: 3 },
      );
    case 'json':
      return fc.jsonValue({ maxDepth: 3 }).map(asJson);
    default:
      return field.format === undefined
        ? fc.oneof(
            fc.string({ maxLength: Math.min(field.maxLength ?? 40, 40) }),
            fc.string({ unit: 'grapheme', maxLength: 12 }),
          )
        : fc.constantFrom(...FORMAT_TEXTS[field.format]);
  }
}

function asJson(value: unknown): Json {
  return value as Json;
}

/** A value for a field, mostly one that fits it. */
export function valueFor(field: Field): Arbitrary<Json> {
  return fc.oneof(
    { weight: 9, arbitrary: fitting(field) },
    { weight: 1, arbitrary: fc.constantFrom(...HOSTILE) },
  );
}

/** A body for fields: those that are required mostly, the others now and then, and what is none of them. */
export function bodyOf(fields: Fields): Arbitrary<JsonObject> {
  const names = Object.keys(fields);
  const required = names.filter((name) => fields[name]?.required === true);
  const model = Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [name, valueFor(field)]),
  );
  const needed = Object.fromEntries(
    required.map((name) => [name, model[name] ?? fc.constant(null)]),
  );
  const some = fc
    .subarray(names, { maxLength: Math.min(names.length, 4) })
    .chain((chosen) =>
      fc.record(Object.fromEntries(chosen.map((name) => [name, model[name] ?? fc.constant(null)]))),
    );
  const stray = fc.dictionary(
    fc.constantFrom('id', 'uuid', 'accountId', 'state', 'generation', 'secretDigest', 'zzz'),
    fc.oneof(someId, fc.constantFrom<Json>(...HOSTILE)),
    { maxKeys: 2 },
  );
  return fc
    .tuple(fc.record(needed), some, stray, fc.integer({ min: 0, max: 4 }))
    .map(([first, second, third, roll]) => ({
      ...(roll === 0 ? third : {}),
      ...(roll === 1 ? {} : first),
      ...second,
    }));
}

/** A text for a filter of a field. */
export function filterText(field: Field): Arbitrary<string> {
  return valueFor(field).map((value) =>
    typeof value === 'string' ? value : JSON.stringify(value),
  );
}
