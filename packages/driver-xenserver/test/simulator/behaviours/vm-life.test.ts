import { type Simulator, startSimulator } from '@gdcloud/driver-xenserver/simulator';
import t, { type Test } from 'tap';
import { openRawPool, type RawPool, refusalOf } from '../../raw-pool.js';
import { VM_RECORD } from '../../vm-record.js';

interface Lab {
  readonly simulator: Simulator;
  readonly raw: RawPool;
  readonly hosts: readonly string[];
}

async function open(t: Test): Promise<Lab> {
  const simulator = await startSimulator({ hosts: 2, powerLatencyMs: 0 });
  t.teardown(() => simulator.close());
  const raw = await openRawPool(simulator.url);
  return { simulator, raw, hosts: (await raw.call('host.get_all')) as readonly string[] };
}

async function running(
  { raw }: Lab,
  host: string | undefined,
  fields: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const vm = String(await raw.call('VM.create', { ...VM_RECORD, ...fields }));
  await raw.call('VM.start_on', vm, host, false, false);
  return vm;
}

const state = (lab: Lab, vm: string): Promise<unknown> => lab.raw.call('VM.get_power_state', vm);

t.test('a forced shutdown cancels the clean one that the guest ignores', async (t) => {
  const lab = await open(t);
  const vm = await running(lab, lab.hosts[0], { platform: { simtools: 'deaf' } });
  const clean = refusalOf(lab.raw.call('VM.clean_shutdown', vm));
  while (Object.keys((await lab.raw.call('VM.get_current_operations', vm)) as object).length === 0);
  await lab.raw.call('VM.hard_shutdown', vm);
  t.equal((await clean)[0], 'TASK_CANCELLED');
  t.equal(await state(lab, vm), 'Halted');
});

t.test('what becomes of a VM whose guest ends is what its record says', async (t) => {
  const lab = await open(t);
  const [host] = lab.hosts;
  const { machines } = lab.simulator;
  const mortal = await running(lab, host, { actions_after_shutdown: 'destroy' });
  machines.guest(mortal, 'shutdown');
  t.equal(await state(lab, mortal), 'Halted');
  const undead = await running(lab, host, { actions_after_shutdown: 'restart' });
  const before = await lab.raw.call('VM.get_domid', undead);
  machines.guest(undead, 'shutdown');
  t.equal(await state(lab, undead), 'Running');
  t.not(await lab.raw.call('VM.get_domid', undead), before);
  const relic = await running(lab, host, { actions_after_crash: 'preserve' });
  machines.guest(relic, 'crash');
  t.equal(await state(lab, relic), 'Paused');
  t.throws(() => machines.guest(relic, 'reboot'), RangeError);
});

t.test('VMs of a host that died run on in the database until somebody resets them', async (t) => {
  const lab = await open(t);
  const [master = '', other = ''] = lab.hosts;
  const near = await running(lab, master);
  const far = await running(lab, other);
  t.same(await refusalOf(lab.raw.call('VM.power_state_reset', near)), ['DOMAIN_EXISTS', near]);
  t.same(await refusalOf(lab.raw.call('VM.power_state_reset', far)), ['HOST_IS_LIVE', other]);
  lab.simulator.machines.loseHost(other);
  t.equal(await state(lab, far), 'Running');
  t.same(await refusalOf(lab.raw.call('VM.hard_shutdown', far)), ['HOST_OFFLINE', other]);
  await lab.raw.call('VM.power_state_reset', far);
  t.equal(await state(lab, far), 'Halted');
  t.same(await refusalOf(lab.raw.call('VM.start_on', far, other, false, false)), ['HOST_NOT_LIVE']);
  lab.simulator.machines.returnHost(other);
  await lab.raw.call('VM.start_on', far, other, false, false);
});

t.test(
  "another host leads the pool when the one that led it is lost, and it can't be the last",
  async (t) => {
    const lab = await open(t);
    const [master = '', other = ''] = lab.hosts;
    const [pool] = (await lab.raw.call('pool.get_all')) as readonly string[];
    lab.simulator.machines.loseHost(master);
    t.equal(await lab.raw.call('pool.get_master', pool), other);
    t.throws(() => lab.simulator.machines.loseHost(other), RangeError);
  },
);

t.test('a host is emptied by moving its VMs, and then takes none while disabled', async (t) => {
  const lab = await open(t);
  const [from = '', to = ''] = lab.hosts;
  const vm = await running(lab, from);
  await lab.raw.call('host.disable', from);
  await lab.raw.call('host.evacuate', from);
  t.equal(await lab.raw.call('VM.get_resident_on', vm), to);
  t.same(await refusalOf(lab.raw.call('VM.pool_migrate', vm, from, {})), ['HOST_DISABLED', from]);
});

t.test('a host that is left alone keeps what cannot move, and says which', async (t) => {
  const lab = await open(t);
  const [from = '', to = ''] = lab.hosts;
  const vm = await running(lab, from);
  await lab.raw.call('host.disable', to);
  t.same(await refusalOf(lab.raw.call('host.evacuate', from)), ['NO_HOSTS_AVAILABLE']);
  t.same(await lab.raw.call('host.get_vms_which_prevent_evacuation', from), {
    [vm]: ['NO_HOSTS_AVAILABLE'],
  });
});
