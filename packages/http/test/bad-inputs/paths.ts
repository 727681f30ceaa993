import { type BadInput, get, post } from './bad-input.js';

const query = (text: string, fieldName: string | null = null) =>
  ({ bytes: get(`/v1/networks?${text}`), status: 400, code: 'InvalidQuery', fieldName }) as const;
const notFound = { status: 404, code: 'NotFound' } as const;
const broken = { status: 400, code: 'BadRequest' } as const;
const refused = { status: 405, code: 'MethodNotAllowed' } as const;

const IDS: readonly (readonly [number: string, what: string, id: string])[] = [
  ['B7', '0', '0'],
  ['B7', '-1', '-1'],
  ['B7', '1e9', '1e9'],
  ['B7', 'one beyond what doubles count', '9007199254740993'],
  ['B7', 'of 300 digits', '9'.repeat(300)],
  ['B7', 'with a leading zero', '01'],
  ['B7', 'with a sign', '%2b1'],
  ['B8', 'right to left', '%E2%80%AE4'],
  ['B8', 'wide digits', encodeURIComponent('４')],
  ['B8', 'nothing of any width', encodeURIComponent('1\u200b')],
  ['B8', 'a letter like one', encodeURIComponent('l')],
];

/** List B: path, query and negotiation. */
export const BAD_PATHS: readonly BadInput[] = [
  { number: 'B1', what: 'NUL', bytes: get('/v1/%00'), ...broken },
  { number: 'B1', what: 'NUL in an id', bytes: get('/v1/networks/1%00'), ...broken },
  { number: 'B2', what: 'no UTF-8', bytes: get('/v1/%ff'), ...broken },
  { number: 'B2', what: 'a broken percent', bytes: get('/v1/networks?name=%zz'), ...broken },
  { number: 'B3', what: 'encoded dots', bytes: get('/v1/%2e%2e/etc'), ...notFound },
  { number: 'B3', what: 'an encoded slash', bytes: get('/v1/networks/..%2f'), ...notFound },
  { number: 'B3', what: 'dots', bytes: get('/v1/networks/../accounts'), ...notFound },
  {
    number: 'B4',
    what: 'a path of 9 KiB',
    bytes: get(`/v1/${'a'.repeat(9216)}`),
    status: 414,
    code: 'UriTooLong',
  },
  { number: 'B5', what: 'an unknown method', bytes: get('/v1', { method: 'FOO' }), status: 400 },
  {
    number: 'B6',
    what: 'PATCH of a resource',
    bytes: get(({ network }) => `/v1/networks/${network}`, { method: 'PATCH' }),
    ...refused,
  },
  {
    number: 'B6',
    what: 'PUT of a list',
    bytes: get('/v1/networks', { method: 'PUT' }),
    ...refused,
  },
  {
    number: 'B6',
    what: 'POST of schemas',
    bytes: get('/v1/schemas', { method: 'POST' }),
    ...refused,
  },
  {
    number: 'B6',
    what: 'DELETE of the version',
    bytes: get('/v1', { method: 'DELETE' }),
    ...refused,
  },
  ...IDS.map(([number, what, id]) => ({
    number,
    what: `an id: ${what}`,
    bytes: get(`/v1/networks/${id}`),
    ...notFound,
  })),
  { number: 'B9', what: 'limit twice', ...query('limit=1&limit=2', 'limit') },
  ...['-1', '0', '1e9', 'abc', '', '1.5', '%201'].map((limit) => ({
    number: 'B10',
    what: `limit=${limit}`,
    ...query(`limit=${limit}`, 'limit'),
  })),
  { number: 'B11', what: '1,001 parameters', ...query('a&'.repeat(1001)) },
  { number: 'B12', what: 'a forged marker', ...query('marker=bTI', 'marker') },
  {
    number: 'B12',
    what: 'a marker as long as one',
    ...query(`marker=${'A'.repeat(80)}`, 'marker'),
  },
  { number: 'B13', what: 'sort by a prototype', ...query('sort=__proto__', 'sort') },
  { number: 'B13', what: 'sort by a column', ...query('sort=fence', 'sort') },
  { number: 'B13', what: 'an order that is none', ...query('sort=name&order=up', 'order') },
  { number: 'B14', what: 'operators in a name', ...query('name[$ne]=1') },
  { number: 'B14', what: 'a value that is no moment', ...query('created_gt=many', 'created') },
  {
    number: 'B14',
    what: 'an operator that the field has not',
    bytes: get('/v1/networks?ipv4Cidr_gt=1&limit=1'),
    status: 200,
    rule: '1.4: unknown filters are ignored, as all servers of the family do',
  },
  {
    number: 'B15',
    what: 'an include within 50',
    ...query(`include=${'a.'.repeat(50)}`, 'include'),
  },
  {
    number: 'B16',
    what: 'an action by GET',
    bytes: get(({ server }) => `/v1/virtualmachines/${server}?action=stop`),
    ...refused,
  },
  {
    number: 'B16',
    what: 'an unknown action',
    bytes: post('{}', { path: '/v1/networks?action=stop' }),
    status: 422,
    code: 'InvalidAction',
  },
  {
    number: 'B16',
    what: 'an action with the name of a prototype',
    bytes: (place) =>
      post('{}', { path: `/v1/virtualmachines/${place.server}?action=__proto__` })(place),
    status: 422,
    code: 'InvalidAction',
  },
  {
    number: 'B16',
    what: 'another method by GET',
    bytes: get(({ network }) => `/v1/networks/${network}?_method=DELETE`),
    ...refused,
  },
  {
    number: 'B16',
    what: 'a method that is none',
    bytes: post('{}', { path: '/v1/networks?_method=TRACE' }),
    status: 400,
    code: 'InvalidQuery',
    fieldName: '_method',
  },
  {
    number: 'B17',
    what: 'pictures only',
    bytes: get('/v1', { headers: ['Accept: image/png'] }),
    status: 406,
    code: 'NotAcceptable',
  },
  {
    number: 'B18',
    what: '8 KiB of what is accepted',
    bytes: get('/v1', { headers: [`Accept: ${'a/b;q=0,'.repeat(1000)}`] }),
    ...broken,
  },
  {
    number: 'B19',
    what: 'HTML for a client that is no browser',
    bytes: get('/v1', { headers: ['Accept: text/html', 'User-Agent: curl/8'] }),
    status: 200,
    rule: '18: HTML only for Mozilla and */*',
  },
  {
    number: 'B20',
    what: 'slashes and capitals',
    bytes: get('//V1//NETWORKS///'),
    status: 200,
    rule: '16',
  },
  {
    number: 'B21',
    what: 'another method in a header',
    bytes: get(({ network }) => `/v1/networks/${network}`, {
      headers: ['X-HTTP-Method-Override: DELETE'],
    }),
    status: 200,
  },
  {
    number: 'B22',
    what: 'a range of a document',
    bytes: get('/v1', { headers: ['Range: bytes=0-0'] }),
    status: 200,
  },
];
