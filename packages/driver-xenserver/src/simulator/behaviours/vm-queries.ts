import type { Json } from '@gdcloud/core';
import { textOf } from '../arguments.js';
import type { Behaviour, Behaviours, CallContext } from '../context.js';
import type { Row } from '../database.js';
import { devices } from '../domain.js';
import { XapiFault } from '../fault.js';
import { assertCanBootHere, possibleHosts } from '../placement.js';
import type { Pool } from '../pool.js';
import { recordOf, textField } from '../record.js';
import { refreshOperations } from '../rules/allowed-operations.js';
import { isTrue } from '../values.js';
import { assertVmOperation } from '../vm/allowed.js';
import { withVmOperation } from '../vm/vm-operation.js';
import { VM_OPERATIONS } from '../vm/vm-states.js';

type Act = (context: CallContext, vm: Row, args: readonly Json[]) => Json | Promise<Json>;

const ofVm =
  (act: Act): Behaviour =>
  (context, [ref, ...args]) =>
    act(context, context.pool.database.get('VM', textOf(ref)), args);

/** Asks whether the operation may be, and then there is nothing to do it with. */
const nothingBehind = (operation: string, fault: XapiFault): Behaviour =>
  ofVm((context, vm) =>
    withVmOperation(context, vm, operation, async (): Promise<Json> => {
      throw fault;
    }),
  );

const emptyAnswer = (operation: string, answer: Json): Behaviour =>
  ofVm((context, vm) => withVmOperation(context, vm, operation, async () => answer));

function operationOf(value: Json | undefined): string {
  const name = textOf(value);
  const known = VM_OPERATIONS.find((operation) => operation.toLowerCase() === name.toLowerCase());
  if (known === undefined) throw new XapiFault('INTERNAL_ERROR', 'Failure("Unknown tag/contents")');
  return known;
}

/** Throws unless the VM could run on any host: all its disks and networks are shared. */
function assertAgile({ pool: { database } }: CallContext, vm: Row): '' {
  for (const ref of vm.links.get('VBDs') ?? []) {
    const disk = database.find('VDI', textField(database.get('VBD', ref), 'VDI'));
    const repository = database.find('SR', disk === undefined ? '' : textField(disk, 'SR'));
    if (repository !== undefined && !isTrue(repository.fields.get('shared')))
      throw new XapiFault('HA_CONSTRAINT_VIOLATION_SR_NOT_SHARED', repository.ref);
  }
  return '';
}

/** Works out what a VM, its devices and its disks allow, because somebody asked for that. */
function refreshWithDevices({ database, release }: Pool, vm: Row): void {
  const drives = devices(database, vm, 'VBD');
  const disks = drives.flatMap((vbd) => database.find('VDI', textField(vbd, 'VDI')) ?? []);
  for (const row of [...drives, ...disks, ...devices(database, vm, 'VIF'), vm])
    refreshOperations(database, row, release);
}

/** Questions about VMs, and calls that nothing stands behind here. */
export const VM_QUERIES: Behaviours = {
  'VM.assert_operation_valid': ofVm(({ pool }, vm, [operation]) => {
    assertVmOperation(pool, vm, operationOf(operation));
    return '';
  }),
  'VM.update_allowed_operations': ofVm(({ pool }, vm) => {
    refreshWithDevices(pool, vm);
    return '';
  }),
  'VM.get_possible_hosts': ofVm(({ pool }, vm) => possibleHosts(pool, vm).map((host) => host.ref)),
  'VM.assert_can_boot_here': ofVm(({ pool }, vm, [host]) => {
    const known = pool.database.find('host', textOf(host));
    // XAPI reads liveness first, and of a host that it does not know it reads none.
    if (known === undefined) throw new XapiFault('HOST_NOT_LIVE');
    assertCanBootHere(pool, vm, known);
    return '';
  }),
  'VM.assert_agile': ofVm(assertAgile),
  'VM.get_boot_record': ofVm((context, vm) =>
    withVmOperation(context, vm, 'get_boot_record', async () => recordOf(vm)),
  ),
  'VM.get_cooperative': ofVm(() => true),
  'VM.query_services': emptyAnswer('query_services', {}),
  'VM.get_data_sources': emptyAnswer('data_source_op', []),
  'VM.query_data_source': nothingBehind(
    'data_source_op',
    new XapiFault('INTERNAL_ERROR', `Idl.MarshalError("Expected float, got 'N'")`),
  ),
  'VM.record_data_source': emptyAnswer('data_source_op', ''),
  'VM.forget_data_source_archives': emptyAnswer('data_source_op', ''),
  'VM.send_sysrq': nothingBehind('send_sysrq', new XapiFault('NOT_IMPLEMENTED', 'send_sysrq')),
  'VM.send_trigger': nothingBehind(
    'send_trigger',
    new XapiFault('NOT_IMPLEMENTED', 'send_trigger'),
  ),
  'VM.call_plugin': ofVm((context, vm, [plugin, fn]) =>
    withVmOperation(context, vm, 'call_plugin', async (): Promise<Json> => {
      if (textOf(plugin) !== 'guest-agent-operation')
        throw new XapiFault('XENAPI_MISSING_PLUGIN', textOf(plugin));
      const reason = `The requested fn "${textOf(fn)}" could not be found in plugin "${textOf(plugin)}".`;
      throw new XapiFault('XENAPI_PLUGIN_FAILURE', 'failed to find fn', reason, reason);
    }),
  ),
  'VM.retrieve_wlb_recommendations': ofVm(() => {
    throw new XapiFault('WLB_NOT_INITIALIZED');
  }),
};
