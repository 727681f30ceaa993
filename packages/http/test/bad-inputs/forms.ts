import { type BadInput, put } from './bad-input.js';

const form = (text: string) => put(text, { type: 'application/x-www-form-urlencoded' });
const multipart = (text: string, parameter = '; boundary=b') =>
  put(text.replaceAll('\n', '\r\n'), { type: `multipart/form-data${parameter}` });
const part = (name: string, value: string) =>
  `--b\nContent-Disposition: form-data; name="${name}"\n\n${value}\n`;
const file = (name: string) =>
  multipart(`--b\nContent-Disposition: form-data; name="a"; filename="${name}"\n\nx\n--b--\n`);

const body = { status: 400, code: 'InvalidBodyContent' } as const;
const format = { status: 422, code: 'InvalidFormat' } as const;
const media = { status: 415, code: 'UnsupportedMediaType' } as const;
const crossSite = { status: 403, code: 'InvalidCSRFToken' } as const;

/** List E: forms and multipart. */
export const BAD_FORMS: readonly BadInput[] = [
  { number: 'E1', what: 'a name in 100 names', bytes: form(`a${'[b]'.repeat(100)}=1`), ...body },
  {
    number: 'E2',
    what: 'a prototype',
    bytes: form('a[__proto__][x]=1'),
    ...format,
    fieldName: '__proto__',
  },
  { number: 'E2', what: 'a constructor', bytes: form('constructor[prototype][x]=1'), ...format },
  { number: 'E2', what: 'an encoded prototype', bytes: form('%5f_proto__%5bx%5d=1'), ...format },
  {
    number: 'E2',
    what: 'a prototype in JSON in a form',
    bytes: form('data=%7B%22__proto__%22:1%7D'),
    ...format,
    fieldName: '__proto__',
  },
  {
    number: 'E2',
    what: 'a part of that name',
    bytes: multipart(`${part('__proto__', 'b')}--b--\n`),
    ...format,
  },
  {
    number: 'E3',
    what: 'one value twice',
    bytes: form('name=a&name=b'),
    ...format,
    fieldName: 'name',
  },
  {
    number: 'E4',
    what: 'list and object in one',
    bytes: form('name=a&name[b]=c'),
    ...format,
    fieldName: 'name',
  },
  {
    number: 'E4',
    what: 'list and object in one map',
    bytes: form('data[]=a&data[b]=c&name[x]=1'),
    ...format,
  },
  { number: 'E5', what: 'no boundary', bytes: multipart(`${part('a', 'b')}--b--\n`, ''), ...body },
  {
    number: 'E5',
    what: 'a boundary of 1 KiB',
    bytes: multipart('--x\n', `; boundary=${'x'.repeat(1024)}`),
    ...body,
  },
  {
    number: 'E5',
    what: 'the boundary within a value',
    bytes: multipart(`${part('name[x]', 'before --b after')}--b--\n`),
    ...format,
    fieldName: 'name',
  },
  {
    number: 'E6',
    what: 'a part without a name',
    bytes: multipart('--b\nContent-Disposition: form-data\n\nx\n--b--\n'),
    ...body,
  },
  { number: 'E7', what: 'a file name that leads out', bytes: file('../../x'), ...media },
  { number: 'E7', what: 'a file name with NUL', bytes: file('a\u0000b'), ...media },
  { number: 'E7', what: 'a file name of 4 KiB', bytes: file('a'.repeat(4096)), ...media },
  {
    number: 'E8',
    what: '10,001 parts',
    bytes: multipart(`${part('a', 'b').repeat(10_001)}--b--\n`),
    ...body,
  },
  { number: 'E8', what: '1,001 values', bytes: form('a=1&'.repeat(1001)), ...body },
  {
    number: 'E9',
    what: 'a part header of 64 KiB',
    bytes: multipart(`${part('n'.repeat(65_536), 'x')}--b--\n`),
    ...body,
  },
  { number: 'E10', what: 'no last boundary', bytes: multipart(part('name', 'b')), ...body },
  {
    number: 'E10',
    what: 'no end, and the client leaves',
    bytes: (place) => {
      const whole = multipart(`${part('name', 'b')}--b--\n`)(place);
      return whole.subarray(0, whole.length - 12);
    },
    status: 400,
    sender: 'leaves',
  },
  {
    number: 'E10',
    what: 'bytes that are no UTF-8 in a part',
    bytes: put(Buffer.from(`${part('name', '\u00ff')}--b--\n`.replaceAll('\n', '\r\n'), 'latin1'), {
      type: 'multipart/form-data; boundary=b',
    }),
    ...body,
  },
  ...['cross-site', 'same-site'].map((site) => ({
    number: 'E11',
    what: `a form from a page that is ${site}`,
    bytes: put('name=a', {
      type: 'application/x-www-form-urlencoded',
      headers: [`Sec-Fetch-Site: ${site}`],
    }),
    ...crossSite,
  })),
  {
    number: 'E11',
    what: 'a form of which a browser does not say where it comes from',
    bytes: put('name=a', {
      type: 'application/x-www-form-urlencoded',
      headers: ['User-Agent: Mozilla/5.0', 'Accept: application/json'],
    }),
    ...crossSite,
  },
  {
    number: 'E12',
    what: 'a broken percent',
    bytes: form('name=%zz'),
    status: 400,
    code: 'BadRequest',
  },
  {
    number: 'E12',
    what: 'no UTF-8 behind percents',
    bytes: form('name=%ff'),
    status: 400,
    code: 'BadRequest',
  },
];
