import { setImmediate as immediate } from 'node:timers/promises';
import { sealingKeysFrom } from '@gdcloud/core';
import t from 'tap';
import { serveRealCloud } from './real-cloud.js';
import { at } from './served.js';

const BROWSER = { accept: 'text/html,*/*', 'user-agent': 'Mozilla/5.0' };
const USER_DATA = '#cloud-config\n# <canary> & "more"\n';

t.test('what is kept sealed and shown is shown as it was sent', async (t) => {
  const real = await serveRealCloud(t);
  const { id: networkId } = (await real.post('/v1/networks', { ipv4Cidr: '10.0.0.0/24' })) as {
    id: string;
  };
  const body = { offering: '1gb-1cpu', imageId: '1', networkId };
  const made = await real.post('/v1/virtualmachines', { ...body, userData: USER_DATA });
  t.equal(at(made, 'userData'), USER_DATA);
  const path = `/v1/virtualmachines/${String(at(made, 'id'))}`;
  for (const look of ['the first time', 'once more'])
    t.equal(at((await real.fetch(path)).json, 'userData'), USER_DATA, look);
  t.match((await real.fetch('/v1/virtualmachines')).json, { data: [{ userData: USER_DATA }] });
  const page = await real.fetch(path, { headers: BROWSER });
  t.equal(page.status, 200);
  t.match(page.text, '&lt;canary&gt;');
  const none = await real.post('/v1/virtualmachines', body);
  t.equal(at(none, 'userData'), null);
  t.notMatch(page.text + (await real.fetch('/v1/virtualmachines')).text, '"sealed"');
});

t.test('one value that can’t be read takes nothing else away', async (t) => {
  const keys = sealingKeysFrom([new Uint8Array(32)]);
  let isLost = false;
  const real = await serveRealCloud(t, {
    cloud: { sealingKeys: { ...keys, find: (id) => (isLost ? undefined : keys.find(id)) } },
  });
  const network = await real.post('/v1/networks', { ipv4Cidr: '10.0.0.0/24' });
  const body = { offering: '1gb-1cpu', imageId: '1', networkId: String(at(network, 'id')) };
  isLost = true;
  await real.post('/v1/virtualmachines', { ...body, name: 'unread', userData: USER_DATA });
  await real.post('/v1/virtualmachines', { ...body, name: 'plain' });
  const list = await real.fetch('/v1/virtualmachines?sort=id');
  t.equal(list.status, 200);
  t.match(list.json, {
    data: [
      { name: 'unread', userData: null },
      { name: 'plain', userData: null },
    ],
  });
  const path = `/v1/virtualmachines/${String(at(list.json, 'data', 0, 'id'))}`;
  for (const headers of [{}, BROWSER]) t.equal((await real.fetch(path, { headers })).status, 200);
  // Until nothing changes any more, and it is told once more how it was written before.
  while (at((await real.fetch(path)).json, 'transitioning') !== 'error') await immediate();
  t.equal(at((await real.fetch(path)).json, 'userData'), null);
  isLost = false;
  t.equal(at((await real.fetch(path)).json, 'userData'), USER_DATA, 'until its key is back');
});
