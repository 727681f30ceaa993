import { hasFirstBoot } from '../../../cloud/virtualmachine/first-boot.js';
import type { virtualmachine } from '../../../cloud/virtualmachine/virtualmachine.js';
import type { ResourceUuid } from '../../../model/identity.js';
import type { Resource } from '../../../model/resource.js';
import { isReady } from '../../../model/state.js';
import type { Finding, Invariant, View } from '../facts.js';
import { nameOf } from './rows.js';

type Server = Resource<typeof virtualmachine>;

/** I25: what a server is to be told at its first boot is there when it boots. */
export const toldAtFirstBoot: Invariant = {
  id: 'I25',
  name: 'a server with keys or user data starts with them in its drive, and with the address it has',
  reason: 'It reads them once: a server that comes up without its keys is nobody’s.',
  watch(view) {
    const { database, meddled, open, outside } = view;
    const told = new Map<ResourceUuid, readonly string[]>();
    return {
      sent(_process, kind, { uuid }, desired) {
        const row = serverOf(view, uuid);
        if (row === undefined || desired === undefined) return undefined;
        if (kind === 'configDrives') {
          const text = JSON.stringify(desired);
          told.set(uuid, [...(told.get(uuid) ?? []), text]);
          const wanted = [...row.spec.sshKeys, open(row, 'userData') ?? ''];
          return wanted.every((each) => text.includes(inside(each)))
            ? undefined
            : `${nameOf(row)} is not told all that it is to be told`;
        }
        if (kind !== 'servers') return undefined;
        const cards = cardsIn(desired);
        return (told.get(uuid) ?? []).every((text) => cards.every((card) => text.includes(card)))
          ? undefined
          : `${nameOf(row)} is told of another card than it gets`;
      },
      happened({ what, kind, object, change, by }) {
        const starts = kind === 'servers' && what === 'changed' && change?.field === 'powerState';
        if (!starts || by === undefined || meddled.has(object.uuid)) return undefined;
        const server = outside.servers.objects.get(object.external);
        const row = serverOf(view, object.uuid);
        return server?.actual.powerState === 'running' && row !== undefined
          ? missing(view, row, server.actual.cd)
          : undefined;
      },
      rested() {
        for (const { uuid, actual } of outside.servers.objects.values()) {
          const row = serverOf(view, uuid);
          if (row === undefined || !isReady(row) || meddled.has(uuid)) continue;
          const found = missing(view, row, actual.cd);
          if (found !== undefined) return found;
        }
        for (const { uuid } of outside.configDrives.objects.values()) {
          const row = database.row(uuid);
          if (row === undefined || row.removed !== null)
            return `what ${uuid} was told at its first boot is kept, and it is gone`;
        }
        return undefined;
      },
    };
  },
};

function serverOf({ database }: View, uuid: ResourceUuid): Server | undefined {
  const row = database.row(uuid);
  // The type says which document a row holds.
  return row?.type === 'virtualmachine' ? (row as Server) : undefined;
}

function missing({ open, outside }: View, row: Server, cd: ResourceUuid | undefined): Finding {
  if (!hasFirstBoot(row, open(row, 'userData')))
    return cd === undefined ? undefined : `${nameOf(row)} has ${cd} in its drive, unasked`;
  if (cd !== row.uuid) return `${nameOf(row)} runs with ${cd ?? 'nothing'} in its drive`;
  const { configFile, configDisk } = row.parts;
  const file = outside.configDrives.matching(row.uuid, configFile?.epoch ?? 1);
  const disk = outside.disks.matching(row.uuid, configDisk?.epoch ?? 1);
  return file.length > 0 && disk.length > 0
    ? undefined
    : `${nameOf(row)} runs with a drive of which there are ${file.length} files and ${disk.length} disks`;
}

// As it is within JSON.
function inside(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function cardsIn(desired: unknown): readonly string[] {
  if (typeof desired !== 'object' || desired === null || !('nics' in desired)) return [];
  const { nics } = desired;
  if (!Array.isArray(nics)) return [];
  return nics.flatMap((nic: { macAddress?: string; ipv4Address?: string }) => [
    nic.macAddress ?? '',
    nic.ipv4Address ?? '',
  ]);
}
