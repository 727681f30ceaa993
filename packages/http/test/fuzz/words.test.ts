import { ApiHandler } from '@gdcloud/http';
import fc from 'fast-check';
import t from 'tap';
import { DoubleResources } from '../double.js';
import { doubleTypes } from '../double-types.js';
import { basic } from '../served.js';
import { request } from '../socketless.js';

const types = doubleTypes();
const names = types
  .all()
  .flatMap((type) => [
    ...Object.keys(type.spec),
    ...Object.keys(type.status),
    ...Object.keys(type.links),
    ...Object.keys(type.actions),
  ]);
const WORDS = [
  ...names,
  ...types.all().flatMap(({ id, plural }) => [id, plural]),
  ...'name description data uuid id created removed accountId events account schemas'.split(' '),
  ...'openapi.json v1 limit sort order marker action include _method _format _blank'.split(' '),
  ...'__proto__ constructor toString 0 1 2 3 4 '.split(' '),
];
const word = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...WORDS) },
  fc.string({ unit: 'binary' }),
);
const value = fc.oneof(
  word,
  fc.integer().map(String),
  fc.constantFrom('true', '', 'now', 'desc', '{}', '[', '%'),
);
const modifier = fc.constantFrom(
  '',
  '_eq',
  '_ne',
  '_lt',
  '_gte',
  '_prefix',
  '_like',
  '_null',
  '_notnull',
);
const encoded = (text: string) => encodeURIComponent(text.replaceAll(/\p{Surrogate}/gu, '?'));
const query = fc
  .array(fc.tuple(word, modifier, value), { maxLength: 4 })
  .map((pairs) =>
    pairs.map(([name, mod, text]) => `${encoded(name)}${mod}=${encoded(text)}`).join('&'),
  );
const place = fc.constantFrom(
  'networks',
  'virtualmachines',
  'volumes',
  'apikeys',
  'networks/3',
  'virtualmachines/4',
  'networks/3/virtualmachines',
  'virtualmachines/4/?action=resize&x=',
  'virtualmachines/4/?action=stop&x=',
  'virtualmachines/4/?action=start&x=',
);
const path = fc.oneof(
  { weight: 4, arbitrary: place.map((text) => `/v1/${text}`) },
  fc.array(word, { maxLength: 4 }).map((words) => `/v1/${words.map(encoded).join('/')}`),
);
const target = fc.oneof(
  { weight: 20, arbitrary: fc.tuple(path, query).map(([left, right]) => `${left}?${right}`) },
  fc.string().map((text) => `/${text}`),
);
const document = fc.dictionary(word, fc.oneof(fc.jsonValue(), value, fc.integer()), { maxKeys: 6 });
const body = fc.oneof(
  { weight: 4, arbitrary: document.map((json) => Buffer.from(JSON.stringify(json))) },
  { weight: 2, arbitrary: query.map((text) => Buffer.from(text)) },
  fc.constant(Buffer.from('{}')),
  fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
);
const mostly = (...texts: readonly string[]) =>
  fc.oneof({ weight: 12, arbitrary: fc.constantFrom(...texts) }, fc.string());
const headers = fc.record(
  {
    'content-type': mostly(
      'application/json',
      'application/x-www-form-urlencoded',
      'text/plain',
      'image/png',
      'multipart/form-data; boundary=x',
      'multipart/form-data',
    ),
    accept: mostly('*/*', 'application/json', 'text/html'),
    'user-agent': fc.constantFrom('curl/8', 'Mozilla/5.0'),
    'if-match': mostly('*', '"1"', '"1-0"'),
    'if-none-match': fc.string(),
    'content-encoding': mostly('identity', 'gzip'),
    origin: mostly('http://h'),
    'x-forwarded-host': fc.string(),
  },
  { requiredKeys: [] },
);
const method = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE') },
  fc.constantFrom('HEAD', 'PATCH', 'OPTIONS', 'TRACE'),
);

t.test('no request whatever is answered with a 5xx, and every answer is whole', async (t) => {
  const failures: unknown[] = [];
  const resources = new DoubleResources(types);
  const log = (data: object) => failures.push(data);
  const handler = new ApiHandler({
    types,
    resources,
    traffic: { rates: 'unlimited' },
    logger: { debug: () => undefined, info: log, warn: log, error: log },
  });
  const root = resources.addAccount('Root', 'admin');
  const user = resources.addAccount('Ada', 'user');
  const keys = [root, user];
  await resources.create(user.caller, types.get('network'), { ipv4Cidr: '10.0.0.0/24' });
  await resources.create(user.caller, types.get('virtualmachine'), { networkId: '3' });
  const answered = new Map<number, number>();
  await fc.assert(
    fc.asyncProperty(
      method,
      target,
      headers,
      body,
      fc.constantFrom(...keys),
      async (method, target, given, bytes, key) => {
        const headers = { ...given, authorization: basic(key) };
        const response = await handler.handle(request(method, target, headers, bytes));
        answered.set(response.status, (answered.get(response.status) ?? 0) + 1);
        const isJson = response.headers['content-type']?.startsWith('application/json') ?? false;
        if (isJson) JSON.parse(response.body);
        return response.status < 500 && response.headers['x-api-schemas'] !== undefined;
      },
    ),
    { numRuns: 2000, seed: 20_261_124 },
  );
  t.same(failures, []);
  t.comment(
    [...answered]
      .sort(([left], [right]) => left - right)
      .map((pair) => pair.join(': '))
      .join(', '),
  );
  t.ok(
    [200, 201, 202, 400, 404, 405, 415, 422].every((status) => answered.has(status)),
    'it reaches all kinds of answers',
  );
});
