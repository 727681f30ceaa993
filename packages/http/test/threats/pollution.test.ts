import t from 'tap';
import { type BadInput, get, put } from '../bad-inputs/bad-input.js';
import { realPlace } from '../bad-inputs/places.js';
import { exchange, statusOf } from '../exchange.js';
import { listenTo } from '../served.js';

const NAMES = [
  '__proto__',
  'constructor',
  'prototype',
  'constructor.prototype',
  '__defineGetter__',
];
const SPELLINGS = [
  (name: string) => `${name}[x]=1`,
  (name: string) => `a[${name}][x]=1`,
  (name: string) => `a[b][${name}][x]=1`,
  (name: string) => `${encodeURIComponent(name)}%5Bx%5D=1`,
  (name: string) => `data[${name}][x]=1`,
  (name: string) => `labels[${name}]=1`,
];
const DOCUMENTS = [
  (name: string) => `{"${name}":{"x":1}}`,
  (name: string) => `{"data":{"${name}":{"x":1}}}`,
  (name: string) => `{"data":{"a":[{"${name}":{"x":1}}]}}`,
  (name: string) => `{"data":{"a":{"b":{"${name}":{"prototype":{"x":1}}}}}}`,
  (name: string) =>
    `{"\\u${name.charCodeAt(0).toString(16).padStart(4, '0')}${name.slice(1)}":{"x":1}}`,
];

/** Everything that comes from outside and has names. */
function corpus(): readonly BadInput['bytes'][] {
  const form = { type: 'application/x-www-form-urlencoded' };
  const multipart = (name: string) =>
    put(`--b\r\nContent-Disposition: form-data; name="${name}[x]"\r\n\r\n1\r\n--b--\r\n`, {
      type: 'multipart/form-data; boundary=b',
    });
  return NAMES.flatMap((name) => [
    ...DOCUMENTS.map((write) => put(write(name))),
    ...SPELLINGS.map((write) => put(write(name), form)),
    ...SPELLINGS.map((write) => get(`/v1/networks?${write(name)}`)),
    multipart(name),
    get(`/v1/networks?sort=${name}`),
    get(`/v1/networks?${name}=1&${name}_eq=1`),
    get(`/v1/networks?include=${name}`),
    get(`/v1/${name}`),
    get(`/v1/networks/${name}`),
    get(`/v1/schemas/${name}`),
    get(({ network }) => `/v1/networks/${network}/${name}`),
    get(({ network }) => `/v1/networks/${network}?action=${name}`),
    put('{}', { headers: [`${name.replaceAll('.', '-')}: {"x":1}`, `If-None-Match: ${name}`] }),
  ]);
}

/** What a program's objects inherit, as it is now. */
function inherited(): string {
  const prototypes = [
    Object,
    Array,
    Function,
    String,
    Number,
    Map,
    Set,
    Promise,
    Error,
    Buffer,
  ].map(({ prototype }) => prototype as object);
  return prototypes
    .map((prototype) => Reflect.ownKeys(prototype).map(String).sort().join())
    .join('\n');
}

t.test('no name that comes from outside reaches what objects inherit', async (t) => {
  const { place, api: options } = await realPlace(t);
  const { port, unhandled } = await listenTo(t, options);
  const before = inherited();
  let sent = 0;
  for (const bytes of corpus()) {
    const { answer } = await exchange(port, bytes(place));
    const status = statusOf(answer);
    if (!(status >= 200 && status < 500)) t.fail(`${status}`, { sent: String(bytes(place)) });
    if (inherited() !== before) t.fail('something is inherited', { sent: String(bytes(place)) });
    sent += 1;
  }
  t.equal(Reflect.get({}, 'x'), undefined);
  t.same(unhandled, []);
  t.ok(sent > 100, `${sent} requests`);
});
