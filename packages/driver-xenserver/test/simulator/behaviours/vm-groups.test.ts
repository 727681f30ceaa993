import t from 'tap';
import { VM_RECORD } from '../../vm-record.js';
import { freshPool, NOBODY } from './fresh-pool.js';

t.test(
  'an appliance starts and stops its VMs together, and names those that did not follow',
  async (t) => {
    const { call, ref, refused } = await freshPool(t);
    const appliance = await ref('VM_appliance.create', {
      name_label: 'shop',
      name_description: '',
    });
    t.same(await refused('VM_appliance.start', appliance, false), [
      'OPERATION_NOT_ALLOWED',
      'Appliance has no VMs.',
    ]);
    const one = await ref('VM.create', VM_RECORD);
    const other = await ref('VM.create', VM_RECORD);
    for (const vm of [one, other]) await call('VM.set_appliance', vm, appliance);
    const states = async (): Promise<unknown> => [
      await call('VM.get_power_state', one),
      await call('VM.get_power_state', other),
    ];
    await call('VM_appliance.start', appliance, true);
    t.same(await states(), ['Paused', 'Paused']);
    await call('VM_appliance.hard_shutdown', appliance);
    t.same(await states(), ['Halted', 'Halted']);
    await call('VM.add_to_blocked_operations', other, 'start', 'not today');
    t.same(await refused('VM_appliance.start', appliance, false), [
      'OPERATION_PARTIALLY_FAILED',
      'VM_appliance.start',
      other,
    ]);
    t.same(await states(), ['Running', 'Halted']);
    await call('VM_appliance.clean_shutdown', appliance);
    t.same(await states(), ['Halted', 'Halted']);
    t.same(await refused('VM_appliance.start', NOBODY, false), [
      'HANDLE_INVALID',
      'VM_appliance',
      NOBODY,
    ]);
  },
);

t.test('a schedule has the keys of its frequency, and their usual values', async (t) => {
  const { call, ref, refused } = await freshPool(t);
  const record = {
    name_label: 'nightly',
    name_description: '',
    enabled: true,
    type: 'snapshot',
    retained_snapshots: 7,
    frequency: 'daily',
    schedule: { min: '15' },
  };
  const vmss = await ref('VMSS.create', record);
  t.same(await call('VMSS.get_schedule', vmss), { hour: '0', min: '15' });
  await call('VMSS.set_frequency', vmss, 'weekly');
  t.same(await call('VMSS.get_schedule', vmss), { hour: '0', min: '15', days: 'Monday' });
  for (const [schedule, key, value] of [
    [{ min: '17' }, 'min', '17'],
    [{ hour: '24' }, 'hour', '24'],
    [{ days: 'Monday' }, 'days', 'Monday'],
  ] as const) {
    t.same(await refused('VMSS.create', { ...record, schedule }), [
      'INVALID_VALUE',
      `schedule:${key}`,
      value,
    ]);
  }
  for (const count of [0, 11]) {
    const wanted = ['INVALID_VALUE', 'retained_snapshots', String(count)];
    t.same(await refused('VMSS.create', { ...record, retained_snapshots: count }), wanted);
    t.same(await refused('VMSS.set_retained_snapshots', vmss, count), wanted);
  }
  const vm = await ref('VM.create', VM_RECORD);
  await call('VM.set_snapshot_schedule', vm, vmss);
  t.same(await refused('VMSS.destroy', vmss), ['VMSS_HAS_VM']);
  await call('VM.set_snapshot_schedule', vm, 'OpaqueRef:NULL');
  await call('VMSS.destroy', vmss);
  t.same(await call('VMSS.get_all'), []);
});
