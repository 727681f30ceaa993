import {
  type AdoptableDisk,
  type AdoptableNic,
  type AdoptableServer,
  asExternalId,
  type DriverCall,
  type ExternalId,
  parseUuid,
  type ServerDesired,
} from '@gdcloud/core';
import { failing } from '../../client/driver-failure.js';
import type { VBDRecord, VIFRecord, VMRecord } from '../../datamodel/records.generated.js';
import { isNullRef } from '../../datamodel/ref.js';
import { allEnded } from '../all-ended.js';
import type { DriverContext } from '../context.js';
import { findRepositories } from '../disks/repository.js';
import { orGone } from '../ours.js';
import { stampOf } from '../stamp.js';
import { ownerOf } from './adopt.js';
import { guestReport } from './guest.js';
import { MIB } from './plan-size.js';
import { POWER_STATES } from './state.js';

/** Describes a VM of nobody's for its adoption, past the cache; undefined where the pool has no such server. */
export function describeAdoptable(
  context: DriverContext,
  external: ExternalId,
  call: DriverCall,
): Promise<AdoptableServer | undefined> {
  const { xapi, settings } = context;
  return failing(async () => {
    if (parseUuid(external) === undefined) return undefined;
    const record = await orGone(async () => {
      const ref = await xapi.read('VM.get_by_uuid', [external], call);
      return xapi.read('VM.get_record', [ref], call);
    });
    if (record === undefined || !isServer(record)) return undefined;
    const owner = ownerOf(record, settings.deployment);
    const [disks, nics, host, addresses] = await allEnded([
      readDisks(context, record, call),
      readNics(context, record, call),
      readHost(context, record, call),
      readAddresses(context, record, call),
    ]);
    const sizeProblem = sizeProblemOf(record);
    return {
      external,
      name: record.name_label,
      ...(owner === undefined ? {} : { owner }),
      powerState: POWER_STATES[record.power_state],
      ...(host === undefined ? {} : { host }),
      bootMode: bootModeOf(record),
      ramSizeMb: record.memory_static_max / MIB,
      cpuCount: record.VCPUs_max,
      ...(sizeProblem === undefined ? {} : { sizeProblem }),
      disks,
      nics,
      addresses,
    };
  });
}

function isServer(record: VMRecord): boolean {
  return !record.is_a_template && !record.is_a_snapshot && !record.is_control_domain;
}

function sizeProblemOf(record: VMRecord): string | undefined {
  if (record.memory_dynamic_max !== record.memory_static_max)
    return 'its memory varies: make its dynamic maximum its static one';
  if (record.memory_dynamic_min !== record.memory_static_max)
    return 'its memory varies: make its dynamic minimum its static maximum';
  return record.VCPUs_at_startup === record.VCPUs_max
    ? undefined
    : `it starts with ${record.VCPUs_at_startup} of ${record.VCPUs_max} processors: make both the same`;
}

function bootModeOf({
  HVM_boot_policy: hvm,
  PV_bootloader: loader,
}: VMRecord): ServerDesired['bootMode'] {
  if (hvm !== '') return 'hvm';
  return loader === '' ? 'pvgrub' : 'pygrub';
}

async function readHost(
  { xapi }: DriverContext,
  { resident_on: ref }: VMRecord,
  call: DriverCall,
): Promise<ExternalId | undefined> {
  if (isNullRef(ref)) return undefined;
  const uuid = await orGone(() => xapi.read('host.get_uuid', [ref], call));
  return uuid === undefined ? undefined : asExternalId(uuid);
}

async function readAddresses(
  { xapi }: DriverContext,
  { guest_metrics: ref }: VMRecord,
  call: DriverCall,
): Promise<readonly string[]> {
  if (isNullRef(ref)) return [];
  const metrics = await orGone(() => xapi.read('VM_guest_metrics.get_record', [ref], call));
  return guestReport(metrics)?.addresses ?? [];
}

async function readDisks(
  context: DriverContext,
  { VBDs }: VMRecord,
  call: DriverCall,
): Promise<readonly AdoptableDisk[]> {
  const { xapi } = context;
  const repositories = await findRepositories(context, call);
  const vbds = await allEnded(
    VBDs.map((ref) => orGone(() => xapi.read('VBD.get_record', [ref], call))),
  );
  const disks = await allEnded(
    vbds.flatMap((vbd) =>
      vbd === undefined || vbd.type === 'CD' ? [] : [readDisk(context, vbd, repositories, call)],
    ),
  );
  return disks.toSorted((left, right) => left.device - right.device);
}

async function readDisk(
  { xapi }: DriverContext,
  vbd: VBDRecord,
  repositories: readonly string[],
  call: DriverCall,
): Promise<AdoptableDisk> {
  const device = /^\d+$/.test(vbd.userdevice) ? Number(vbd.userdevice) : Number.NaN;
  const vdi = await orGone(() => xapi.read('VDI.get_record', [vbd.VDI], call));
  if (vdi === undefined) return { device, sizeBytes: 0, description: `${vbd.userdevice} (gone)` };
  const whole = { device, sizeBytes: vdi.virtual_size };
  const name = `${vdi.name_label || vdi.uuid} (device ${vbd.userdevice})`;
  if (!repositories.includes(vdi.SR))
    return { ...whole, description: `${name} in another repository` };
  if (vdi.VBDs.length > 1) return { ...whole, description: `${name}, which others have too,` };
  if (vbd.mode !== 'RW' || vbd.type !== 'Disk' || !vdi.managed || vdi.is_a_snapshot)
    return { ...whole, description: `${name}, which is no plain disk to write to,` };
  return { ...whole, disk: parseUuid(vdi.uuid), description: name };
}

async function readNics(
  context: DriverContext,
  { VIFs }: VMRecord,
  call: DriverCall,
): Promise<readonly AdoptableNic[]> {
  const { xapi } = context;
  const vifs = await allEnded(
    VIFs.map((ref) => orGone(() => xapi.read('VIF.get_record', [ref], call))),
  );
  const nics = await allEnded(
    vifs.flatMap((vif) => (vif === undefined ? [] : [readNic(context, vif, call)])),
  );
  return nics.toSorted((left, right) => left.device - right.device);
}

async function readNic(
  { xapi, settings }: DriverContext,
  vif: VIFRecord,
  call: DriverCall,
): Promise<AdoptableNic> {
  const nic = { device: Number(vif.device), macAddress: vif.MAC.toLowerCase() };
  const network = await orGone(() => xapi.read('network.get_record', [vif.network], call));
  if (network === undefined) return { ...nic, description: 'a network that is gone' };
  const description = `the pool’s network ${network.name_label || network.uuid}`;
  return { ...nic, network: stampOf(network, settings.deployment)?.uuid, description };
}
