import {
  asExternalId,
  asUuid,
  type ResourceUuid,
  type ServerActual,
  type ServerDesired,
} from '@gdcloud/core';
import type { Subject } from '@gdcloud/core/testing';
import type { SimulatedPool } from '@gdcloud/driver-xenserver/simulator';
import { DEPLOYMENT, HOST, poolBackend } from './backend.js';

const NETWORKS: readonly ResourceUuid[] = [
  asUuid('0190a000-0000-7000-8000-00000000b001'),
  asUuid('0190a000-0000-7000-8000-00000000b002'),
];
/** How many servers can have disks of their own. */
const FURNISHED = 20;
const GIB = 2 ** 30;

function volume(nth: number, device: number): ResourceUuid {
  return asUuid(`0190a000-0000-7000-8000-0000${pair(device)}${pair(nth >> 8)}${pair(nth)}00`);
}

function pair(value: number): string {
  return (value % 256).toString(16).padStart(2, '0');
}

function nic(device: number): ServerDesired['nics'][number] {
  return {
    device,
    network: NETWORKS[device] ?? asUuid(''),
    macAddress: `02:00:00:00:00:${pair(device)}`,
    ipv4Address: `192.168.${device}.10`,
  };
}

const web: ServerDesired = {
  name: 'web',
  powerState: 'running',
  restarts: 0,
  host: asExternalId(HOST),
  bootMode: 'pvgrub',
  osType: 'linux',
  ramSizeMb: 512,
  cpuCount: 2,
  disks: [{ device: 0, volume: volume(0, 0) }],
  nics: [nic(0)],
};
const bare: ServerDesired = { ...web, disks: [], nics: [] };
const windows: ServerDesired = {
  ...web,
  bootMode: 'hvm',
  osType: 'windows',
  disks: [
    { device: 0, volume: volume(0, 0) },
    { device: 3, volume: volume(0, 3) },
  ],
  nics: [nic(0), nic(1)],
};
const stopped: ServerDesired = { ...web, powerState: 'halted', restarts: 3 };

/** Servers of a simulated pool, as the conformance kit examines them. */
export const servers: Subject<ServerDesired, ServerActual> = {
  name: 'xenserver servers',
  specs: {
    valid: [web, windows, stopped, { ...bare, bootMode: 'pygrub', name: 'Übung · 内部' }],
    changes: [
      [web, { ...web, restarts: 1 }],
      [web, { ...web, powerState: 'halted' }],
      [stopped, { ...stopped, ramSizeMb: 1024, cpuCount: 4 }],
      [
        { ...stopped, cpuCount: 4 },
        { ...stopped, name: 'small', cpuCount: 1 },
      ],
      [web, { ...windows, bootMode: 'pvgrub', osType: 'linux', name: 'wider' }],
      [
        { ...web, disks: [...web.disks, { device: 1, volume: volume(0, 1) }] },
        { ...web, nics: [{ ...nic(0), ipv4Address: '192.168.0.77' }] },
      ],
    ],
    invalid: [
      { ...web, disks: [...web.disks, { device: 0, volume: volume(0, 1) }] },
      { ...web, nics: [nic(0), { ...nic(1), device: 0 }] },
      { ...web, nics: [{ ...nic(0), macAddress: 'nonsense' }] },
      { ...web, ramSizeMb: 0 },
      { ...web, cpuCount: 0 },
    ],
    named: (name) => ({ ...web, name }),
    apart: (desired, nth) => ({
      ...desired,
      disks: desired.disks.map(({ device }) => ({ device, volume: volume(nth, device) })),
      nics: desired.nics.map((card) => ({
        ...card,
        macAddress: `02:00:00:${pair(nth >> 8)}:${pair(nth)}:${pair(card.device)}`,
      })),
    }),
  },
  backend: (env) =>
    poolBackend({
      env,
      className: 'VM',
      furnish,
      driver: (compute) => compute.servers,
      foreign: (name) => ({
        name_label: name,
        name_description: `gdcloud:${name}:1`,
        power_state: 'Running',
        domid: 1_000,
        other_config: { 'gdcloud:id': name, 'gdcloud:owner': `not ${DEPLOYMENT}` },
      }),
    }),
};

function furnish({ rows }: SimulatedPool): void {
  for (const uuid of NETWORKS) {
    rows.insert('network', {
      uuid,
      name_label: 'lan',
      name_description: `gdcloud:${uuid}:1`,
      other_config: {
        'gdcloud:id': uuid,
        'gdcloud:epoch': '1',
        'gdcloud:owner': DEPLOYMENT,
      },
    });
  }
  const [repository] = rows.list('SR');
  for (let nth = 0; nth < FURNISHED; nth += 1) {
    for (const device of [0, 1, 3]) {
      const uuid = volume(nth, device);
      rows.insert('VDI', {
        uuid,
        SR: repository?.ref ?? '',
        location: uuid,
        virtual_size: GIB,
        managed: true,
      });
    }
  }
}
