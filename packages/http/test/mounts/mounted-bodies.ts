import type { Test } from 'tap';
import { at } from '../served.js';
import { mounted, type Subject } from './subject.js';

const FIELDS = { name: 'lan', ipv4Cidr: '10.0.0.0/24' };
const JSON_BODY = JSON.stringify(FIELDS);
const FORM_BODY = new URLSearchParams(FIELDS).toString();
const MULTIPART = 'multipart/form-data; boundary=b';

function multipart(parts: readonly string[]): string {
  return [
    ...parts.map((part) => `--b\r\ncontent-disposition: form-data; ${part}\r\n`),
    '--b--\r\n',
  ].join('');
}

const MULTIPART_BODY = multipart(
  Object.entries(FIELDS).map(([name, value]) => `name="${name}"\r\n\r\n${value}`),
);
const FILE_PART = `name="file"; filename="a.bin"\r\ncontent-type: application/octet-stream\r\n\r\n${'x'.repeat(50_000)}`;

/** Bodies reach the API in each of their forms, whoever looks at them first. */
export async function bodies(t: Test, subject: Subject): Promise<void> {
  await t.test(`${subject.name}: bodies are taken in every form, declared or not`, async (t) => {
    const { wire, headers } = await mounted(t, subject);
    for (const [type, body] of [
      ['application/json', JSON_BODY],
      ['application/json; charset=utf-8', JSON_BODY],
      ['application/x-www-form-urlencoded', JSON_BODY],
      [undefined, JSON_BODY],
      ['text/plain', JSON_BODY],
      ['no type', JSON_BODY],
      ['application/x-www-form-urlencoded', FORM_BODY],
      [undefined, FORM_BODY],
      [MULTIPART, MULTIPART_BODY],
    ] as const) {
      const made = await wire.ask('/cloud/v1/networks', {
        method: 'POST',
        headers: { ...headers, ...(type === undefined ? {} : { 'content-type': type }) },
        body,
      });
      t.match(made, { status: 201, json: FIELDS }, `${type} ${body.slice(0, 5)}`);
    }
  });

  await t.test(`${subject.name}: a file in a form is read to its end and refused`, async (t) => {
    const { wire, headers } = await mounted(t, subject);
    const answer = await wire.ask('/cloud/v1/networks', {
      method: 'POST',
      headers: { ...headers, 'content-type': MULTIPART },
      body: multipart([FILE_PART]),
    });
    t.match(answer, { status: 415, json: { code: 'UnsupportedMediaType' } });
  });

  await t.test(`${subject.name}: limits of bodies are the API's`, async (t) => {
    const { wire, headers } = await mounted(t, subject);
    const asked = { method: 'POST', headers: { ...headers, 'content-type': 'application/json' } };
    const long = JSON.stringify({ ...FIELDS, description: 'x'.repeat(200_000) });
    const refused = await wire.ask('/cloud/v1/networks', { ...asked, body: long });
    t.match(refused, { status: 413, json: { code: 'BodyTooLarge' } });
    const broken = await wire.ask('/cloud/v1/networks', { ...asked, body: '{"name":' });
    t.match(broken, { status: 400, json: { code: 'InvalidBodyContent' } });
  });

  await t.test(`${subject.name}: bodies of GET and DELETE disturb nobody`, async (t) => {
    const { wire, headers } = await mounted(t, subject);
    const form = { ...headers, 'content-type': 'application/x-www-form-urlencoded' };
    const made = await wire.ask('/cloud/v1/networks', { method: 'POST', headers, body: JSON_BODY });
    const path = `/cloud/v1/networks/${String(at(made.json, 'id'))}`;
    const length = { 'content-length': String(JSON_BODY.length) };
    const read = await wire.ask(path, { headers: { ...form, ...length }, body: JSON_BODY });
    t.match(read, { status: 200, json: FIELDS });
    for (const more of [{}, { 'content-type': 'no type' }]) {
      const asked = { method: 'DELETE', headers: { ...headers, ...length, ...more } };
      t.match(await wire.ask(path, { ...asked, body: JSON_BODY }), { status: 200 });
    }
  });

  if (subject.parsers === 'unknown') return;
  await t.test(
    `${subject.name}: what the host's own parsers have read is taken from them`,
    async (t) => {
      const { wire, headers } = await mounted(t, subject, 'before');
      const json = { ...headers, 'content-type': 'application/json' };
      const own = await wire.ask('/own', { method: 'POST', headers: json, body: JSON_BODY });
      t.match(own, { status: 200, json: FIELDS });
      for (const [type, body] of [
        ['application/json', JSON_BODY],
        ['application/x-www-form-urlencoded', FORM_BODY],
        [MULTIPART, MULTIPART_BODY],
      ] as const) {
        const asked = { method: 'POST', headers: { ...headers, 'content-type': type }, body };
        const made = await wire.ask('/cloud/v1/networks', asked);
        t.match(made, { status: 201, json: FIELDS }, type);
      }
      t.match(await wire.ask('/cloud/v1/networks', { headers }), { status: 200 });
    },
  );
}
