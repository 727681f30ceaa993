import type { ApplianceDesired } from '@gdcloud/core';
import {
  compileProgram,
  DEFAULT_PHYSICAL_NETWORKS,
  type NetworkProgram,
  parseAppliance,
} from '@gdcloud/driver-vlan';
import { NetworkAgent } from '@gdcloud/driver-vlan/agent';
import { CARRIED } from '../support/carried-network.js';
import { call, keyOf, uuid } from '../support/fixtures.js';
import { type CrashStage, type Life, NAMESPACE, PORTS } from './crash-stage.js';
import {
  CHECKED,
  CHECKED_NEXT,
  FULL,
  GIVEN_UP,
  IPV6_ONLY,
  LEASED,
  LEASED_TWICE,
  LESS,
  MOVED,
  NEXT_DOOR,
  PROXIED,
  PROXIED_ANEW,
  PROXIED_CHECKED,
} from './story-documents.js';

const { signal } = new AbortController();

/** The chapters of a network's life. */
export type Chapter = 'making' | 'changing' | 'removing' | 'caring' | 'proxying';

/** A part of a network's life, in which the driver that brings it about may die. */
export interface Story {
  readonly chapter: Chapter;
  readonly sentence: string;
  /** The document that is carried before; none: there is no network. */
  readonly from: ApplianceDesired | undefined;
  /** What the network is to become. */
  readonly to: ApplianceDesired | undefined;
  /** What a caller may want that comes after a death, in its place. `same`: nothing else. */
  readonly otherwise: ApplianceDesired | 'gone' | 'same';
  /** False where the end isn't what the document alone asks for. */
  readonly isAsMade?: boolean;
  /** True where strangers spoil what it looks like, and no mark tells. */
  readonly isSpoilt?: boolean;
  /** What strangers do before it. */
  readonly disturb?: (stage: CrashStage) => Promise<void>;
  /** What the driver has done when it can die. */
  readonly prime?: (life: Life) => Promise<void>;
  /** Brings it about, whatever has been done of it. */
  readonly act: (life: Life, stage: CrashStage) => Promise<void>;
}

/** Brings the network to a document, or away, as the kernel does: looks, does what is missing, and tries again. */
export async function pursue(
  { driver: { appliances } }: Life,
  desired: ApplianceDesired | undefined,
): Promise<void> {
  let trouble: unknown = 'it is never as asked';
  for (let steps = 0; steps < 10; steps += 1) {
    try {
      const seen = await appliances.observe(keyOf(1), desired, call());
      if (desired === undefined) {
        if (seen.presence === 'absent') return;
        await appliances.delete(keyOf(1), call());
      } else if (seen.presence === 'present') {
        const [change] = seen.changes;
        if (change === undefined) return;
        await appliances.update(keyOf(1), desired, change, call());
      } else await appliances.create(keyOf(1), desired, call());
    } catch (thrown) {
      trouble = thrown;
    }
  }
  throw trouble;
}

/** Has the network go, and what a sweep for orphans would then find. */
export async function farewell(life: Life): Promise<void> {
  await pursue(life, undefined);
  const { appliances } = life.driver;
  const { objects } = await appliances.list(undefined, call());
  for (const key of objects) await appliances.delete(key, call());
}

/** Lets time pass until something holds; whatever a moment has begun ends before the next. */
async function passTime({ process, clock }: Life, holds: () => Promise<boolean>): Promise<void> {
  for (let rounds = 0; rounds < 2000; rounds += 1) {
    for (let quiet = 0; quiet < 20; quiet += 1) {
      await new Promise(setImmediate);
      if (process.underWay > 0) quiet = 0;
    }
    if (await holds()) return;
    clock.advance(1000);
  }
  throw new Error('it never held');
}

function changing(to: ApplianceDesired | undefined): Story['act'] {
  return (life) => pursue(life, to);
}

/** Lets a driver care for the network for a round. */
function caring(desired: ApplianceDesired): Story['act'] {
  return async (life) => {
    await pursue(life, desired);
    await passTime(life, async () => life.audits.length > 1);
  };
}

function leavingOut(desired: ApplianceDesired): Story['act'] {
  return async (life, stage) => {
    await pursue(life, desired);
    await passTime(life, async () => {
      const buckets = await stage.run(`ip netns exec ${NAMESPACE} nft list map inet gd buckets`);
      return !buckets.includes('192.168.0.12');
    });
  };
}

/** A server, in the network's own namespace, as there is no other. */
async function serve(stage: CrashStage): Promise<void> {
  await stage.run(`ip -n ${NAMESPACE} address add 192.168.0.11/32 dev lo`);
  stage.startInside('socat TCP-LISTEN:8080,fork,reuseaddr OPEN:/dev/null');
  await stage.run(
    `until [ -n "$(nsenter --net=/run/netns/${NAMESPACE} ss -Hltn sport = :8080)" ]; do :; done`,
  );
}

function agentOf(life: Life): NetworkAgent {
  return new NetworkAgent({
    runner: life.runner,
    ports: PORTS,
    services: [],
    metersFolder: '/run/meters',
  });
}

function programOf(desired: ApplianceDesired, number: number): NetworkProgram {
  return compileProgram(parseAppliance(uuid(number), desired, DEFAULT_PHYSICAL_NETWORKS));
}

/** All parts of a network's life. */
const ALL: readonly Story[] = [
  {
    chapter: 'making',
    sentence: 'a network is made',
    from: undefined,
    to: FULL,
    otherwise: 'gone',
    // Of a driver that died before its record had its name.
    disturb: async (stage) => stage.leaveUnfinishedRecord(),
    act: changing(FULL),
  },
  {
    chapter: 'making',
    sentence: 'a network is made where somebody has taken its namespace away',
    from: FULL,
    to: FULL,
    otherwise: 'gone',
    disturb: async (stage) => {
      await stage.run(`ip netns delete ${NAMESPACE}; touch /run/netns/${NAMESPACE}`);
    },
    act: changing(FULL),
  },
  {
    chapter: 'changing',
    sentence: 'a forward is removed by the driver that made it',
    from: LEASED,
    to: LESS,
    otherwise: { ...LESS, revision: 5, forwards: LEASED.forwards },
    prime: (life) => pursue(life, { ...LEASED, domain: 'other.example' }),
    act: changing(LESS),
  },
  {
    chapter: 'changing',
    sentence: 'an address, leases and the VPN are given up',
    from: FULL,
    to: GIVEN_UP,
    otherwise: { ...FULL, revision: 5 },
    act: changing(GIVEN_UP),
  },
  {
    chapter: 'changing',
    sentence: 'an address, leases and a VPN come',
    from: IPV6_ONLY,
    to: { ...FULL, revision: 5 },
    otherwise: { ...IPV6_ONLY, revision: 6 },
    act: changing({ ...FULL, revision: 5 }),
  },
  {
    chapter: 'changing',
    sentence: 'a network moves to another segment',
    from: LEASED,
    to: MOVED,
    otherwise: { ...LEASED, revision: 5 },
    act: changing(MOVED),
  },
  {
    chapter: 'changing',
    sentence: 'a lease comes',
    from: LEASED,
    to: LEASED_TWICE,
    otherwise: { ...LEASED, revision: 5 },
    act: changing(LEASED_TWICE),
  },
  {
    chapter: 'removing',
    sentence: 'a network is removed',
    from: FULL,
    to: undefined,
    otherwise: 'same',
    // Programs of strangers would keep its namespace from going.
    disturb: serve,
    act: changing(undefined),
  },
  {
    chapter: 'removing',
    sentence: 'a network is set aside',
    isAsMade: false,
    from: LEASED,
    to: undefined,
    otherwise: 'gone',
    act: async (life) => {
      await life.driver.appliances.quarantine?.(keyOf(1), call());
    },
  },
  {
    chapter: 'caring',
    sentence: 'a driver finds out that a server has died',
    isAsMade: false,
    from: CHECKED,
    to: CHECKED,
    otherwise: { ...CARRIED, revision: 5 },
    disturb: serve,
    act: leavingOut(CHECKED),
  },
  {
    chapter: 'caring',
    sentence: 'the driver that made the network finds out that a server has died',
    isAsMade: false,
    from: CHECKED,
    to: CHECKED_NEXT,
    otherwise: { ...CARRIED, revision: 5 },
    disturb: serve,
    prime: (life) => pursue(life, CHECKED_NEXT),
    act: leavingOut(CHECKED_NEXT),
  },
  {
    chapter: 'caring',
    sentence: 'what strangers changed is repaired, and what the dead left is swept',
    isSpoilt: true,
    from: FULL,
    to: FULL,
    otherwise: 'same',
    disturb: async (stage) => {
      await stage.run(`
        ip link add name tfedcba987654 type veth peer name xfedcba987654
        mkdir -p /run/gdcloud/gd-${uuid(9)}/names
        echo x >/run/gdcloud/gd-${uuid(9)}/names/leases
        ip -n ${NAMESPACE} address add 192.168.0.99/24 dev n0
        ip -n ${NAMESPACE} link set dev n0 down
        inside() { nsenter --net=/run/netns/${NAMESPACE} "$@"; }
        inside sysctl -qw net.ipv4.ip_forward=0
        ip netns pids ${NAMESPACE} | xargs kill -KILL
        inside nft flush map inet gd forwards
        inside nft add chain inet gd stranger
        inside conntrack -I -p tcp -s 203.0.113.1 -d 203.0.113.11 --sport 4000 --dport 9 --dst-nat 192.168.0.7:9 \\
          --state ESTABLISHED --timeout 600`);
    },
    act: caring(FULL),
  },
  {
    chapter: 'caring',
    sentence: 'meters are read',
    from: LEASED,
    to: LEASED,
    otherwise: 'same',
    act: async ({ driver }) => {
      await driver.meters?.(uuid(1), call());
    },
  },
  {
    chapter: 'caring',
    sentence: 'two networks are shown to be apart',
    from: LEASED,
    to: LEASED,
    otherwise: 'same',
    isAsMade: false,
    disturb: async (stage) => {
      const { driver } = stage.begin();
      await driver.appliances.create(keyOf(2), NEXT_DOOR, call());
      await driver.close();
    },
    act: async (life) => {
      const agent = agentOf(life);
      await agent.probeIsolation(programOf(LEASED, 1), programOf(NEXT_DOOR, 2), signal);
      agent.close();
    },
  },
  {
    chapter: 'caring',
    sentence: 'somebody asks whether an element is carried',
    from: LEASED,
    to: LEASED,
    otherwise: 'same',
    act: async ({ driver }) => {
      await driver.carried(uuid(1), uuid(31), call());
      // The second time it knows the record, and looks whether it is still the same.
      await driver.carried(uuid(1), uuid(31), call());
    },
  },
  {
    chapter: 'caring',
    sentence: 'networks are listed',
    from: LEASED,
    to: LEASED,
    otherwise: 'same',
    act: async ({ driver }) => {
      await driver.appliances.list(undefined, call());
    },
  },
  {
    chapter: 'proxying',
    sentence: 'a balancer comes that speaks HTTP',
    from: CARRIED,
    to: PROXIED,
    otherwise: { ...CARRIED, revision: 5 },
    act: changing(PROXIED),
  },
  {
    chapter: 'proxying',
    sentence: 'a balancer gets another certificate',
    from: PROXIED,
    to: PROXIED_ANEW,
    otherwise: { ...PROXIED, revision: 6 },
    act: changing(PROXIED_ANEW),
  },
  {
    chapter: 'proxying',
    sentence: 'a balancer goes that speaks HTTP',
    from: PROXIED,
    to: { ...CARRIED, revision: 5 },
    otherwise: { ...PROXIED, revision: 6 },
    act: changing({ ...CARRIED, revision: 5 }),
  },
  {
    chapter: 'proxying',
    sentence: 'a network is removed with its proxy',
    from: PROXIED,
    to: undefined,
    otherwise: 'same',
    act: changing(undefined),
  },
  {
    chapter: 'proxying',
    sentence: 'a driver finds out that a server behind a proxy has died',
    from: PROXIED_CHECKED,
    to: PROXIED_CHECKED,
    otherwise: 'same',
    act: async (life) => {
      await pursue(life, PROXIED_CHECKED);
      await passTime(life, async () => {
        const seen = await life.driver.appliances.observe(keyOf(1), PROXIED_CHECKED, call());
        return seen.presence === 'present' && seen.actual.unwell !== undefined;
      });
    },
  },
  {
    chapter: 'proxying',
    sentence: 'a proxy is repaired of which the files are gone',
    isSpoilt: true,
    from: PROXIED,
    to: PROXIED,
    otherwise: 'same',
    disturb: async (stage) => {
      await stage.run(`rm /run/gdcloud/${NAMESPACE}/proxy/*.cfg`);
    },
    act: caring(PROXIED),
  },
];

/** The stories of a chapter; of all, where none is named. */
export function storiesOf(chapter?: Chapter): readonly Story[] {
  return ALL.filter((story) => chapter === undefined || story.chapter === chapter);
}
