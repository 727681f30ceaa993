import { randomUUID } from 'node:crypto';
import { asUuid, type ComputeDriver, DriverFailure, type ServerDesired } from '@gdcloud/core';
import type { XenserverOptions } from '@gdcloud/driver-xenserver';
import type { Test } from 'tap';
import {
  type Cloud,
  converge,
  driverFor,
  keyOf,
  remove,
  serverOn,
  startCloud,
  vlan,
} from './cloud.js';
import { type FlakyProxy, startFlakyProxy } from './flaky-proxy.js';
import { writeVhd } from './vhd-file.js';

const GIB = 2 ** 30;

interface Life {
  readonly server: string;
  readonly volume: string;
  /** A volume that it has for a while. */
  readonly data: string;
  readonly network: string;
}

/** From nothing to a server that was restarted once, had a disk more for a while and shrank: every kind of call the driver makes. */
async function live(driver: ComputeDriver, life: Life, host: string): Promise<void> {
  const desired: ServerDesired = serverOn(host, {
    disks: [{ device: 0, volume: asUuid(life.volume) }],
    nics: [
      {
        device: 0,
        network: asUuid(life.network),
        macAddress: '02:00:00:00:00:01',
        ipv4Address: '192.168.0.10',
      },
    ],
  });
  await converge(driver.disks, keyOf(life.volume), { name: 'root', sizeBytes: GIB });
  await converge(driver.segments, keyOf(life.network), vlan(100));
  await converge(driver.servers, keyOf(life.server), desired);
  const restarted: ServerDesired = { ...desired, restarts: 1 };
  await converge(driver.servers, keyOf(life.server), restarted);
  await converge(driver.disks, keyOf(life.data), { name: 'data', sizeBytes: GIB });
  const data = { device: 1, volume: asUuid(life.data) };
  await converge(driver.servers, keyOf(life.server), {
    ...restarted,
    disks: [...restarted.disks, data],
  });
  await converge(driver.servers, keyOf(life.server), { ...restarted, cpuCount: 1 });
}

async function undo(driver: ComputeDriver, life: Life): Promise<void> {
  await remove(driver.servers, keyOf(life.server));
  await remove(driver.segments, keyOf(life.network));
}

/** Runs `work` with a driver that dies at its first failure and is replaced by a new one, without any memory. */
export async function withRestarts(
  proxy: FlakyProxy,
  work: (driver: ComputeDriver) => Promise<unknown>,
  options: Partial<XenserverOptions> = {},
): Promise<void> {
  for (let lives = 0; lives < 5; lives += 1) {
    try {
      await work(driverFor(proxy.url, options));
      return;
    } catch (error) {
      if (!(error instanceof DriverFailure) || error.outcome === 'invalid') throw error;
    }
  }
  throw new Error('never recovers');
}

async function newLife(cloud: Cloud): Promise<Life> {
  const life = {
    server: randomUUID(),
    volume: randomUUID(),
    data: randomUUID(),
    network: randomUUID(),
  };
  await writeVhd(cloud.storage, life.volume, { sizeBytes: GIB });
  await writeVhd(cloud.storage, life.data, { sizeBytes: GIB });
  return life;
}

/** Breaks the connection once at each call that changes something, with a new driver after each break. */
export async function sweepCrashes(t: Test, when: 'before' | 'after'): Promise<void> {
  const cloud = await startCloud(t, { powerLatencyMs: 1, deviceLatencyMs: 0 });
  const proxy = await startFlakyProxy(t, cloud.simulator.url);
  const first = await newLife(cloud);
  await live(driverFor(proxy.url), first, cloud.host);
  await undo(driverFor(proxy.url), first);
  const length = proxy.requests;
  t.ok(length > 12, `${length} calls that change something`);

  for (let request = 1; request <= length; request += 1) {
    const life = await newLife(cloud);
    proxy.breakAt(request, when);
    await withRestarts(proxy, (driver) => live(driver, life, cloud.host));
    const guests = (await cloud.raw.records('VM')).filter(
      (vm) => vm['is_control_domain'] === false,
    );
    const shape = {
      guests: guests.length,
      vbds: (await cloud.raw.records('VBD')).length,
      vifs: (await cloud.raw.records('VIF')).length,
      vlans: (await cloud.raw.records('VLAN')).length,
      networks: (await cloud.raw.records('network')).length,
    };
    t.same(shape, { guests: 1, vbds: 1, vifs: 1, vlans: 2, networks: 2 }, `call ${request}`);
    // The pool counts domains through: each life takes one for its start and one for its restart.
    t.equal(guests[0]?.['domid'], 2 * (request + 1), `call ${request}: one start, one restart`);
    await withRestarts(proxy, (driver) => undo(driver, life));
  }
  t.same((await cloud.raw.records('VBD')).length, 0);
}
