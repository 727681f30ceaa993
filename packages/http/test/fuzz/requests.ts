import {
  COMMON_FIELDS,
  type Fields,
  filterableFields,
  type JsonObject,
  type ResourceType,
  type TypeRegistry,
} from '@gdcloud/core';
import fc, { type Arbitrary } from 'fast-check';
import { bodyOf, filterText, someId } from './values.js';

/** A request as declarations suggest it, but for who asks. */
export interface Wish {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}

interface Asked {
  readonly method: string;
  readonly target: string;
  readonly fields: JsonObject | undefined;
}

/** Requests for everything that types declare: their fields, formats, filters, actions, questions and links. */
export function wishes(types: TypeRegistry): Arbitrary<Wish> {
  const asked = fc.oneof(
    ...types.all().map((type) => ({
      weight: type.access.users.length > 0 ? 10 : 3,
      arbitrary: askedOf(types, type),
    })),
    { weight: 6, arbitrary: general(types) },
  );
  return fc
    .tuple(asked, encoding, headers, fc.integer({ min: 0, max: 39 }))
    .map(([{ method, target, fields }, encode, given, roll]) => {
      const encoded = fields === undefined ? { body: Buffer.alloc(0) } : encode(fields);
      const plan = roll === 0 ? `${target.includes('?') ? '&' : '?'}dryRun=plan` : '';
      return {
        method,
        target: target + plan,
        headers: { ...given, ...('type' in encoded ? { 'content-type': encoded.type } : {}) },
        body: encoded.body,
      };
    });
}

const NOTHING: JsonObject | undefined = undefined;

function askedOf(types: TypeRegistry, type: ResourceType): Arbitrary<Asked> {
  const list = `/v1/${type.plural}`;
  const one = someId.map((id) => `${list}/${encodeURIComponent(id)}`);
  const fields = { ...COMMON_FIELDS, ...type.spec };
  const asks = Object.entries({ ...type.actions, ...type.questions });
  const acts = [
    ...asks.map(([name, { input }]) => ({ name, input })),
    ...['reconcile', 'explain', 'recreate', 'keep', 'zzz'].map((name) => ({ name, input: {} })),
  ];
  const links = [...Object.keys(type.links), 'account', 'events', 'zzz'];
  return fc.oneof(
    { weight: 6, arbitrary: reads(fc.constant(list), queryOf(type)) },
    { weight: 4, arbitrary: writes('POST', fc.constant(list), fields) },
    { weight: 3, arbitrary: reads(one, queryOf(type)) },
    { weight: 3, arbitrary: writes('PUT', one, fields) },
    { weight: 1, arbitrary: one.map((target) => ({ method: 'DELETE', target, fields: NOTHING })) },
    {
      weight: 4,
      arbitrary: fc.constantFrom(...acts).chain(({ name, input }) =>
        writes(
          'POST',
          one.map((target) => `${target}?action=${name}`),
          input,
        ),
      ),
    },
    {
      weight: 3,
      arbitrary: fc.constantFrom(...links).chain((name) => {
        const link = type.links[name];
        const child = link?.kind === 'children' ? types.get(link.type) : undefined;
        const at = one.map((target) => `${target}/${name}`);
        return child === undefined
          ? reads(at, fc.constant(''))
          : fc.oneof(
              reads(at, queryOf(child)),
              writes('POST', at, { ...COMMON_FIELDS, ...child.spec }),
            );
      }),
    },
  );
}

function reads(target: Arbitrary<string>, query: Arbitrary<string>): Arbitrary<Asked> {
  const method = fc.constantFrom('GET', 'GET', 'GET', 'HEAD');
  return fc.tuple(method, target, query).map(([method, path, text]) => ({
    method,
    target: text === '' ? path : `${path}?${text}`,
    fields: NOTHING,
  }));
}

function writes(method: string, target: Arbitrary<string>, fields: Fields): Arbitrary<Asked> {
  return fc
    .tuple(target, bodyOf(fields))
    .map(([path, body]) => ({ method, target: path, fields: body }));
}

function general(types: TypeRegistry): Arbitrary<Asked> {
  const ids = types.all().map(({ id }) => id);
  const targets = [
    '/',
    '/v1',
    '/v1/schemas',
    '/v1/openapi.json',
    '/v1/events',
    '/healthz',
    '/v1/x',
  ];
  return fc
    .tuple(
      fc.constantFrom('GET', 'HEAD', 'POST', 'OPTIONS', 'PATCH', 'DELETE'),
      fc.constantFrom(...targets, ...ids.map((id) => `/v1/schemas/${id}`)),
    )
    .map(([method, target]) => ({ method, target, fields: NOTHING }));
}

function queryOf(type: ResourceType): Arbitrary<string> {
  const filterable = Object.entries(filterableFields(type));
  const names = [...filterable.map(([name]) => name), 'fence', '__proto__'];
  const filter = fc
    .constantFrom(...filterable)
    .chain(([name, { field, modifiers }]) =>
      fc
        .tuple(fc.constantFrom('', ...modifiers.map((one) => `_${one}`), '_in'), filterText(field))
        .map(([modifier, text]) => `${name}${modifier}=${encoded(text)}`),
    );
  const word = fc.oneof(
    fc.constantFrom(...names).map((name) => `sort=${name}`),
    fc.constantFrom('order=desc', 'order=asc', 'order=x', 'total', 'total=false', 'limit=1'),
    fc.integer({ min: 0, max: 4 }).map((limit) => `limit=${limit}`),
    fc.constantFrom(...Object.keys(type.links), 'account', 'zzz').map((link) => `include=${link}`),
    fc.constantFrom(
      '_format=html',
      'removed_notnull',
      'action=explain',
      'marker=AAAA',
      '_method=PUT',
    ),
  );
  return fc
    .array(fc.oneof({ weight: 3, arbitrary: filter }, { weight: 2, arbitrary: word }), {
      maxLength: 3,
    })
    .map((parts) => parts.join('&'));
}

function encoded(text: string): string {
  return encodeURIComponent(text.replaceAll(/\p{Surrogate}/gu, '?'));
}

type Encode = (fields: JsonObject) => { readonly body: Buffer; readonly type?: string };

const json: Encode = (fields) => ({
  body: Buffer.from(JSON.stringify(fields)),
  type: 'application/json',
});
const untyped: Encode = (fields) => ({ body: Buffer.from(JSON.stringify(fields)) });
const form: Encode = (fields) => ({
  body: Buffer.from(
    Object.entries(fields)
      .map(([name, value]) => `${encoded(name)}=${encoded(text(value))}`)
      .join('&'),
  ),
  type: 'application/x-www-form-urlencoded',
});
const multipart: Encode = (fields) => ({
  body: Buffer.from(
    `${Object.entries(fields)
      .map(
        ([name, value]) =>
          `--b\r\nContent-Disposition: form-data; name="${encoded(name)}"\r\n\r\n${text(value)}\r\n`,
      )
      .join('')}--b--\r\n`,
  ),
  type: 'multipart/form-data; boundary=b',
});

function text(value: JsonObject[string] | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}

const encoding: Arbitrary<Encode> = fc.oneof(
  { weight: 12, arbitrary: fc.constant(json) },
  { weight: 1, arbitrary: fc.constant(untyped) },
  { weight: 3, arbitrary: fc.constant(form) },
  { weight: 1, arbitrary: fc.constant(multipart) },
  {
    weight: 1,
    arbitrary: fc.oneof(fc.uint8Array({ maxLength: 32 }), fc.constant(Buffer.from('{"a":'))).map(
      (bytes): Encode =>
        () => ({ body: Buffer.from(bytes), type: 'application/json' }),
    ),
  },
);

const ACCEPTED = Array.from({ length: 10 }, (_, index) =>
  index % 2 === 0 ? '*/*' : 'application/json, text/html;q=0.5',
);

const headers = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Record<string, string>>({}) },
  {
    weight: 2,
    arbitrary: fc.record<Record<string, string>>(
      {
        accept: fc.constantFrom(...ACCEPTED, 'image/png'),
        'user-agent': fc.constantFrom('curl/8', 'Mozilla/5.0'),
        'sec-fetch-site': fc.constantFrom('same-origin', 'none', 'cross-site'),
        'if-match': fc.constantFrom('*', '"1"', '"1-0"', '"2-0"', 'x'),
        'if-none-match': fc.constantFrom('*', '"1-0"', 'x'),
        'idempotency-key': fc.constantFrom('a', 'b', '"c"', 'd'.repeat(300), ''),
        'content-encoding': fc.constantFrom('identity', 'gzip'),
        'x-forwarded-host': fc.constantFrom('evil.example', 'a"b'),
        traceparent: fc.constantFrom(
          '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
          'x',
        ),
        range: fc.constantFrom('bytes=0-9', 'bytes=-1', 'x'),
        'upload-offset': fc.constantFrom('0', '-1'),
        'last-event-id': fc.constantFrom('0', 'x'),
      },
      { requiredKeys: [] },
    ),
  },
);
