import t from 'tap';
import { basic, serve } from '../served.js';

const LIMIT = 1024 * 1024;
const TOO_LARGE = /^HTTP\/1\.1 413 .*"the body is longer than 1048576 bytes"/s;
const BOUNDARY = 'x7Kq';

const json = (size: number): string => `{"name":"${'a'.repeat(size - 11)}"}`;
const form = (size: number): string => `name=${'a'.repeat(size - 5)}`;
const multipart = (size: number): string => {
  const head = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="name"\r\n\r\n`;
  const tail = `\r\n--${BOUNDARY}--\r\n`;
  return `${head}${'a'.repeat(size - head.length - tail.length)}${tail}`;
};

const KINDS: readonly (readonly [string, string, (size: number) => string])[] = [
  ['JSON', 'application/json', json],
  ['a form', 'application/x-www-form-urlencoded', form],
  ['multipart', `multipart/form-data; boundary=${BOUNDARY}`, multipart],
  ['no type', '', form],
  ['another type', 'image/png', form],
];

t.test('no way of sending a body leads around its limit', async (t) => {
  const served = await serve(t);
  const send = async (
    [method, type]: readonly [string, string],
    body: string,
    more = '',
  ): Promise<string> => {
    const path = method === 'POST' ? '/v1/volumes' : '/v1/volumes/7';
    const chunked = more.includes('chunked');
    const framed = chunked ? `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n` : body;
    const answer = await served.raw(
      `${method} ${path} HTTP/1.1\r\nHost: h\r\nAuthorization: ${basic(served.user)}\r\nConnection: close\r\n` +
        `${type === '' ? '' : `Content-Type: ${type}\r\n`}${chunked ? '' : `Content-Length: ${body.length}\r\n`}${more}\r\n${framed}`,
    );
    return answer.replace(/^HTTP\/1\.1 100 .*\r\n\r\n/, '');
  };
  for (const [what, type, of] of KINDS) {
    for (const more of ['', 'Transfer-Encoding: chunked\r\n', 'Expect: 100-continue\r\n']) {
      for (const method of ['POST', 'PUT'])
        t.match(
          await send([method, type], of(LIMIT + 1), more),
          TOO_LARGE,
          `${method} of ${what} ${more.trim()}`,
        );
    }
    t.notMatch(await send(['POST', type], of(LIMIT)), TOO_LARGE, `${what}, just small enough`);
  }
  t.match(await send(['DELETE', ''], form(LIMIT + 1)), TOO_LARGE, 'nor what DELETE throws away');
  t.equal(served.cloud.writes, 0);
});

t.test('nobody who is not known makes us keep a body', async (t) => {
  const served = await serve(t);
  const answer = await served.raw(
    'POST /v1/volumes HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 999999999999\r\n\r\n{',
  );
  t.match(answer, /^HTTP\/1\.1 401 /, 'it is answered before its body has come');
});
