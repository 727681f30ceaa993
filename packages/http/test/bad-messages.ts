import { type BadInput, get, post } from './bad-input.js';
import { basic } from './served.js';

const auth = (authorization: string | null) => get('/v1/networks', { authorization });
const coded = (text: string) => auth(`Basic ${Buffer.from(text, 'latin1').toString('base64')}`);
const QUERY = 'InvalidQuery';

/** Lists A to C: wire, path, query, negotiation and credentials, as far as they apply to the adapter and the double. */
export const BAD_MESSAGES: readonly BadInput[] = [
  { name: 'A1 no Host', bytes: () => 'GET /v1 HTTP/1.1\r\nConnection: close\r\n\r\n', status: 400 },
  {
    name: 'A2 two Hosts',
    bytes: get('/v1', { headers: ['Host: evil.example'] }),
    status: 400,
    code: 'BadRequest',
  },
  { name: 'A3 HTTP/1.0 without Host', bytes: () => 'GET /v1 HTTP/1.0\r\n\r\n', status: 400 },
  {
    name: 'A4 HTTP/2.0 request line',
    bytes: () => 'GET / HTTP/2.0\r\nHost: h\r\nConnection: close\r\n\r\n',
    status: 505,
  },
  {
    name: 'A5 length and chunks',
    bytes: post('{}', { headers: ['Transfer-Encoding: chunked'] }),
    status: 400,
  },
  ...[
    'Content-Length: 5\r\nContent-Length: 2',
    'Content-Length: +2',
    'Content-Length: 2, 2',
    'Content-Length: -1',
  ].map((lines) => ({
    name: `A6–A10 ${JSON.stringify(lines)}`,
    bytes: () => `POST /v1/networks HTTP/1.1\r\nHost: h\r\n${lines}\r\nConnection: close\r\n\r\n{}`,
    status: 400,
  })),
  ...['X-A : 1', 'X-A: \u0000', 'X-A: a\rb', 'X A: 1', ': 1'].map((line) => ({
    name: `A16–A19 ${JSON.stringify(line)}`,
    bytes: get('/v1', { headers: [line] }),
    status: 400,
  })),
  { name: 'A18 bare line feeds', bytes: () => 'GET /v1 HTTP/1.1\nHost: h\n\n', status: 400 },
  { name: 'A25 space in the path', bytes: get('/v1/a b'), status: 400 },
  { name: 'A26 no ASCII in the path', bytes: get('/v1/\u00ff'), status: 400 },
  {
    name: 'A30 TLS on the plain port',
    bytes: () => Buffer.from('16030100a5010000a10303', 'hex'),
    status: 400,
  },
  {
    name: 'A11 unknown transfer encoding',
    bytes: () =>
      'POST /v1/networks HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\nConnection: close\r\n\r\n{}',
    status: [400, 401, 501],
  },
  {
    name: 'A13 broken chunk',
    bytes: (served) =>
      `POST /v1/virtualmachines HTTP/1.1\r\nHost: h\r\nAuthorization: ${basic(served.user)}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n2\r\n{}\r\nZZ\r\n`,
    status: 400,
  },
  { name: 'A15 folded header', bytes: get('/v1', { headers: ['X-A: 1', ' folded'] }), status: 400 },
  {
    name: 'A20 header of 20 KiB',
    bytes: get('/v1', { headers: [`X-A: ${'a'.repeat(20_480)}`] }),
    status: 431,
  },
  {
    name: 'A21 1,000 headers',
    bytes: get('/v1', { headers: Array.from({ length: 1000 }, (_, n) => `a${n}:`) }),
    status: 431,
  },
  {
    name: 'A22 absolute target',
    bytes: get('http://evil.example/v1'),
    status: 400,
    code: 'BadRequest',
  },
  { name: 'A23 star target', bytes: get('*', { method: 'OPTIONS' }), status: 400 },
  {
    name: 'A24 another host as path',
    bytes: get('//evil.example/%2e%2e'),
    status: 404,
    code: 'NotFound',
  },
  {
    name: 'A27 TRACE',
    bytes: get('/v1/networks', { method: 'TRACE' }),
    status: 405,
    code: 'MethodNotAllowed',
  },
  {
    name: 'Host that is no host',
    bytes: () => 'GET /v1 HTTP/1.1\r\nHost: a"b<c\r\nConnection: close\r\n\r\n',
    status: 400,
    code: 'BadRequest',
  },

  { name: 'B1 NUL in the path', bytes: get('/v1/%00'), status: 400 },
  { name: 'B2 no UTF-8 in the path', bytes: get('/v1/%ff'), status: 400 },
  { name: 'B3 encoded dots', bytes: get('/v1/%2e%2e/etc'), status: 404 },
  { name: 'B3 encoded slash', bytes: get('/v1/networks/..%2f'), status: 404 },
  {
    name: 'B4 path of 9 KiB',
    bytes: get(`/v1/${'a'.repeat(9216)}`),
    status: 414,
    code: 'UriTooLong',
  },
  { name: 'B5 unknown method', bytes: get('/v1', { method: 'FOO' }), status: 400 },
  {
    name: 'B6 PATCH of a resource',
    bytes: get('/v1/networks/1', { method: 'PATCH' }),
    status: 405,
  },
  { name: 'B6 PUT of a collection', bytes: get('/v1/networks', { method: 'PUT' }), status: 405 },
  { name: 'B6 POST to the schemas', bytes: get('/v1/schemas', { method: 'POST' }), status: 405 },
  ...['0', '-1', '1e9', '9007199254740993', '9'.repeat(300), '%E2%80%AE4', '４'].map((id) => ({
    name: `B7 id ${id.slice(0, 20)}`,
    bytes: get(`/v1/networks/${encodeURI(id)}`),
    status: 404,
    code: 'NotFound',
  })),
  {
    name: 'B9 limit twice',
    bytes: get('/v1/networks?limit=1&limit=2'),
    status: 400,
    code: QUERY,
    fieldName: 'limit',
  },
  ...['-1', '0', '1e9', 'abc', ''].map((limit) => ({
    name: `B10 limit=${limit}`,
    bytes: get(`/v1/networks?limit=${limit}`),
    status: 400,
    code: QUERY,
    fieldName: 'limit',
  })),
  {
    name: 'B11 1,001 parameters',
    bytes: get(`/v1?${'a&'.repeat(1001)}`),
    status: 400,
    code: QUERY,
  },
  {
    name: 'B12 forged marker',
    bytes: get('/v1/networks?marker=bTI'),
    status: 400,
    code: QUERY,
    fieldName: 'marker',
  },
  {
    name: 'B13 sort by a prototype',
    bytes: get('/v1/networks?sort=__proto__'),
    status: 400,
    code: QUERY,
    fieldName: 'sort',
  },
  {
    name: 'B13 sort by an unknown field',
    bytes: get('/v1/networks?sort=fence'),
    status: 400,
    code: QUERY,
  },
  {
    name: 'B13 order that is none',
    bytes: get('/v1/networks?sort=name&order=up'),
    status: 400,
    code: QUERY,
  },
  {
    name: 'B14 operator injection',
    bytes: get('/v1/networks?name[$ne]=1'),
    status: 400,
    code: QUERY,
  },
  {
    name: 'B14 value that does not fit',
    bytes: get('/v1/virtualmachines?ramSizeMb_gt=many'),
    status: 400,
    code: QUERY,
  },
  {
    name: 'B15 nested include',
    bytes: get(`/v1/networks?include=${'a.'.repeat(50)}`),
    status: 400,
    code: QUERY,
  },
  { name: 'B16 action by GET', bytes: get('/v1/virtualmachines/1?action=stop'), status: 405 },
  {
    name: 'B16 action of a collection',
    bytes: post('{}', { path: '/v1/networks?action=stop' }),
    status: 422,
    code: 'InvalidAction',
  },
  {
    name: 'B17 Accept image',
    bytes: get('/v1', { headers: ['Accept: image/png'] }),
    status: 406,
    code: 'NotAcceptable',
  },
  {
    name: 'B18 Accept of 8 KiB',
    bytes: get('/v1', { headers: [`Accept: ${'a/b;q=0,'.repeat(1000)}`] }),
    status: 400,
  },
  { name: '_method on GET', bytes: get('/v1/networks/1?_method=DELETE'), status: 405 },
  {
    name: '_method that is none',
    bytes: post('{}', { path: '/v1/networks?_method=TRACE' }),
    status: 400,
  },
  { name: 'broken percent in a query', bytes: get('/v1/networks?name=%zz'), status: 400 },

  { name: 'C1 no credentials', bytes: auth(null), status: 401, code: 'Unauthorized' },
  ...['Basic', 'Basic YTpi!!!!', 'Basic YT-_', 'Basic YTp', 'Bearer x', 'Negotiate YTpi'].map(
    (header) => ({
      name: `C2–C13 ${header}`,
      bytes: auth(header),
      status: 401,
    }),
  ),
  ...['nocolon', ':secret', 'key:', 'a\u0000:b', 'a:\u00ff', `a:${'p'.repeat(8192)}`, 'a:b'].map(
    (text) => ({
      name: `C6–C11 ${JSON.stringify(text.slice(0, 20))}`,
      bytes: coded(text),
      status: 401,
    }),
  ),
  {
    name: 'C12 two Authorizations',
    bytes: get('/v1', { headers: ['Authorization: Basic YTpi'] }),
    status: 400,
  },
  { name: 'C16 credentials in the URL', bytes: get('/v1?secretKey=x'), status: 400, code: QUERY },
];
