import type {
  ComputeDriver,
  Driver,
  SegmentActual,
  SegmentDesired,
  ServerActual,
  ServerDesired,
} from '@gdcloud/core';
import type { Backend, Specs, Subject } from '@gdcloud/core/testing';
import { createXenserverDriver } from '@gdcloud/driver-xenserver';
import { segmentSpecs } from '../segment-specs.js';
import { cardIn, serverSpecs } from '../server-specs.js';
import { deploymentOf } from './cleaning.js';
import type { Premises } from './premises.js';

/** Servers of a pool that is there. Their guests have no system: they stay in their firmware until they are forced. */
export function realServers(premises: Premises): Subject<ServerDesired, ServerActual> {
  const web: ServerDesired = {
    name: 'gdcloud conformance',
    powerState: 'running',
    restarts: 0,
    host: premises.host,
    bootMode: 'hvm',
    osType: 'linux',
    ramSizeMb: 256,
    cpuCount: 1,
    disks: [{ device: 0, volume: premises.volume(0, 0) }],
    nics: [cardIn(premises, 0)],
  };
  const bare: ServerDesired = { ...web, disks: [], nics: [] };
  const stopped: ServerDesired = { ...web, powerState: 'halted', restarts: 3 };
  const second = { device: 1, volume: premises.volume(0, 1) };
  const readdressed = { ...web, nics: [{ ...cardIn(premises, 0), ipv4Address: '192.168.0.77' }] };
  return subject('servers', premises, {
    className: 'VM',
    part: ({ servers }) => servers,
    specs: {
      valid: [web, { ...stopped, osType: 'windows' }, { ...bare, name: 'Übung · 内部' }],
      changes: [
        [web, { ...web, powerState: 'halted' }],
        [bare, { ...bare, restarts: 1 }],
        [stopped, { ...stopped, name: 'wide', ramSizeMb: 512, cpuCount: 2 }],
        [stopped, { ...stopped, disks: [...stopped.disks, second] }],
        [stopped, { ...stopped, disks: [], nics: [] }],
        ...(premises.filters === 'vif' ? [[web, readdressed] as const] : []),
      ],
      ...serverSpecs(premises, web),
    },
  });
}

/** Segments of a pool that is there. */
export function realSegments(premises: Premises): Subject<SegmentDesired, SegmentActual> {
  return subject('segments', premises, {
    className: 'network',
    part: ({ segments }) => segments,
    specs: segmentSpecs(premises.firstTag),
  });
}

interface Part<Desired, Actual> {
  readonly className: 'VM' | 'network';
  readonly part: (compute: ComputeDriver) => Driver<Desired, Actual>;
  readonly specs: Specs<Desired>;
}

function subject<Desired, Actual>(
  name: string,
  { access, options }: Premises,
  { className, part, specs }: Part<Desired, Actual>,
): Subject<Desired, Actual> {
  const live: Backend<Desired, Actual> = {
    secrets: [options.password],
    open: (process) => {
      const driver = createXenserverDriver(options, { clock: process.clock });
      process.atEnd(() => void driver.close());
      return part(driver);
    },
    objects: async () =>
      (await access.rows(className))
        .filter((row) => deploymentOf(row) === options.deployment)
        .map(({ record }) => String(record['uuid'])),
  };
  return {
    name: `real xenserver ${name}`,
    specs,
    backend: () => {
      throw new Error('only what is there is examined');
    },
    live: () => live,
  };
}
