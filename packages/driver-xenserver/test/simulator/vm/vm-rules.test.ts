import t from 'tap';
import type { VmFacts } from '../../../dist/simulator/vm/vm-facts.js';
import { allowedVmOperations, operationFault } from '../../../dist/simulator/vm/vm-rules.js';

const HALTED: VmFacts = {
  release: 'latest',
  ref: 'vm',
  powerState: 'Halted',
  isSnapshot: false,
  isTemplate: false,
  isDefaultTemplate: false,
  isControlDomain: false,
  isDomainZero: false,
  isSystemDomain: false,
  clonesSuspended: false,
  blocked: {},
  operations: {},
  bootedAs: 'hvm',
  features: {},
  hasDrivers: false,
  immobile: false,
  nestedVirtualisation: false,
  disks: [],
  passthroughDevices: 0,
  virtualGpus: 0,
  virtualUsbs: 0,
  virtualTpms: 0,
  appliance: undefined,
  protectionPolicy: undefined,
  snapshotSchedule: undefined,
};
const RUNNING: VmFacts = { ...HALTED, powerState: 'Running' };

function fault(operation: string, facts: VmFacts): readonly string[] {
  const found = operationFault(operation, facts);
  return found === undefined ? [] : [found.code, ...found.parameters];
}

t.test(
  'what is blocked is blocked in any state, and the state is asked before all else',
  async (t) => {
    const blocked = { ...RUNNING, blocked: { start: 'mine' }, operations: { task: 'clone' } };
    t.same(fault('start', blocked), ['OPERATION_BLOCKED', 'vm', 'mine']);
    const busy = { ...RUNNING, isTemplate: true, operations: { task: 'suspend' } };
    t.same(fault('start', busy), ['VM_BAD_POWER_STATE', 'vm', 'halted', 'running']);
    t.same(fault('pause', busy), ['OTHER_OPERATION_IN_PROGRESS', 'VM', 'vm', 'suspend', 'task']);
    t.same(fault('pause', { ...busy, operations: {} }), ['VM_IS_TEMPLATE', 'vm', 'pause']);
  },
);

t.test(
  'copies go beside copies, snapshots beside snapshots, and force beside anything',
  async (t) => {
    t.same(fault('copy', { ...HALTED, operations: { one: 'clone', two: 'export' } }), []);
    t.equal(
      fault('snapshot', { ...HALTED, operations: { one: 'clone' } })[0],
      'OTHER_OPERATION_IN_PROGRESS',
    );
    t.same(fault('hard_shutdown', { ...RUNNING, operations: { one: 'clean_shutdown' } }), []);
    t.equal(
      fault('hard_reboot', { ...RUNNING, operations: { one: 'hard_shutdown' } })[0],
      'OTHER_OPERATION_IN_PROGRESS',
    );
  },
);

t.test(
  'a guest is asked only for what it can do, and one that booted paravirtual can all',
  async (t) => {
    t.same(fault('clean_shutdown', RUNNING), ['VM_LACKS_FEATURE', 'vm']);
    t.same(fault('clean_shutdown', { ...RUNNING, features: { 'feature-poweroff': '1' } }), []);
    t.same(fault('suspend', { ...RUNNING, bootedAs: 'pv' }), []);
    t.equal(operationFault('pool_migrate', RUNNING, 'forced'), undefined);
    t.same(fault('clean_shutdown', { ...RUNNING, release: 'tampa' }), [
      'VM_MISSING_PV_DRIVERS',
      'vm',
    ]);
  },
);

t.test('the lists grow with the releases', async (t) => {
  const listed = (release: string, operation: string): boolean =>
    allowedVmOperations({ ...HALTED, release }).includes(operation);
  t.equal(listed('boston', 'migrate_send'), false);
  t.equal(listed('stockholm', 'migrate_send'), true);
  t.equal(listed('stockholm', 'metadata_export'), false);
  t.equal(listed('24.16.0', 'metadata_export'), true);
});

t.test('default templates cannot be taken away, snapshots only gone back to', async (t) => {
  const template = { ...HALTED, isTemplate: true };
  t.same(fault('destroy', template), []);
  t.same(fault('destroy', { ...template, isDefaultTemplate: true }), [
    'VM_IS_TEMPLATE',
    'vm',
    'destroy',
  ]);
  const snapshot = { ...template, isSnapshot: true };
  t.same(fault('start', snapshot), ['VM_IS_SNAPSHOT', 'vm', 'start']);
  t.same(fault('revert', snapshot), []);
  t.same(fault('revert', HALTED), ['REVERT_ONLY_ALLOWED_ON_SNAPSHOT']);
});
