import t from 'tap';
import { at, sends, serve } from './served.js';

t.test('JSON, urlencoded and multipart say the same', async (t) => {
  const served = await serve(t);
  const network = await served.fetch('/v1/networks', sends('POST', { ipv4Cidr: '10.0.0.0/24' }));
  const networkId = String(at(network.json, 'id'));
  const json = await served.fetch(
    '/v1/virtualmachines',
    sends('POST', {
      name: 'ä ☃ & = +',
      networkId,
      ramSizeMb: 2048,
      protect: true,
      expires: '2030-01-02T03:04:05Z',
      sshKeys: ['one', 'two'],
      labels: { tier: 'web', zone: 'a' },
      data: { free: [1, { deep: null }] },
    }),
  );
  const pairs: readonly (readonly [string, string])[] = [
    ['name', 'ä ☃ & = +'],
    ['networkId', networkId],
    ['ramSizeMb', '2048'],
    ['protect', 'True'],
    ['expires', '2030-01-02T03:04:05Z'],
    ['sshKeys', 'one'],
    ['sshKeys', 'two'],
    ['labels[tier]', 'web'],
    ['labels[zone]', 'a'],
    ['data', '{"free":[1,{"deep":null}]}'],
  ];
  const multipart = new FormData();
  for (const [name, value] of pairs) multipart.append(name, value);
  const urlencoded = new URLSearchParams();
  for (const [name, value] of pairs) urlencoded.append(name, value);
  const bodies = [urlencoded, multipart];
  const names = [
    'name',
    'networkId',
    'ramSizeMb',
    'protect',
    'expires',
    'expiresTS',
    'sshKeys',
    'labels',
    'data',
  ];
  t.equal(json.status, 201);
  t.equal(at(json.json, 'expiresTS'), Date.UTC(2030, 0, 2, 3, 4, 5));
  for (const body of bodies) {
    const reply = await served.fetch('/v1/virtualmachines', { method: 'POST', body });
    t.equal(reply.status, 201, reply.text);
    for (const name of names) t.same(at(reply.json, name), at(json.json, name), name);
  }
});

t.test('a uuid chosen by the client makes creating twice creating once', async (t) => {
  const served = await serve(t);
  const uuid = '0190a0b0-1111-7000-8000-00000000abcd';
  const first = await served.fetch('/v1/volumes', sends('POST', { uuid, sizeGb: 1 }));
  const second = await served.fetch('/v1/volumes', {
    method: 'POST',
    body: new URLSearchParams({ uuid, sizeGb: '1' }),
  });
  t.match(first, { status: 201, json: { uuid } });
  t.match(second, { status: 201, json: { uuid, id: at(first.json, 'id') } });
  t.equal(served.cloud.writes, 1);
});

t.test('a value that is shown once is in the answer to its POST and nowhere else', async (t) => {
  const served = await serve(t);
  const created = await served.fetch('/v1/apikeys', { method: 'POST' });
  t.match(created, { status: 201, json: { secretValue: 'shown only once' } });
  const read = await served.fetch(`/v1/apikeys/${String(at(created.json, 'id'))}`);
  t.equal(read.status, 200);
  t.notMatch(read.text, 'shown only once');
  const machine = await served.fetch(
    '/v1/virtualmachines',
    sends('POST', { rootPassword: 'canary-in-the-mine' }),
  );
  t.equal(machine.status, 201);
  t.notMatch(machine.text, 'rootPassword');
  const fields = await served.fetch('/v1/schemas/virtualmachine');
  t.match(at(fields.json, 'resourceFields', 'rootPassword'), {
    type: 'password',
    create: true,
    update: false,
  });
});
