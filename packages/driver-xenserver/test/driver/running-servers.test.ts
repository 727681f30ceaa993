import { asUuid, type JsonObject, type ServerDesired } from '@gdcloud/core';
import { type Connect, createXenserverDriver } from '@gdcloud/driver-xenserver';
import t from 'tap';
import { keyOf, present, serverOn } from '../cloud.js';
import { type Laboratory, openLaboratory } from '../pool-in-process.js';

const key = keyOf('0190a000-0000-7000-8000-00000000c001');
const MIB = 2 ** 20;

function disk(nth: number): string {
  return `0190a000-0000-7000-8000-00000000d00${nth}`;
}

function withDisks(desired: ServerDesired, ...devices: readonly number[]): ServerDesired {
  return {
    ...desired,
    disks: devices.map((device) => ({ device, volume: asUuid(disk(device)) })),
  };
}

/** A pool with a few disks in it. */
function laboratory(): Laboratory & { readonly desired: ServerDesired } {
  const lab = openLaboratory();
  const [repository] = lab.pool.rows.list('SR');
  for (const nth of [0, 1, 2]) {
    const uuid = disk(nth);
    const SR = repository?.ref ?? '';
    lab.pool.rows.insert('VDI', {
      uuid,
      SR,
      location: uuid,
      virtual_size: 2 ** 30,
      managed: true,
      type: 'user',
    });
  }
  return { ...lab, desired: withDisks(serverOn(lab.host), 0) };
}

function guestOf({ pool }: Laboratory): { readonly ref: string; readonly record: JsonObject } {
  const [guest] = pool.rows.list('VM').filter(({ record }) => record['is_control_domain'] !== true);
  if (guest === undefined) throw new Error('the pool has no guest');
  return guest;
}

async function seen(lab: Laboratory, desired: ServerDesired) {
  const { clock, driver } = lab;
  return present(await clock.until(driver.servers.observe(key, desired, lab.call())));
}

function setGuest({ pool }: Laboratory, fields: JsonObject): void {
  for (const { ref } of pool.rows.list('VM_guest_metrics')) {
    for (const [field, value] of Object.entries(fields)) {
      pool.rows.set('VM_guest_metrics', ref, field, value);
    }
  }
}

/** What the guest has of its memory, in MiB. */
function setMemory(lab: Laboratory, size: number): void {
  const { metrics } = guestOf(lab).record;
  lab.pool.rows.set('VM_metrics', String(metrics), 'memory_actual', size * MIB);
}

const TOOLS = {
  PV_drivers_detected: true,
  PV_drivers_version: { major: '8', minor: '2', micro: '0', build: '-1' },
  other: { 'feature-vcpu-hotplug': '1' },
};
const NO_TOOLS = { PV_drivers_detected: false, PV_drivers_version: {}, networks: {} };

/** The same pool through a wire on which one call is refused, as XAPI refuses it. */
function refusing(lab: Laboratory, method: string, code: string) {
  let left = 1;
  const connect: Connect = (url) => {
    const wire = lab.pool.connect(url);
    return {
      origin: wire.origin,
      close: () => wire.close(),
      post: async (body, exchange) => {
        const call = JSON.parse(body) as { readonly method: string };
        if (call.method !== method || left === 0) return wire.post(body, exchange);
        left -= 1;
        return JSON.stringify({
          jsonrpc: '2.0',
          id: 1,
          error: { code: 1, message: code, data: ['OpaqueRef:some'] },
        });
      },
    };
  };
  const { url, username, password } = lab.pool;
  return createXenserverDriver(
    { url, username, password, deployment: 'test' },
    { clock: lab.clock, connect },
  ).servers;
}

t.test('fewer processors and less memory are had live', async (t) => {
  const lab = laboratory();
  const { servers } = lab.driver;
  await lab.converge(servers, key, lab.desired);
  const smaller = { ...lab.desired, ramSizeMb: 512, cpuCount: 1 };
  t.same(await lab.converge(servers, key, smaller), ['ramSizeMb', 'cpuCount']);
  t.match(guestOf(lab).record, {
    power_state: 'Running',
    domid: 1,
    memory_dynamic_max: 512 * MIB,
    VCPUs_at_startup: 1,
  });
  setMemory(lab, 512);
  t.match((await seen(lab, smaller)).actual, { ramSizeMb: 512, cpuCount: 1, pendingRestart: [] });
  t.same(await lab.converge(servers, key, lab.desired), ['ramSizeMb', 'cpuCount']);
});

t.test('a guest that does not give back its memory keeps it, and is said to', async (t) => {
  const lab = laboratory();
  const { servers } = lab.driver;
  await lab.converge(servers, key, lab.desired);
  const smaller = { ...lab.desired, ramSizeMb: 512 };
  await lab.converge(servers, key, smaller);
  setMemory(lab, 1000);
  t.match((await seen(lab, smaller)).actual, {
    ramSizeMb: 1024,
    pendingRestart: [{ field: 'ramSizeMb', reason: 'its guest has not given back the memory yet' }],
  });
});

t.test('what a running server can not have waits for its restart, and comes with it', async (t) => {
  const lab = laboratory();
  const { servers } = lab.driver;
  await lab.converge(servers, key, lab.desired);
  const larger = { ...lab.desired, ramSizeMb: 4096, cpuCount: 8 };
  t.same(await lab.converge(servers, key, larger), []);
  t.match((await seen(lab, larger)).actual, {
    ramSizeMb: 1024,
    cpuCount: 2,
    pendingRestart: [{ field: 'ramSizeMb' }, { field: 'cpuCount' }],
  });
  const restarted = { ...larger, restarts: 1 };
  await lab.converge(servers, key, restarted);
  t.match((await seen(lab, restarted)).actual, {
    powerState: 'running',
    restarts: 1,
    ramSizeMb: 4096,
    cpuCount: 8,
    pendingRestart: [],
  });
  t.equal(guestOf(lab).record['domid'], 2, 'it was started once more, and not rebooted besides');
});

t.test('without tools nothing of a fully virtualised guest changes while it runs', async (t) => {
  const lab = laboratory();
  const { servers } = lab.driver;
  const desired: ServerDesired = { ...lab.desired, bootMode: 'hvm' };
  await lab.converge(servers, key, desired);
  setGuest(lab, NO_TOOLS);
  const more = withDisks({ ...desired, cpuCount: 1 }, 0, 1);
  t.same(await lab.converge(servers, key, more), ['disks.1'], 'it is put into the record only');
  const waiting = (await seen(lab, more)).actual;
  t.equal(waiting.guest, undefined);
  t.match(waiting.pendingRestart, [
    { field: 'cpuCount', reason: 'its guest has no tools' },
    { field: 'disks.1', reason: 'its guest has no tools' },
  ]);
  // The tools come up: nobody has to restart anything.
  setGuest(lab, TOOLS);
  t.same(await lab.converge(servers, key, more), ['cpuCount', 'disks.1']);
  t.same((await seen(lab, more)).actual.pendingRestart, []);
});

t.test('a restart plugs in what has waited for it', async (t) => {
  const lab = laboratory();
  const { servers } = lab.driver;
  const desired: ServerDesired = { ...lab.desired, bootMode: 'hvm' };
  await lab.converge(servers, key, desired);
  setGuest(lab, NO_TOOLS);
  const more = withDisks({ ...desired, restarts: 1 }, 0, 1);
  await lab.converge(servers, key, more);
  t.ok(lab.pool.rows.list('VBD').every(({ record }) => record['currently_attached'] === true));
  setGuest(lab, NO_TOOLS);
  t.same((await seen(lab, more)).actual.pendingRestart, []);
  const fewer = { ...withDisks(desired, 0), restarts: 2 };
  await lab.converge(servers, key, fewer);
  t.equal(lab.pool.rows.list('VBD').length, 1, 'and takes out what was to go');
});

t.test('a guest that keeps a device holds up nothing else, and is asked again', async (t) => {
  const lab = laboratory();
  const { servers } = lab.driver;
  const two = withDisks(lab.desired, 0, 1);
  await lab.converge(servers, key, two);
  for (const code of ['DEVICE_DETACH_REJECTED', 'DEVICE_DETACH_TIMEOUT', 'VBD_NOT_UNPLUGGABLE']) {
    const busy = refusing(lab, 'Async.VBD.unplug', code);
    await lab.converge(servers, key, two);
    t.same(
      await lab.converge(busy, key, { ...lab.desired, name: code }),
      ['name', 'disks.1'],
      code,
    );
    const { actual } = await seen(lab, lab.desired);
    t.match(actual.pendingRestart, [{ field: 'disks.1', reason: String }], code);
    await lab.clock.until(lab.clock.wait(61_000));
    t.same(
      await lab.converge(servers, key, { ...lab.desired, name: code }),
      ['disks.1', 'disks.1'],
      'a minute later it is free',
    );
    t.same((await seen(lab, lab.desired)).actual.pendingRestart, []);
  }
});

t.test('a device that was made fast is made loose first', async (t) => {
  const lab = laboratory();
  const { servers } = lab.driver;
  const two = withDisks(lab.desired, 0, 1);
  await lab.converge(servers, key, two);
  const [fast] = lab.pool.rows.list('VBD').filter(({ record }) => record['userdevice'] === '1');
  lab.pool.rows.set('VBD', fast?.ref ?? '', 'unpluggable', false);
  t.same(await lab.converge(servers, key, lab.desired), ['disks.1', 'disks.1', 'disks.1']);
  t.equal(lab.pool.rows.list('VBD').length, 1);
});

t.test('on a server that is off a device is only made and removed', async (t) => {
  const lab = laboratory();
  const { servers } = lab.driver;
  const off: ServerDesired = { ...lab.desired, powerState: 'halted' };
  await lab.converge(servers, key, off);
  t.same(await lab.converge(servers, key, withDisks(off, 0, 1)), ['disks.1']);
  t.same(await lab.converge(servers, key, off), ['disks.1']);
  t.equal(lab.pool.rows.list('VBD').length, 1);
});

t.test('devices that are let go of late are waited for', async (t) => {
  const lab = laboratory();
  const { servers } = lab.driver;
  const off: ServerDesired = { ...lab.desired, powerState: 'halted' };
  await lab.converge(servers, key, off);
  const [late] = lab.pool.rows.list('VBD');
  lab.pool.rows.set('VBD', late?.ref ?? '', 'currently_attached', true);
  const { clock } = lab;
  const none = { ...off, disks: [] };
  const [change] = (await seen(lab, none)).changes;
  if (change === undefined) throw new Error('nothing is planned');
  t.equal((await clock.until(servers.update(key, none, change, lab.call()))).settled, false);
  t.equal((await clock.until(servers.delete(key, lab.call()))).settled, false);
  t.equal(lab.pool.rows.list('VBD').length, 1);
  lab.pool.rows.set('VBD', late?.ref ?? '', 'currently_attached', false);
  await lab.remove(servers, key);
  t.equal(lab.pool.rows.list('VBD').length, 0);
});

t.test('a copy that somebody has made of a server is not ours', async (t) => {
  const lab = laboratory();
  const { servers } = lab.driver;
  await lab.converge(servers, key, lab.desired);
  const { record } = guestOf(lab);
  const { uuid: _uuid, ...copied } = record;
  const copy = lab.pool.rows.insert('VM', {
    ...copied,
    power_state: 'Halted',
    domid: -1,
    VBDs: [],
    VIFs: [],
    consoles: [],
  });
  const looked = await seen(lab, lab.desired);
  t.equal(looked.external, record['uuid']);
  t.equal(looked.duplicates, undefined, 'it is no twin that would have to go');
  const { objects } = await lab.clock.until(servers.list(undefined, lab.call()));
  t.same(objects.length, 1);
  await lab.remove(servers, key);
  t.ok(
    lab.pool.rows.list('VM').some(({ ref }) => ref === copy),
    'and it stays when ours goes',
  );
});

t.test('a server that lost its process before it was marked is marked by the next', async (t) => {
  const lab = laboratory();
  const { servers } = lab.driver;
  const dying = refusing(lab, 'VM.add_to_other_config', 'INTERNAL_ERROR');
  t.match(await lab.clock.until(dying.create(key, lab.desired, lab.call())), { settled: true });
  t.same(await lab.converge(servers, key, lab.desired), ['claim', 'powerState']);
  const { uuid, other_config: config } = guestOf(lab).record;
  t.match(config, { 'gdcloud:self': uuid });
});

t.test('a server that can not boot is not started again and again', async (t) => {
  const lab = laboratory();
  const broken = refusing(lab, 'Async.VM.start_on', 'BOOTLOADER_FAILED');
  await t.rejects(lab.converge(broken, key, lab.desired), {
    outcome: 'invalid',
    code: 'BOOTLOADER_FAILED',
    remedy: 'Check the boot mode of the image and what its disk contains.',
  });
});
