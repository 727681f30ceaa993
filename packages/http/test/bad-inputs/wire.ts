import { basic } from '../served.js';
import { type BadInput, get, post } from './bad-input.js';

const head = (lines: readonly string[], body = '') => `${lines.join('\r\n')}\r\n\r\n${body}`;
const lengths = (...lines: readonly string[]) =>
  head(['POST /v1/networks HTTP/1.1', 'Host: h', ...lines], '{}');
const chunked = (body: string) => (place: Parameters<BadInput['bytes']>[0]) =>
  head(
    [
      'POST /v1/networks HTTP/1.1',
      'Host: h',
      `Authorization: ${basic(place.user)}`,
      'Transfer-Encoding: chunked',
    ],
    body,
  );
const header = (line: string) => get('/v1', { headers: [line] });

/** What Node answers by itself. */
const byNode = { status: 400 } as const;
const broken = { status: 400, code: 'BadRequest' } as const;

/** List A: the wire. */
export const BAD_WIRE: readonly BadInput[] = [
  { number: 'A1', what: 'no Host', bytes: () => head(['GET /v1 HTTP/1.1']), ...byNode },
  { number: 'A2', what: 'two Hosts', bytes: header('Host: evil.example'), ...broken },
  { number: 'A3', what: 'HTTP/1.0', bytes: () => head(['GET /v1 HTTP/1.0']), ...broken },
  {
    number: 'A4',
    what: 'HTTP/2.0 in the request line',
    bytes: () => head(['GET / HTTP/2.0', 'Host: h']),
    status: 505,
    code: 'HttpVersionNotSupported',
  },
  {
    number: 'A5',
    what: 'length and chunks',
    bytes: post('{}', { headers: ['Transfer-Encoding: chunked'] }),
    ...byNode,
  },
  {
    number: 'A6',
    what: 'two lengths',
    bytes: () => lengths('Content-Length: 5', 'Content-Length: 2'),
    ...byNode,
  },
  {
    number: 'A7',
    what: 'a length twice',
    bytes: () => lengths('Content-Length: 2', 'Content-Length: 2'),
    ...byNode,
  },
  { number: 'A8', what: 'length +2', bytes: () => lengths('Content-Length: +2'), ...byNode },
  { number: 'A9', what: 'length 2, 2', bytes: () => lengths('Content-Length: 2, 2'), ...byNode },
  { number: 'A10', what: 'length -1', bytes: () => lengths('Content-Length: -1'), ...byNode },
  {
    number: 'A11',
    what: 'an unknown transfer encoding',
    bytes: () => lengths('Transfer-Encoding: xchunked'),
    ...byNode,
  },
  {
    number: 'A11',
    what: 'a known and an unknown transfer encoding',
    bytes: () => lengths('Transfer-Encoding: gzip, chunked'),
    ...byNode,
  },
  {
    number: 'A12',
    what: 'chunks that are not the last encoding',
    bytes: () => lengths('Transfer-Encoding: chunked, identity'),
    ...byNode,
  },
  { number: 'A13', what: 'a broken chunk', bytes: chunked('2\r\n{}\r\nZZ\r\n'), ...byNode },
  { number: 'A13', what: 'a negative chunk', bytes: chunked('-1\r\n{}\r\n0\r\n\r\n'), ...byNode },
  {
    number: 'A14',
    what: 'a chunk extension of 20 KiB',
    bytes: chunked(`2;a=${'b'.repeat(20_480)}\r\n{}\r\n0\r\n\r\n`),
    status: 413,
  },
  { number: 'A15', what: 'a folded header', bytes: header('X-A: 1\r\n folded'), ...byNode },
  { number: 'A16', what: 'a space before the colon', bytes: header('X-A : 1'), ...byNode },
  { number: 'A16', what: 'a space in a name', bytes: header('X A: 1'), ...byNode },
  { number: 'A16', what: 'no name', bytes: header(': 1'), ...byNode },
  { number: 'A17', what: 'NUL in a header', bytes: header('X-A: \u0000'), ...byNode },
  {
    number: 'A18',
    what: 'bare line feeds',
    bytes: () => 'GET /v1 HTTP/1.1\nHost: h\n\n',
    ...byNode,
  },
  { number: 'A19', what: 'a bare carriage return', bytes: header('X-A: a\rb'), ...byNode },
  {
    number: 'A20',
    what: 'a header of 20 KiB',
    bytes: header(`X-A: ${'a'.repeat(20_480)}`),
    status: 431,
  },
  {
    number: 'A21',
    what: '1,000 headers before the credentials',
    bytes: (place) =>
      head([
        'GET /v1 HTTP/1.1',
        'Host: h',
        ...Array.from({ length: 1000 }, (_, n) => `a${n}:`),
        `Authorization: ${basic(place.user)}`,
      ]),
    status: 431,
    code: 'HeadersTooLarge',
  },
  {
    number: 'A22',
    what: 'another host in the target',
    bytes: get('http://evil.example/v1'),
    ...broken,
  },
  { number: 'A23', what: 'OPTIONS *', bytes: get('*', { method: 'OPTIONS' }), ...broken },
  { number: 'A23', what: 'GET *', bytes: get('*'), ...broken },
  {
    number: 'A24',
    what: 'another host as the path',
    bytes: get('//evil.example/%2e%2e'),
    status: 404,
    code: 'NotFound',
  },
  { number: 'A25', what: 'a space in the path', bytes: get('/v1/a b'), ...byNode },
  { number: 'A26', what: 'a byte beyond ASCII in the path', bytes: get('/v1/\u00ff'), ...byNode },
  {
    number: 'A27',
    what: 'TRACE',
    bytes: get('/v1/networks', { method: 'TRACE' }),
    status: 405,
    code: 'MethodNotAllowed',
  },
  {
    number: 'A28',
    what: 'CONNECT',
    bytes: () => head(['CONNECT evil.example:443 HTTP/1.1', 'Host: evil.example:443']),
    status: 'none',
  },
  {
    number: 'A29',
    what: 'another protocol, which nobody here speaks',
    bytes: get('/v1', { headers: ['Connection: Upgrade', 'Upgrade: websocket'] }),
    status: 200,
  },
  {
    number: 'A30',
    what: 'TLS on the plain port',
    bytes: () => Buffer.from('16030100a5010000a10303', 'hex'),
    ...byNode,
  },
];
