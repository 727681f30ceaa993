import type { ResourceUuid } from '../../../model/identity.js';
import type { Resource } from '../../../model/resource.js';
import { isReady } from '../../../model/state.js';
import type { ServerDisk } from '../../../ports/drivers/compute.js';
import type { MemoryVolume } from '../../memory-volume.js';
import type { Invariant, View } from '../facts.js';
import type { OutsideObject } from '../outside-model.js';
import type { OutsideObjects } from '../outside-objects.js';
import { isLate } from './late.js';
import { nameOf } from './rows.js';

/** Which kind of outside object a part of a resource is. */
const KIND_OF_PART: Readonly<Record<string, string>> = {
  'virtualmachine/server': 'servers',
  'virtualmachine/configFile': 'configDrives',
  'virtualmachine/configDisk': 'disks',
  'network/segment': 'segments',
  'network/appliance': 'appliances',
  'volume/file': 'volumes',
  'volume/disk': 'disks',
  'volume/arrival': 'arrivals',
  'image/file': 'images',
  'imagecopy/file': 'images',
  'snapshot/taken': 'snapshots',
  'snapshot/file': 'volumeSnapshots',
  'host/maintenance': 'maintenance',
  'storagepool/share': 'shares',
};

/** Parts that are work on something, and stand for no object: what they did is seen elsewhere. */
const WORK: ReadonlySet<string> = new Set(['storagepool/upkeep']);

/**
 * Whether something of a volume may go although nobody deleted that: while it moves there is another that holds the same,
 * and what a hypervisor knows of it is found anew where it has come to.
 */
function isMoved(
  { outside: { arrivals, volumes } }: View,
  row: Resource,
  kind: string,
  { uuid, actual }: OutsideObject<unknown>,
): boolean {
  const [arrived] = arrivals.matching(uuid, 1);
  if (kind === 'disks') return typeof row.status['leavingId'] === 'string';
  if (kind === 'arrivals') return volumes.matching(uuid, 1).length > 0;
  if (kind !== 'volumes' || typeof row.status['leavingId'] !== 'string') return false;
  return arrived?.actual.content === (actual as MemoryVolume).content;
}

function kindOf(
  { outside }: View,
  row: Resource,
  part: string,
): OutsideObjects<never, unknown> | undefined {
  return outside.kinds.find(({ kind }) => kind.name === KIND_OF_PART[`${row.type}/${part}`]);
}

/** I3: at rest there is one object for each part of each living resource, and nothing else. */
export const exactlyOne: Invariant = {
  id: 'I3',
  name: 'at rest exactly one object for each part, none for what is gone',
  reason: 'What is left behind is paid for and seen by nobody.',
  watch: (view) => ({
    rested() {
      const { database, outside } = view;
      const owned = new Set<string>();
      for (const row of database.store.rows()) {
        if (row.removed !== null) continue;
        for (const [part, record] of Object.entries(row.parts)) {
          if (WORK.has(`${row.type}/${part}`)) continue;
          const there = kindOf(view, row, part)?.matching(row.uuid, record.epoch) ?? [];
          if (there.length !== 1)
            return `${nameOf(row)}: ${there.length} objects stand for its ${part}`;
          for (const object of there) owned.add(object.external);
        }
      }
      for (const { kind, objects } of outside.kinds) {
        for (const { external, uuid } of objects.values()) {
          if (!owned.has(external)) return `${kind.name} ${external} of ${uuid} is left behind`;
        }
      }
      return undefined;
    },
  }),
};

/** I11: a part is struck off only when its object is gone, and what is needed goes last. */
export const goneMeansGone: Invariant = {
  id: 'I11',
  name: 'a part is struck off only after its object was absent; disks outlive their server',
  reason: 'What is struck off is never looked for again.',
  watch: (view) => ({
    wrote({ before, after }) {
      if (before === undefined) return undefined;
      for (const [part, record] of Object.entries(before.parts)) {
        if (after.parts[part] !== undefined && after.removed === null) continue;
        const left = kindOf(view, after, part)?.matching(after.uuid, record.epoch) ?? [];
        if (left.length > 0) return `${nameOf(after)}: ${part} was struck off and is still there`;
      }
      return undefined;
    },
    happened({ what, kind, object, by }) {
      if (what !== 'destroyed' || kind !== 'volumes' || by === undefined) return undefined;
      const row = view.database.row(object.uuid);
      if (row !== undefined && isMoved(view, row, kind, object)) return undefined;
      const { virtualmachineId } = row?.spec ?? {};
      for (const server of view.outside.servers.objects.values()) {
        const owner = view.database.row(server.uuid);
        // What a late call has left of one that is gone is nobody's, and goes in any order.
        if (owner?.removed === null && owner.id === virtualmachineId)
          return `the disk ${object.external} went before its server`;
      }
      return undefined;
    },
  }),
};

/** I12 and I13: data goes only with its own acknowledged deletion. */
export const dataIsSafe: Invariant = {
  id: 'I12',
  name: 'what holds data is destroyed or made anew only because somebody asked for that',
  reason: 'Nothing brings it back, and an empty disk in its place hides that it is lost.',
  watch: (view) => ({
    wrote({ method, before, after }) {
      if (method !== 'record' || before === undefined) return undefined;
      for (const [part, { epoch }] of Object.entries(after.parts)) {
        const known = before.parts[part];
        if (known === undefined || epoch === known.epoch) continue;
        if (kindOf(view, after, part)?.kind.traits.dataBearing !== true) continue;
        const asked = before.repairs.some(
          (repair) =>
            repair.kind === 'recreate' && repair.part === part && repair.epoch === known.epoch,
        );
        if (!asked) return `${nameOf(after)}: ${part} held data and is made anew, unasked`;
      }
      return undefined;
    },
    happened({ what, dataBearing, object, by, kind }) {
      if (what !== 'destroyed' || !dataBearing || by === undefined) return undefined;
      const row = view.database.row(object.uuid);
      if (kind === 'snapshots' && row !== undefined && isKeptElsewhere(view, row)) return undefined;
      if (row === undefined || row.deleteRequestedAt !== null || row.removed !== null)
        return undefined;
      return isMoved(view, row, kind, object)
        ? undefined
        : `${by.name} destroyed ${kind} ${object.external} of ${nameOf(row)}, which nobody deleted`;
    },
  }),
};

// A snapshot of a volume is made of what the hypervisor copied, or taken by the volume after all: then the copy goes.
function isKeptElsewhere({ outside }: View, { uuid, parts, spec }: Resource): boolean {
  if (typeof spec['volumeId'] !== 'string') return false;
  const { file } = parts;
  return (
    file?.state !== 'recorded' || outside.volumeSnapshots.matching(uuid, file.epoch).length > 0
  );
}

/** I13: nothing is made or destroyed on a look that saw nothing. */
export const unknownIsNotAbsent: Invariant = {
  id: 'I13',
  name: 'nothing is made anew or given up while its object is there',
  reason: 'A host that can’t be reached still runs its servers.',
  watch: (view) => ({
    wrote({ method, before, after }) {
      // A call that the network delivers twice may arrive after the look, where a stranger has made room for it.
      if (method !== 'record' || before === undefined || view.meddled.has(after.uuid))
        return undefined;
      for (const [part, record] of Object.entries(after.parts)) {
        const known = before.parts[part];
        if (known === undefined || record.epoch === known.epoch) continue;
        const left = kindOf(view, after, part)?.matching(after.uuid, known.epoch) ?? [];
        if (left.length > 0)
          return `${nameOf(after)}: ${part} is made anew while ${left[0]?.external ?? ''} is there`;
      }
      return undefined;
    },
    happened({ what, object, by, kind }) {
      if (what !== 'destroyed' || by === undefined) return undefined;
      const row = view.database.row(object.uuid);
      if (row === undefined || row.deleteRequestedAt !== null || row.removed !== null)
        return undefined;
      if (kind === 'snapshots' && isKeptElsewhere(view, row)) return undefined;
      if (isMoved(view, row, kind, object)) return undefined;
      // What was made anew has left this one to the sweep.
      for (const [part, record] of Object.entries(row.parts))
        if (kindOf(view, row, part)?.kind.name === kind && record.epoch > object.epoch)
          return undefined;
      const twins = view.outside.kinds
        .find((each) => each.kind.name === kind)
        ?.matching(object.uuid, object.epoch);
      return twins === undefined || twins.length === 0
        ? `${by.name} destroyed ${kind} ${object.external} of ${nameOf(row)}, which is wanted`
        : undefined;
    },
  }),
};

/** I20: as many objects are made, destroyed and rebooted as were asked for. */
export const countedActs: Invariant = {
  id: 'I20',
  name: 'every object is made once, and every reboot happens once',
  reason: 'An end state can be right and the way to it a night of reboots.',
  watch(view) {
    const balance = new Map<string, number>();
    const lost = new Set<ResourceUuid>();
    const restarts = new Map<string, { readonly seen: number; readonly reboots: number }>();
    return {
      happened({ what, kind, object, by }) {
        const server = view.outside.servers.objects.get(object.external)?.actual;
        if (kind === 'servers' && server !== undefined) {
          // Restarts that were asked for while it was away are one reboot: each time the count grows there is one.
          const { seen, reboots } = restarts.get(object.external) ?? {
            seen: server.restarts,
            reboots: server.restarts,
          };
          const grown = server.restarts > seen ? 1 : 0;
          restarts.set(object.external, { seen: server.restarts, reboots: reboots + grown });
        }
        if (by === undefined) lost.add(object.uuid);
        if (what === 'changed' || lost.has(object.uuid)) return undefined;
        const key = `${kind} of ${object.uuid} in epoch ${object.epoch}`;
        const there = (balance.get(key) ?? 0) + (what === 'made' ? 1 : -1);
        balance.set(key, there);
        if (there < 0) return `more ${key} were destroyed than made`;
        // One that looks before it makes can be late by a whole standstill; the rule of duplicates clears that up.
        const { traits } = view.outside.kinds.find((each) => each.kind.name === kind)?.kind ?? {};
        if (there > 1 && traits?.identity !== 'stamped') return `${there} ${key} are there at once`;
        return undefined;
      },
      rested() {
        for (const server of view.outside.servers.objects.values()) {
          const { reboots, restarts: asked } = server.actual;
          const due = restarts.get(server.external)?.reboots ?? reboots;
          if ((reboots < due || reboots > asked) && !view.meddled.has(server.uuid))
            return `${server.external} was rebooted ${reboots} times, instead of ${due} to ${asked}`;
        }
        return undefined;
      },
    };
  },
};

/** The kinds of which a server can have something in it. */
const DISKS: ReadonlySet<string> = new Set(['volumes', 'configDrives', 'disks']);

/** I22: a disk is in one server at a time, and is not destroyed while it is in one. */
export const oneServerEach: Invariant = {
  id: 'I22',
  name: 'no disk is in two servers, and none is destroyed that is in one',
  reason: 'Two guests that write to one disk destroy what is on it.',
  watch: (view) => ({
    happened({ what, kind, object, by }) {
      if (by === undefined) return undefined;
      const { outside, meddled } = view;
      const servers = [...outside.servers.objects.values()].filter(
        (server) => !meddled.has(server.uuid) && !isLate(view, server),
      );
      if (kind === 'servers' && what !== 'destroyed') {
        const server = servers.find(({ external }) => external === object.external);
        for (const { volume } of server?.actual.disks ?? []) {
          const other = servers.find(
            ({ uuid, actual }) => uuid !== object.uuid && holds(actual.disks, volume),
          );
          if (other !== undefined)
            return `${volume} is in ${object.external} and in ${other.external}`;
        }
      }
      if (DISKS.has(kind) && what === 'destroyed') {
        const server = servers.find(
          ({ actual }) => holds(actual.disks, object.uuid) || actual.cd === object.uuid,
        );
        if (server !== undefined)
          return `${object.external} went while it was in ${server.external}`;
      }
      return undefined;
    },
    rested() {
      const { database } = view;
      for (const row of database.store.rows()) {
        if (row.type !== 'volume' || row.removed !== null || row.deleteRequestedAt !== null)
          continue;
        const servers = [...view.outside.servers.objects.values()]
          .filter(({ actual }) => holds(actual.disks, row.uuid))
          .flatMap(({ uuid }) => database.row(uuid)?.id ?? []);
        const { virtualmachineId } = row.spec;
        const wanted = typeof virtualmachineId === 'string' ? [virtualmachineId] : [];
        if (isReady(row) && servers.join() !== wanted.join())
          return `${nameOf(row)} is in the servers [${servers.join()}] instead of [${wanted.join()}]`;
      }
      return undefined;
    },
  }),
};

function holds(disks: readonly ServerDisk[], volume: ResourceUuid): boolean {
  return disks.some((disk) => disk.volume === volume);
}
