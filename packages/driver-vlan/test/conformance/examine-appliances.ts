import type { ApplianceActual, ApplianceDesired, Clock, NetworkDriver } from '@gdcloud/core';
import {
  type Backend,
  type ConformanceReport,
  type ConformOptions,
  conform,
  type DriverProcess,
  MemoryDisk,
  type Subject,
} from '@gdcloud/core/testing';
import { createVlanDriver, pairedNetwork } from '@gdcloud/driver-vlan';
import { MemoryRecordFiles } from '@gdcloud/driver-vlan/testing';
import { DESIRED } from '../support/fixtures.js';
import { wrappedFiles } from '../support/wrapped-files.js';

const FOLDER = '/var/plans';
const QINQ: ApplianceDesired = {
  ...DESIRED,
  segment: { kind: 'qinq', physicalNetwork: 'physnet2', outerId: 7, id: 12 },
};

/** Lets the kit examine the driver of appliances, on files in memory. */
export function examineAppliances(options?: ConformOptions): Promise<ConformanceReport> {
  return conform(
    { name: 'vlan-appliances', specs: SPECS, backend: ({ clock }) => newBackend(clock) },
    options,
  );
}

/** Lets the kit examine a pair of them, each on files of its own: a fault that strikes, strikes one of them. */
export function examinePair(options?: ConformOptions): Promise<ConformanceReport> {
  return conform(
    { name: 'paired-appliances', specs: SPECS, backend: ({ clock }) => pairedBackend(clock) },
    options,
  );
}

const SPECS: Subject<ApplianceDesired, ApplianceActual>['specs'] = {
  valid: [
    DESIRED,
    { ...DESIRED, revision: 0, ipv4Cidr: '10.0.0.0/8', gatewayIpv4Address: '10.255.255.254' },
    QINQ,
  ],
  changes: [
    // Of one revision, as where a later release makes another plan of it: the only change that has a way back.
    [DESIRED, { ...DESIRED, domain: 'other.example' }],
    [DESIRED, { ...DESIRED, revision: 4, domain: 'other.example' }],
    [DESIRED, { ...QINQ, revision: 5 }],
  ],
  invalid: [
    { ...DESIRED, revision: -1 },
    { ...DESIRED, domain: 'not a domain; reboot' },
    { ...DESIRED, ipv4Cidr: '192.168.0.1/24' },
    { ...DESIRED, gatewayIpv4Address: '192.168.1.1' },
    { ...DESIRED, segment: { kind: 'vlan', physicalNetwork: 'physnet1', id: 4000 } },
    { ...DESIRED, segment: { kind: 'vxlan', physicalNetwork: 'physnet3', id: 5000 } },
  ],
  named: (name) => ({ ...DESIRED, name }),
  apart: (desired, nth) => ({
    ...desired,
    segment: { ...desired.segment, id: desired.segment.id + nth },
  }),
};

/** What the kit has of an appliance, and the whole driver. */
interface ApplianceBackend
  extends Required<
    Pick<Backend<ApplianceDesired, ApplianceActual>, 'down' | 'up' | 'destroy' | 'makeForeign'>
  > {
  open: Backend<ApplianceDesired, ApplianceActual>['open'];
  objects(): readonly string[];
  readonly effects: 'virtual';
  network(process: DriverProcess): NetworkDriver;
}

function pairedBackend(clock: Clock): Backend<ApplianceDesired, ApplianceActual> {
  const [a, b] = [newBackend(clock, 'files of a'), newBackend(clock, 'files of b')];
  return {
    open: (process) => {
      const members = [
        { name: 'edge-a', network: a.network(process) },
        { name: 'edge-b', network: b.network(process) },
      ];
      return pairedNetwork({ name: 'edge', members }, process).appliances;
    },
    objects: () => [...new Set([...a.objects(), ...b.objects()])],
    down: () => {
      a.down();
      b.down();
    },
    up: () => {
      a.up();
      b.up();
    },
    destroy: (external) => {
      void a.destroy(external);
      void b.destroy(external);
    },
    makeForeign: (name) => a.makeForeign(name),
    effects: 'virtual',
  };
}

function newBackend(clock: Clock, io = 'files'): ApplianceBackend {
  const files = new MemoryRecordFiles(new MemoryDisk({ clock }));
  const { disk } = files;
  disk.makeFolder(FOLDER);
  let state: 'up' | 'down' = 'up';
  const reached = wrappedFiles(files, (call, path, work) =>
    state === 'up' ? work() : Promise.reject(coded('EIO', `${call} ${path}`)),
  );
  const pathOf = (external: string): string =>
    `${FOLDER}/${external.replace(/^gd-(.{36})$/, 'gd-$1.1').slice('gd-'.length)}`;
  const network = (process: DriverProcess): NetworkDriver =>
    createVlanDriver(
      {
        folder: FOLDER,
        physicalNetworks: [
          { name: 'physnet1', kind: 'vlan', firstId: 100, lastId: 3999 },
          { name: 'physnet2', kind: 'qinq', firstId: 1, lastId: 4094 },
          { name: 'physnet3', kind: 'vxlan', firstId: 1, lastId: 4094 },
        ],
      },
      { files: process.io(io, reached), random: process.random },
    );
  return {
    network,
    open: (process) => network(process).appliances,
    // A record by its external id, all else by the name of its file: what a dead process leaves counts too.
    objects: () =>
      disk
        .names(FOLDER)
        .map((name) => name.replace(/^(.{36})\.1$/, 'gd-$1').replace(/^(.{36}\.\d+)$/, 'gd-$1')),
    down: () => {
      state = 'down';
    },
    up: () => {
      state = 'up';
    },
    destroy: (external) => {
      const folder = pathOf(external);
      for (const name of disk.names(folder)) disk.unlink(`${folder}/${name}`);
      disk.removeFolder(folder);
    },
    makeForeign: (name) => {
      const foreign = `${name}.1.orig`;
      disk.make(`${FOLDER}/${foreign}`, 0o600).close();
      return foreign;
    },
    effects: 'virtual',
  };
}

function coded(code: string, message: string): Error {
  return Object.assign(new Error(`${code}: ${message}`), { code });
}
