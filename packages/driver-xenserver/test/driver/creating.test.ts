import { asFence, asUuid, type ServerDesired } from '@gdcloud/core';
import {
  type Connect,
  createXenserverDriver,
  type XenserverDriver,
} from '@gdcloud/driver-xenserver';
import t from 'tap';
import { keyOf, present, serverOn } from '../cloud.js';
import { type Laboratory, openLaboratory } from '../pool-in-process.js';
import { methodIn } from '../spoken.js';

const key = keyOf('0190a000-0000-7000-8000-00000000c001');
const VOLUME = asUuid('0190a000-0000-7000-8000-00000000d001');

/** A process of its own on the laboratory's pool; `before` is told of each call it is about to make. */
function another(
  { clock, pool }: Laboratory,
  before: (method: string) => Promise<unknown> | undefined = () => undefined,
): XenserverDriver {
  const connect: Connect = (url) => {
    const wire = pool.connect(url);
    return {
      origin: wire.origin,
      post: async (body, exchange) => {
        await before(methodIn(body));
        return wire.post(body, exchange);
      },
      close: () => wire.close(),
    };
  };
  return createXenserverDriver(
    { url: pool.url, username: pool.username, password: pool.password, deployment: 'test' },
    { clock, connect },
  );
}

function guests({ pool }: Laboratory) {
  return pool.rows.list('VM').filter(({ record }) => record['is_control_domain'] !== true);
}

function withDisk(lab: Laboratory): ServerDesired {
  return serverOn(lab.host, { disks: [{ device: 0, volume: VOLUME }] });
}

function insertDisk({ pool }: Laboratory): void {
  const [repository] = pool.rows.list('SR');
  pool.rows.insert('VDI', {
    uuid: VOLUME,
    SR: repository?.ref ?? '',
    location: VOLUME,
    virtual_size: 2 ** 30,
    managed: true,
    type: 'user',
  });
}

t.test('a server is made with its devices, and tells of each', async (t) => {
  const lab = openLaboratory();
  insertDisk(lab);
  const accepted = await lab.clock.until(lab.driver.servers.create(key, withDisk(lab), lab.call()));
  const [guest] = guests(lab);
  t.same(accepted, { external: guest?.record['uuid'], settled: true, made: ['disks.0'] });
  t.equal(lab.pool.rows.list('VBD').length, 1);
});

t.test('a device that can not be made yet is left to the next look', async (t) => {
  const lab = openLaboratory();
  const { clock, driver } = lab;
  const desired = withDisk(lab);
  t.match(await clock.until(driver.servers.create(key, desired, lab.call())), { made: [] });
  const seen = present(await clock.until(driver.servers.observe(key, desired, lab.call())));
  const [change] = seen.changes;
  t.equal(change?.field, 'disks.0');
  if (change === undefined) return;
  await t.rejects(clock.until(driver.servers.update(key, desired, change, lab.call())), {
    code: 'DiskUnknown',
  });
  insertDisk(lab);
  t.same(await lab.converge(driver.servers, key, desired), ['disks.0', 'powerState']);
});

t.test('who makes a server late, after another process has, takes back what it made', async (t) => {
  const lab = openLaboratory();
  const { clock } = lab;
  insertDisk(lab);
  const desired = withDisk(lab);
  const late = another(lab);
  const seen = await clock.until(late.servers.observe(key, desired, lab.call()));
  t.equal(seen.presence, 'absent');
  await lab.converge(lab.driver.servers, key, desired);
  const [before] = guests(lab);
  const accepted = await clock.until(late.servers.create(key, desired, lab.call()));
  t.equal(accepted.external, before?.record['uuid']);
  t.same(guests(lab), [before], 'the server that there was, as it was');
  t.equal(lab.pool.rows.list('VBD').length, 1);
});

t.test('of two who make a server at once one takes back what it made', async (t) => {
  const lab = openLaboratory();
  const { clock } = lab;
  const desired = serverOn(lab.host, { powerState: 'halted' });
  const [one, other] = [another(lab), another(lab)];
  for (const { servers } of [one, other]) {
    await clock.until(servers.observe(key, desired, lab.call()));
  }
  const made = await clock.until(
    Promise.all([one, other].map(({ servers }) => servers.create(key, desired, lab.call()))),
  );
  const left = guests(lab).map(({ record }) => record['uuid']);
  t.equal(left.length, 1);
  t.ok(
    made.every(({ external }) => external === left[0]),
    'and both know the one that stays',
  );
});

t.test('a new server that a newer holder has taken over already is left to that one', async (t) => {
  const lab = openLaboratory();
  const { clock, pool } = lab;
  const desired = serverOn(lab.host, { powerState: 'halted' });
  let looks = 0;
  const late = another(lab, (method) => {
    looks += method === 'VM.get_all_records_where' ? 1 : 0;
    if (method !== 'VM.get_all_records_where' || looks !== 2) return undefined;
    const [vm] = guests(lab);
    const config = vm?.record['other_config'];
    const taken = Object.fromEntries([...Object.entries(config ?? {}), ['gdcloud:fence', '0002']]);
    pool.rows.set('VM', vm?.ref ?? '', 'other_config', taken);
    return undefined;
  });
  const call = { ...lab.call(), fence: asFence('0001') };
  await clock.until(late.servers.observe(key, desired, call));
  await clock.until(late.servers.create(key, desired, call));
  t.equal(looks, 2);
  const [vm] = guests(lab);
  t.notMatch(vm?.record['other_config'], { 'gdcloud:self': String }, 'it is not even marked');
});

t.test('a create that is repeated looks before it makes anything', async (t) => {
  const lab = openLaboratory();
  const { clock, driver, transcript } = lab;
  const desired = serverOn(lab.host);
  await clock.until(driver.servers.observe(key, desired, lab.call()));
  const first = await clock.until(driver.servers.create(key, desired, lab.call()));
  const second = await clock.until(driver.servers.create(key, desired, lab.call()));
  t.equal(second.external, first.external);
  t.equal(transcript.filter((text) => text.includes('"VM.create"')).length, 1);
});
