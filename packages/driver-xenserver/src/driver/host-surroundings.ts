import { asExternalId, type DriverCall, type UnmanagedServer } from '@gdcloud/core';
import type { PBDRecord, PIFRecord, VMRecord } from '../datamodel/records.generated.js';
import type { DriverContext } from './context.js';
import { findRepositories } from './disks/repository.js';
import { knownObjects } from './known.js';
import { stampOf } from './stamp.js';
import { together } from './together.js';

/** What is known of a pool besides its hosts. */
export interface Surroundings {
  /** References of the repositories of the shares; empty when there are none. */
  readonly repositories: readonly string[];
  readonly pbds: readonly PBDRecord[];
  readonly pifs: readonly PIFRecord[];
  readonly servers: readonly VMRecord[];
}

/** Reads what a host's reach and company follow from. */
export async function readSurroundings(
  context: DriverContext,
  call: DriverCall,
): Promise<Surroundings> {
  const { xapi } = context;
  const [repositories, pbds, pifs, servers] = await together([
    // A pool without one says so wherever a disk is needed.
    findRepositories(context, call).catch(() => []),
    xapi.read('PBD.get_all_records', [], call),
    knownObjects(context, 'PIF', () => xapi.read('PIF.get_all_records', [], call), call),
    knownObjects(context, 'VM', () => xapi.read('VM.get_all_records', [], call), call),
  ]);
  return {
    repositories,
    pbds: Object.values(pbds),
    pifs: pifs.map(([, pif]) => pif),
    servers: servers.map(([, vm]) => vm),
  };
}

/**
 * Why servers on a host would have no disks; undefined when they would. Of several shares one is enough: another one may
 * be away everywhere, which is no reason to keep servers with other disks from every host.
 */
export function storageProblemOf(
  host: string,
  { repositories, pbds }: Surroundings,
): string | undefined {
  if (repositories.length === 0) return undefined;
  const own = pbds.filter((each) => each.host === host && repositories.includes(each.SR));
  if (own.length === 0) return 'it has no connection to the repository of the share';
  return own.some((each) => each.currently_attached)
    ? undefined
    : 'the repository of the share is not plugged';
}

/** The physical networks that a host has the device for. */
export function trunksOf(
  { settings }: Pick<DriverContext, 'settings'>,
  host: string,
  { pifs }: Surroundings,
): readonly string[] {
  // -1 is XAPI's tag of interfaces without one.
  const devices = new Set(
    pifs.flatMap((pif) => (pif.host === host && pif.VLAN === -1 ? [pif.device] : [])),
  );
  return Object.entries(settings.trunks).flatMap(([name, device]) =>
    devices.has(device) ? [name] : [],
  );
}

/** The servers that a host runs and that are not of this deployment. */
export function unmanagedOn(
  { settings }: Pick<DriverContext, 'settings'>,
  host: string,
  { servers }: Surroundings,
): readonly UnmanagedServer[] {
  return servers.flatMap((vm) =>
    vm.resident_on === host &&
    !vm.is_control_domain &&
    stampOf(vm, settings.deployment) === undefined
      ? [{ external: asExternalId(vm.uuid), name: vm.name_label }]
      : [],
  );
}
