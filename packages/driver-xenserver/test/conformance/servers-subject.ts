import {
  asExternalId,
  asUuid,
  type Driver,
  type JsonObject,
  type ResourceUuid,
  type ServerActual,
  type ServerDesired,
  type ServerNic,
} from '@gdcloud/core';
import type { Subject } from '@gdcloud/core/testing';
import type { SimulatedPool } from '@gdcloud/driver-xenserver/simulator';
import { isAtLeast } from '../../dist/datamodel/releases.js';
import { DEPLOYMENT, HOST, poolBackend } from './backend.js';
import type { Hear } from './line.js';
import { CD, cardIn, type Parts, pair, serverSpecs } from './server-specs.js';

const NETWORKS: readonly ResourceUuid[] = [
  asUuid('0190a000-0000-7000-8000-00000000b001'),
  asUuid('0190a000-0000-7000-8000-00000000b002'),
];
/** How many servers can have disks of their own. */
const FURNISHED = 16;
const GIB = 2 ** 30;
const PARTS: Parts = { networks: NETWORKS, volume };
const nic = (device: number): ServerNic => cardIn(PARTS, device);

function volume(nth: number, device: number): ResourceUuid {
  return asUuid(`0190a000-0000-7000-8000-0000${pair(device)}${pair(nth >> 8)}${pair(nth)}00`);
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
const readdressed: ServerDesired = { ...web, nics: [{ ...nic(0), ipv4Address: '192.168.0.77' }] };
const stopped: ServerDesired = { ...bare, powerState: 'halted', restarts: 3 };
const twoDisks: ServerDesired['disks'] = [...web.disks, { device: 1, volume: volume(0, 1) }];

/** A pool collects its events for a moment. */
const NOTICED_AFTER_MS = 100;

/** How servers are examined. */
export interface ServersOptions {
  /** As of which release the pool answers. */
  readonly release: string;
  /** Begins to listen to what a new pool is asked. */
  readonly begin: () => Hear;
  /** Whether the driver follows the events of the pool; default: it does not. */
  readonly events?: 'followed' | 'unheard';
  /** Hears of servers that were rebooted more often than they were asked to be. */
  readonly tell?: (what: string) => void;
}

/**
 * Servers of a simulated pool, as the conformance kit examines them. What a driver shows of a server counts its
 * restarts, and not its reboots: those are told.
 */
export function servers({
  release,
  begin,
  events = 'unheard',
  tell = () => undefined,
}: ServersOptions): Subject<ServerDesired, ServerActual> {
  return {
    name: 'xenserver servers',
    specs: {
      valid: [
        web,
        {
          ...web,
          powerState: 'halted',
          restarts: 3,
          bootMode: 'hvm',
          osType: 'windows',
          cd: volume(0, CD),
        },
        { ...bare, bootMode: 'pygrub', name: 'Übung · 内部' },
      ],
      changes: [
        [web, { ...web, powerState: 'halted' }],
        [bare, { ...bare, restarts: 1 }],
        [stopped, { ...stopped, name: 'wide', ramSizeMb: 1024, cpuCount: 4 }],
        [{ ...stopped, cpuCount: 4 }, stopped],
        [{ ...bare, disks: twoDisks }, web],
        [bare, { ...bare, ramSizeMb: 256, cpuCount: 1 }],
        [{ ...stopped, cd: volume(0, CD) }, stopped],
        ...(canFilter(release) ? [[web, readdressed] as const] : []),
      ],
      ...serverSpecs(PARTS, web),
    },
    backend: (env) =>
      poolBackend({
        env,
        release,
        begin,
        className: 'VM',
        furnish,
        ...(events === 'followed' ? { noticedAfterMs: NOTICED_AFTER_MS } : {}),
        driver: ({ servers: driver, ...compute }, { rows }, process) => {
          if (events === 'followed') {
            const watching = new AbortController();
            process.atRest(() => watching.abort());
            compute.watch(() => undefined, { signal: watching.signal }).catch(() => undefined);
          }
          return counting(driver, () => rows.list('VM').map(({ record }) => record), tell);
        },
        foreign: (name) => ({
          name_label: name,
          name_description: `gdcloud:${name}:1`,
          power_state: 'Running',
          domid: 1_000,
          other_config: { 'gdcloud:id': name, 'gdcloud:owner': `not ${DEPLOYMENT}` },
        }),
      }),
  };
}

// Cards could not be kept to their addresses before 6.1.
function canFilter(release: string): boolean {
  return isAtLeast(release, 'tampa');
}

/** The driver, each of whose looks counts the domains that the only server of the pool has had. */
function counting(
  driver: Driver<ServerDesired, ServerActual>,
  machines: () => readonly JsonObject[],
  tell: (what: string) => void,
): Driver<ServerDesired, ServerActual> {
  return new Proxy(driver, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      if (name !== 'observe') return value.bind(target);
      return async (...[key, desired, call]: Parameters<typeof target.observe>) => {
        const seen = await target.observe(key, desired, call);
        if (desired?.restarts !== 1 || seen.presence !== 'present') return seen;
        const guests = machines().filter((vm) => vm['is_control_domain'] === false);
        const [guest] = guests;
        const alone = guests.length === 1 && seen.actual.restarts === 1;
        // The pool counts domains through: one for the start and one for the restart.
        if (alone && Number(guest?.['domid']) > 2) {
          tell(`restarts 1, domain ${String(guest?.['domid'])}`);
        }
        return seen;
      };
    },
  });
}

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
  const places = Array.from({ length: FURNISHED }, (_, nth) =>
    [0, 1, CD].map((device) => volume(nth, device)),
  );
  rows.insertAll(
    'VDI',
    places.flat().map((uuid) => ({
      uuid,
      SR: repository?.ref ?? '',
      location: uuid,
      virtual_size: GIB,
      type: 'user',
      managed: true,
    })),
  );
}
