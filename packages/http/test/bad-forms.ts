import { type BadInput, post } from './bad-input.js';

const form = (body: string) =>
  post(body, { type: 'application/x-www-form-urlencoded', path: '/v1/virtualmachines' });
const multipart = (body: string, boundary = 'b') =>
  post(body.replaceAll('\n', '\r\n'), {
    type: `multipart/form-data${boundary === '' ? '' : `; boundary=${boundary}`}`,
  });
const part = (name: string, value: string) =>
  `--b\nContent-Disposition: form-data; name="${name}"\n\n${value}\n`;
const BODY = 'InvalidBodyContent';

/** List E: forms and multipart. */
export const BAD_FORMS: readonly BadInput[] = [
  { name: 'E1 nesting bomb', bytes: form(`a${'[b]'.repeat(100)}=1`), status: 400, code: BODY },
  {
    name: 'E2 prototype in a form',
    bytes: form('a[__proto__][x]=1'),
    status: 422,
    fieldName: '__proto__',
  },
  {
    name: 'E2 prototype in JSON in a form',
    bytes: form('data=%7B%22__proto__%22:1%7D'),
    status: 422,
    fieldName: '__proto__',
  },
  {
    name: 'E3 scalar twice',
    bytes: form('name=a&name=b'),
    status: 422,
    code: 'InvalidFormat',
    fieldName: 'name',
  },
  {
    name: 'E4 list and object in one',
    bytes: form('name=a&name[b]=c'),
    status: 422,
    fieldName: 'name',
  },
  {
    name: 'E5 no boundary',
    bytes: multipart(`${part('a', 'b')}--b--\n`, ''),
    status: 400,
    code: BODY,
  },
  {
    name: 'E5 boundary of 1 KiB',
    bytes: multipart('--x\n', 'x'.repeat(1024)),
    status: 400,
    code: BODY,
  },
  {
    name: 'E6 part without a name',
    bytes: multipart('--b\nContent-Disposition: form-data\n\nx\n--b--\n'),
    status: [400, 422],
  },
  {
    name: 'E7 a file',
    bytes: multipart(
      '--b\nContent-Disposition: form-data; name="a"; filename="../../x"\n\nx\n--b--\n',
    ),
    status: 415,
    code: 'UnsupportedMediaType',
  },
  {
    name: 'E8 10,001 parts',
    bytes: multipart(`${part('a', 'b').repeat(10_001)}--b--\n`),
    status: 400,
    code: BODY,
  },
  {
    name: 'E9 part header of 64 KiB',
    bytes: multipart(
      `--b\nContent-Disposition: form-data; name="${'n'.repeat(65_536)}"\n\nx\n--b--\n`,
    ),
    status: 400,
  },
  {
    name: 'E9 part name with a prototype',
    bytes: multipart(`${part('__proto__', 'b')}--b--\n`),
    status: 422,
  },
  {
    name: 'E10 unfinished multipart',
    bytes: multipart(part('name', 'b')),
    status: 400,
    code: BODY,
  },
  {
    name: 'E10 unfinished file',
    bytes: multipart('--b\nContent-Disposition: form-data; name="a"; filename="x"\n\nx'),
    status: [400, 415],
  },
  {
    name: 'invalid UTF-8 in a part',
    bytes: post(
      Buffer.from(`${part('name', '\u00ff')}--b--\n`.replaceAll('\n', '\r\n'), 'latin1'),
      { type: 'multipart/form-data; boundary=b' },
    ),
    status: 400,
    code: BODY,
  },
  {
    name: 'E11 form from another site',
    bytes: post('name=a', {
      type: 'application/x-www-form-urlencoded',
      headers: ['Sec-Fetch-Site: cross-site'],
    }),
    status: 403,
    code: 'InvalidCSRFToken',
  },
  { name: 'E12 broken percent', bytes: form('name=%zz'), status: 400 },
  { name: 'form of 1,001 values', bytes: form('a=1&'.repeat(1001)), status: 400, code: BODY },
];
