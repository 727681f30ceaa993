import { type DriverCall, DriverFailure, type ObjectKey, parseUuid } from '@gdcloud/core';
import { isXapiError } from '../../client/xapi-error.js';
import type { VMRecord } from '../../datamodel/records.generated.js';
import type { DriverContext } from '../context.js';
import { carries, EPOCH, ID, isCopy, OWNER, SELF } from '../stamp.js';

type Marked = Pick<VMRecord, 'uuid' | 'other_config'>;

/** Whose a VM is, in words; undefined for nobody's, and for one whose marking for `key` has begun. Pure. */
export function ownerOf(record: Marked, deployment: string, key?: ObjectKey): string | undefined {
  const { [ID]: id, [OWNER]: owner } = record.other_config;
  if (id === undefined && owner === undefined) return undefined;
  if (isCopy(record))
    return 'nobody, but it is a copy of a server of a cloud and carries its marks';
  if (owner !== undefined && owner !== deployment) return `the deployment ${owner}`;
  return key !== undefined && id === key.uuid ? undefined : `resource ${id} of this cloud`;
}

/** Whether a VM that is to be adopted is still to be marked. Throws `OwnedByAnother` for one that can't be had. */
export function adoptionOf(
  record: VMRecord,
  key: ObjectKey,
  deployment: string,
): 'made' | 'pending' {
  if (carries(record, key, deployment)) return 'made';
  const owner = ownerOf(record, deployment, key);
  if (owner !== undefined) throw ownedByAnother(record.uuid, owner);
  if (record.is_a_template || record.is_a_snapshot || record.is_control_domain)
    throw ownedByAnother(record.uuid, 'the pool itself');
  return 'pending';
}

/**
 * Marks a VM as ours and changes nothing else about it. Each mark is added, never set: what another has put there first
 * stays. The owner comes last but one, so that a VM that is marked in part is still nobody's.
 */
export async function adopt(
  context: DriverContext,
  vm: { readonly ref: string; readonly record: VMRecord },
  key: ObjectKey,
  call: DriverCall,
): Promise<void> {
  const { deployment } = context.settings;
  const marks = [
    [ID, key.uuid],
    [EPOCH, String(key.epoch)],
    [OWNER, deployment],
    [SELF, vm.record.uuid],
  ] as const;
  for (const [name, value] of marks) await mark(context, vm, name, value, call);
}

async function mark(
  { xapi }: DriverContext,
  { ref, record }: { readonly ref: string; readonly record: VMRecord },
  name: string,
  value: string,
  call: DriverCall,
): Promise<void> {
  if (record.other_config[name] === value) return;
  try {
    await xapi.write('VM.add_to_other_config', [ref, name, value], call);
  } catch (error) {
    if (!isXapiError(error, 'MAP_DUPLICATE_KEY')) throw error;
    const { [name]: there } = await xapi.read('VM.get_other_config', [ref], call);
    if (there !== value) throw ownedByAnother(record.uuid, `whoever marked it ${name}=${there}`);
  }
}

/** Whether a VM never was ours: it has neither our marks nor our description. Pure. */
export function isNobodys({ other_config: config, name_description: text }: VMRecord): boolean {
  return (config[ID] === undefined || config[OWNER] === undefined) && !text.startsWith('gdcloud:');
}

/** A server that was adopted is never made. */
export function adoptedGone(external: string): DriverFailure {
  return new DriverFailure(
    'invalid',
    'AdoptedServerGone',
    `the pool has no VM ${parseUuid(external) ?? 'of this name'} any more`,
    { remedy: 'It was adopted and can’t be made anew: delete it.' },
  );
}

function ownedByAnother(uuid: string, owner: string): DriverFailure {
  return new DriverFailure('invalid', 'OwnedByAnother', `the VM ${uuid} belongs to ${owner}`, {
    remedy: 'Delete the resource: the VM stays as it is.',
  });
}
