import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  asExternalId,
  asFence,
  asOperationKey,
  asUuid,
  type ComputeDriver,
  type Driver,
  type DriverCall,
  type ObjectKey,
  type Observation,
  type SegmentDesired,
  type ServerDesired,
} from '@gdcloud/core';
import {
  createXenserverDriver,
  type XenserverDriver,
  type XenserverOptions,
} from '@gdcloud/driver-xenserver';
import {
  type Simulator,
  type SimulatorOptions,
  startSimulator,
} from '@gdcloud/driver-xenserver/simulator';
import type { Test } from 'tap';
import { openRawPool, type RawPool } from './raw-pool.js';

/** A simulated pool with a driver on it. */
export interface Cloud {
  readonly simulator: Simulator;
  readonly driver: ComputeDriver;
  readonly raw: RawPool;
  readonly state: string;
  readonly storage: string;
  /** Uuid of the pool's first host. */
  readonly host: string;
}

/** Starts a pool of its own for one test. */
export async function startCloud(
  t: Test,
  options: Partial<SimulatorOptions> = {},
  driverOptions: Partial<XenserverOptions> = {},
): Promise<Cloud> {
  const folder = t.testdir({});
  const state = join(folder, 'state');
  const storage = join(folder, 'storage');
  mkdirSync(storage, { recursive: true });
  const simulator = await startSimulator({
    state,
    storageFolder: storage,
    powerLatencyMs: 5,
    deviceLatencyMs: 1,
    eventDelayMs: 1,
    ...options,
  });
  t.teardown(() => simulator.close());
  const raw = await openRawPool(simulator.url);
  const [host] = await raw.records('host');
  return {
    simulator,
    driver: driverFor(simulator.url, driverOptions),
    raw,
    state,
    storage,
    host: String(host?.['uuid']),
  };
}

/** A driver with the test's credentials. */
export function driverFor(url: string, options: Partial<XenserverOptions> = {}): XenserverDriver {
  return createXenserverDriver({
    url,
    username: 'root',
    password: 'secret',
    deployment: 'test',
    callTimeoutMs: 10_000,
    ...options,
  });
}

let operations = 0;

/** The circumstances of one call: a new operation each time unless one is given. */
export function call(
  options: { readonly operation?: string; readonly fence?: string } = {},
): DriverCall {
  operations += 1;
  return {
    signal: AbortSignal.timeout(20_000),
    deadline: Date.now() + 20_000,
    fence: asFence(options.fence ?? '0001'),
    operation: asOperationKey(options.operation ?? `operation-${operations}`),
  };
}

/** A key of epoch 1. */
export function keyOf(uuid: string, external?: string): ObjectKey {
  return {
    uuid: asUuid(uuid),
    epoch: 1,
    ...(external === undefined ? {} : { external: asExternalId(external) }),
  };
}

/** A server of 1 GiB without disks and cards, to be changed at will. */
export function serverOn(host: string, changes: Partial<ServerDesired> = {}): ServerDesired {
  return {
    name: 'web',
    powerState: 'running',
    restarts: 0,
    host: asExternalId(host),
    bootMode: 'pvgrub',
    osType: 'linux',
    ramSizeMb: 1024,
    cpuCount: 2,
    disks: [],
    nics: [],
    ...changes,
  };
}

/** VLAN `id` on the usual trunk. */
export function vlan(id: number): SegmentDesired {
  return { name: 'lan', segment: { kind: 'vlan', physicalNetwork: 'physnet1', id } };
}

/** Observes and changes until all is as desired, as the kernel would; returns the fields changed, in order. */
export async function converge<Desired, Actual>(
  driver: Driver<Desired, Actual>,
  key: ObjectKey,
  desired: Desired,
): Promise<readonly string[]> {
  const fields: string[] = [];
  for (let passes = 0; passes < 400; passes += 1) {
    const seen = await driver.observe(key, desired, call());
    if (seen.presence === 'unknown') throw seen.failure;
    if (seen.presence === 'absent') {
      await driver.create(key, desired, call());
      fields.push('create');
      continue;
    }
    if (seen.busy === true) continue;
    const [change] = seen.changes;
    if (change === undefined) return fields;
    await driver.update(key, desired, change, call());
    fields.push(change.field);
  }
  throw new Error(`no convergence: ${fields.join(' ')}`);
}

/** Deletes until nothing is there; returns how many calls that took. */
export async function remove<Desired, Actual>(
  driver: Driver<Desired, Actual>,
  key: ObjectKey,
): Promise<number> {
  for (let calls = 0; calls < 100; calls += 1) {
    const seen = await driver.observe(key, undefined, call());
    if (seen.presence === 'unknown') throw seen.failure;
    if (seen.presence === 'absent') return calls;
    await driver.delete(key, call());
  }
  throw new Error('not gone after 100 calls');
}

/** The observation as one that found something. */
export function present<Actual>(
  seen: Observation<Actual>,
): Extract<Observation<Actual>, { readonly presence: 'present' }> {
  if (seen.presence !== 'present') throw new Error(`expected present, was ${seen.presence}`);
  return seen;
}
