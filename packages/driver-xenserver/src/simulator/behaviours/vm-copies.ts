import { isNullRef } from '../../datamodel/ref.js';
import { isList, textOf } from '../arguments.js';
import type { Behaviours, CallContext } from '../context.js';
import type { Row } from '../database.js';
import { XapiFault } from '../fault.js';
import { assertStorageSeen } from '../placement.js';
import { textField } from '../record.js';
import { textList } from '../values.js';
import { type CopyOrder, copyVm, haltCopy, snapshotInfo } from '../vm/copy-vm.js';
import { withVmOperation } from '../vm/vm-operation.js';
import { suspend } from './vm-power.js';
import { wake } from './vm-start.js';

function make(context: CallContext, vm: Row, order: CopyOrder): Promise<string> {
  return withVmOperation(context, vm, order.kind, async () => {
    if (order.kind !== 'copy') assertStorageSeen(context.pool, vm);
    const copy = await copyVm(context, vm, order);
    if (order.kind === 'clone' || order.kind === 'copy') haltCopy(context, vm, copy);
    return copy.ref;
  });
}

/** A repository that does not exist means none; one of ISO images holds no disks of VMs. */
function repositoryFor({ pool }: CallContext, ref: string): string | undefined {
  const repository = isNullRef(ref) ? undefined : pool.database.find('SR', ref);
  if (repository !== undefined && textField(repository, 'content_type') === 'iso')
    throw new XapiFault('OPERATION_NOT_ALLOWED', "Cannot copy a VM's disks to an ISO SR");
  return repository?.ref;
}

/** Disks and memory of one moment: a running VM is suspended for it and goes on where it was. */
function checkpoint(context: CallContext, vm: Row, name: string): Promise<string> {
  return withVmOperation(context, vm, 'checkpoint', async (signal) => {
    const host = context.pool.database.find('host', textField(vm, 'resident_on'));
    const running = vm.fields.get('power_state') === 'Running';
    const info = running ? snapshotInfo(vm) : {};
    if (running) await suspend(context, vm, signal);
    try {
      return (await copyVm(context, vm, { kind: 'checkpoint', name, snapshotInfo: info })).ref;
    } finally {
      if (running) await wake(context, vm, { host, state: 'Running' }, signal);
    }
  });
}

/** VMs made from VMs. */
export const VM_COPIES: Behaviours = {
  'VM.clone': (context, [vm, name]) =>
    make(context, context.pool.database.get('VM', textOf(vm)), {
      kind: 'clone',
      name: textOf(name),
    }),
  'VM.copy': (context, [vm, name, repository]) =>
    make(context, context.pool.database.get('VM', textOf(vm)), {
      kind: 'copy',
      name: textOf(name),
      repository: repositoryFor(context, textOf(repository)),
    }),
  'VM.snapshot': (context, [vm, name, ignored]) =>
    make(context, context.pool.database.get('VM', textOf(vm)), {
      kind: 'snapshot',
      name: textOf(name),
      ignoredDisks: isList(ignored) ? textList(ignored) : [],
    }),
  'VM.checkpoint': (context, [vm, name]) =>
    checkpoint(context, context.pool.database.get('VM', textOf(vm)), textOf(name)),
  'VM.snapshot_with_quiesce': (context, [vm, name]) =>
    withVmOperation(
      context,
      context.pool.database.get('VM', textOf(vm)),
      'snapshot_with_quiesce',
      async () => {
        const source = context.pool.database.get('VM', textOf(vm));
        const info = { ...snapshotInfo(source), 'disk-snapshot-type': 'quiesced' };
        const order = { kind: 'snapshot', name: textOf(name), snapshotInfo: info } as const;
        return (await copyVm(context, source, order)).ref;
      },
    ),
};
