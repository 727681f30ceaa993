import type { Json } from '@gdcloud/core';
import { asText, textOf } from '../arguments.js';
import type { Behaviours, CallContext } from '../context.js';
import type { Row } from '../database.js';
import { XapiFault } from '../fault.js';
import { constructorFields } from '../generic.js';
import { textField } from '../record.js';
import { accountFor, assertBackendWell } from '../storage-manager.js';
import { isTrue, textMap } from '../values.js';
import { classNamed } from './class-named.js';

/** Makes a host's connection to a repository. Throws `PBD_EXISTS` when it has one. */
export function connect(
  { pool }: CallContext,
  host: string,
  repository: string,
  config: Readonly<Record<string, string>>,
): Row {
  const { database } = pool;
  const there = [...(database.get('SR', repository).links.get('PBDs') ?? [])].find(
    (ref) => textField(database.get('PBD', ref), 'host') === host,
  );
  if (there !== undefined) throw new XapiFault('PBD_EXISTS', repository, host, there);
  return database.insert('PBD', { host, SR: repository, device_config: config });
}

function create(context: CallContext, record: Json | undefined): string {
  const fields = constructorFields(classNamed(context.pool, 'PBD'), record);
  const config = textMap(fields['device_config']);
  const row = connect(context, asText(fields['host']), asText(fields['SR']), config);
  context.pool.database.set(row, 'other_config', fields['other_config'] ?? {});
  return row.ref;
}

function plug({ pool }: CallContext, pbd: Row): void {
  const { database } = pool;
  if (isTrue(pbd.fields.get('currently_attached'))) return;
  const repository = database.get('SR', textField(pbd, 'SR'));
  const others = [...(repository.links.get('PBDs') ?? [])]
    .map((ref) => database.get('PBD', ref))
    .filter((other) => other !== pbd && isTrue(other.fields.get('currently_attached')));
  const [other] = others;
  if (other !== undefined && !isTrue(repository.fields.get('shared'))) {
    throw new XapiFault('SR_NOT_SHARABLE', repository.ref, textField(other, 'host'));
  }
  assertBackendWell(repository);
  database.set(pbd, 'currently_attached', true);
  const manager = database.find('host', textField(pbd, 'host'));
  const domain = manager === undefined ? '' : textField(manager, 'control_domain');
  const config = textMap(pbd.fields.get('other_config'));
  if (domain !== '' && config['storage_driver_domain'] === undefined) {
    database.set(pbd, 'other_config', { ...config, storage_driver_domain: domain });
  }
  accountFor(database, repository);
}

/** Disks of the repository that VMs on the host use. */
function usedDisks({ pool }: CallContext, pbd: Row): readonly string[] {
  const { database } = pool;
  const disks: string[] = [];
  for (const vm of database.rows('VM')) {
    if (textField(vm, 'resident_on') !== textField(pbd, 'host')) continue;
    for (const ref of vm.links.get('VBDs') ?? []) {
      const vbd = database.get('VBD', ref);
      const disk = database.find('VDI', textField(vbd, 'VDI'));
      const used = isTrue(vbd.fields.get('currently_attached')) && disk !== undefined;
      if (used && textField(disk, 'SR') === textField(pbd, 'SR')) disks.push(disk.ref);
    }
  }
  return disks;
}

function unplug(context: CallContext, pbd: Row): void {
  if (!isTrue(pbd.fields.get('currently_attached'))) return;
  const used = usedDisks(context, pbd);
  if (used.length > 0) throw new XapiFault('VDI_IN_USE', ...used);
  context.pool.database.set(pbd, 'currently_attached', false);
}

function destroy({ pool }: CallContext, pbd: Row): void {
  if (isTrue(pbd.fields.get('currently_attached'))) {
    throw new XapiFault('OPERATION_NOT_ALLOWED', 'PBD is currently attached');
  }
  pool.database.remove(pbd);
}

function ofConnection(act: (context: CallContext, pbd: Row) => void) {
  return (context: CallContext, [ref]: readonly Json[]): Json => {
    act(context, context.pool.database.get('PBD', textOf(ref)));
    return '';
  };
}

/** Connections of hosts to storage repositories. */
export const CONNECTIONS: Behaviours = {
  'PBD.create': (context, [record]) => create(context, record),
  'PBD.plug': ofConnection(plug),
  'PBD.unplug': ofConnection(unplug),
  'PBD.destroy': ofConnection(destroy),
};
