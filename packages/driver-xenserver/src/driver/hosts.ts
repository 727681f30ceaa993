import {
  asExternalId,
  type DriverCall,
  type HostReport,
  type UnmanagedServer,
} from '@gdcloud/core';
import { failing } from '../client/driver-failure.js';
import type { HostRecord, PBDRecord, PIFRecord, VMRecord } from '../datamodel/records.generated.js';
import { isNullRef } from '../datamodel/ref.js';
import type { DriverContext } from './context.js';
import { findRepository } from './disks/repository.js';
import { orGone } from './ours.js';
import { readStamp } from './stamp.js';

const MIB = 2 ** 20;
/** What the control domain gets where the pool does not say, in bytes. */
const CONTROL_DOMAIN_BYTES = 4096 * MIB;

type Records<Record> = Readonly<{ readonly [ref: string]: Record }>;

/** What is known of the pool besides its hosts. */
interface Surroundings {
  /** Reference of the repository of the share; undefined when there is none. */
  readonly repository: string | undefined;
  readonly pbds: Records<PBDRecord>;
  readonly untagged: Records<PIFRecord>;
  readonly running: Records<VMRecord>;
}

/**
 * The pool's hosts. Their memory is what is left for servers beside the hypervisor and the control domain. They reach
 * what is plugged on them: the repository of the share, and the devices of the trunks.
 */
export function reportHosts(
  context: DriverContext,
  call: DriverCall,
): Promise<readonly HostReport[]> {
  const { xapi } = context;
  return failing(async () => {
    const [hosts, metrics, around] = await Promise.all([
      xapi.read('host.get_all_records', [], call),
      xapi.read('host_metrics.get_all_records', [], call),
      readSurroundings(context, call),
    ]);
    const reports = Object.entries(hosts).map(async ([ref, host]): Promise<HostReport> => {
      const { memory_total: total = 0, live = false } = metrics[host.metrics] ?? {};
      const kept = await controlDomainBytes(context, host, call);
      const storageProblem = storageProblemOf(ref, around);
      return {
        external: asExternalId(host.uuid),
        name: host.name_label,
        live,
        enabled: host.enabled,
        cpuCount: Number(host.cpu_info['cpu_count'] ?? 0),
        ramSizeMb: Math.max(0, Math.floor((total - kept - host.memory_overhead) / MIB)),
        physicalNetworks: trunksOf(context, ref, around),
        unmanaged: unmanagedOn(context, ref, around),
        ...(storageProblem === undefined ? {} : { storageProblem }),
      };
    });
    return Promise.all(reports);
  });
}

async function readSurroundings(context: DriverContext, call: DriverCall): Promise<Surroundings> {
  const { xapi } = context;
  const [repository, pbds, untagged, running] = await Promise.all([
    // A pool without one says so wherever a disk is needed.
    findRepository(context, call).catch(() => undefined),
    xapi.read('PBD.get_all_records', [], call),
    xapi.read('PIF.get_all_records_where', ['field "VLAN" = "-1"'], call),
    xapi.read('VM.get_all_records_where', ['field "power_state" = "Running"'], call),
  ]);
  return { repository, pbds, untagged, running };
}

async function controlDomainBytes(
  { xapi }: DriverContext,
  host: HostRecord,
  call: DriverCall,
): Promise<number> {
  const control = isNullRef(host.control_domain)
    ? undefined
    : await orGone(() => xapi.read('VM.get_record', [host.control_domain], call));
  return (control?.memory_static_max ?? 0) || CONTROL_DOMAIN_BYTES;
}

function storageProblemOf(host: string, { repository, pbds }: Surroundings): string | undefined {
  if (repository === undefined) return undefined;
  const pbd = Object.values(pbds).find((each) => each.host === host && each.SR === repository);
  if (pbd === undefined) return 'it has no connection to the repository of the share';
  return pbd.currently_attached ? undefined : 'the repository of the share is not plugged';
}

function trunksOf(
  { settings }: DriverContext,
  host: string,
  { untagged }: Surroundings,
): readonly string[] {
  const devices = new Set(
    Object.values(untagged).flatMap((pif) => (pif.host === host ? [pif.device] : [])),
  );
  return Object.entries(settings.trunks).flatMap(([name, device]) =>
    devices.has(device) ? [name] : [],
  );
}

function unmanagedOn(
  { settings }: DriverContext,
  host: string,
  { running }: Surroundings,
): readonly UnmanagedServer[] {
  return Object.values(running).flatMap((vm) =>
    vm.resident_on === host &&
    !vm.is_control_domain &&
    readStamp(vm.other_config, settings.deployment) === undefined
      ? [{ external: asExternalId(vm.uuid), name: vm.name_label }]
      : [],
  );
}
