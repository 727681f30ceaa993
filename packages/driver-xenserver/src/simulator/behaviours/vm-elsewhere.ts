import { textOf } from '../arguments.js';
import type { Behaviour, Behaviours } from '../context.js';
import type { Database, Row } from '../database.js';
import { XapiFault } from '../fault.js';
import { textField } from '../record.js';
import { isTrue, textMap } from '../values.js';

/** Repositories of a VM's disks that no host has plugged. */
function repositoriesMissing(database: Database, vm: Row): readonly string[] {
  const missing = new Set<string>();
  for (const ref of vm.links.get('VBDs') ?? []) {
    const vbd = database.get('VBD', ref);
    if (textField(vbd, 'type') === 'CD') continue;
    const disk = database.find('VDI', textField(vbd, 'VDI'));
    const home = disk && database.find('SR', textField(disk, 'SR'));
    if (home === undefined || textField(home, 'content_type') === 'iso') continue;
    const plugged = [...(home.links.get('PBDs') ?? [])].some((pbd) =>
      isTrue(database.get('PBD', pbd).fields.get('currently_attached')),
    );
    if (!plugged) missing.add(home.ref);
  }
  return [...missing];
}

/** What `host.migrate_receive` answers: the other side of a move between pools. */
const DESTINATION = ['master', 'xenops', 'session_id', 'host'];

/** There is one pool here, so no destination is a good one; how an incomplete one is refused is known. */
const withoutOtherPool: Behaviour = ({ pool }, [ref, destination]) => {
  pool.database.get('VM', textOf(ref));
  const given = textMap(destination);
  if (DESTINATION.some((key) => !Object.hasOwn(given, key))) {
    throw new XapiFault('INTERNAL_ERROR', 'Not_found');
  }
  throw new XapiFault('NOT_IMPLEMENTED', 'migration between pools');
};

/** VMs that go to another pool, or come back from the remains of one. */
export const VM_ELSEWHERE: Behaviours = {
  'VM.assert_can_be_recovered': ({ pool: { database } }, [ref]) => {
    const vm = database.get('VM', textOf(ref));
    const [missing] = repositoriesMissing(database, vm);
    if (missing !== undefined) throw new XapiFault('VM_REQUIRES_SR', vm.ref, missing);
    return '';
  },
  'VM.get_SRs_required_for_recovery': ({ pool: { database } }, [ref]) =>
    repositoriesMissing(database, database.get('VM', textOf(ref))),
  'VM_appliance.assert_can_be_recovered': ({ pool: { database } }, [ref]) => {
    const appliance = database.get('VM_appliance', textOf(ref));
    for (const vm of appliance.links.get('VMs') ?? []) {
      const [missing] = repositoriesMissing(database, database.get('VM', vm));
      if (missing !== undefined) throw new XapiFault('VM_REQUIRES_SR', vm, missing);
    }
    return '';
  },
  'VM_appliance.get_SRs_required_for_recovery': ({ pool: { database } }, [ref]) => {
    const vms = [...(database.get('VM_appliance', textOf(ref)).links.get('VMs') ?? [])];
    return [...new Set(vms.flatMap((vm) => repositoriesMissing(database, database.get('VM', vm))))];
  },
  'VM.assert_can_migrate': withoutOtherPool,
  'VM.migrate_send': withoutOtherPool,
};
