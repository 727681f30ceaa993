import { startSimulator } from '@gdcloud/driver-xenserver/simulator';
import t from 'tap';
import { openRawPool, RawFault } from '../../raw-pool.js';
import { VM_RECORD } from '../../vm-record.js';

t.test('who has a disk open is noted, and the note of a dead host keeps others away', async (t) => {
  const simulator = await startSimulator({ hosts: 2, powerLatencyMs: 1, deviceLatencyMs: 1 });
  t.teardown(() => simulator.close());
  const raw = await openRawPool(simulator.url);
  const call: typeof raw.call = (method, ...args) => raw.call(method, ...args);
  const [first = '', second = ''] = (await call('host.get_all')) as readonly string[];
  const [repository] = (await call('SR.get_all')) as readonly string[];
  const disk = await call('VDI.create', {
    SR: repository,
    virtual_size: 2 ** 30,
    type: 'user',
    sharable: false,
    read_only: false,
    other_config: {},
  });
  const locks = async (): Promise<unknown> =>
    Object.fromEntries(
      Object.entries((await call('VDI.get_sm_config', disk)) as Record<string, string>).filter(
        ([key]) => key.startsWith('host_'),
      ),
    );
  const serverOn = async (host: string): Promise<unknown> => {
    const vm = await call('VM.create', VM_RECORD);
    await call('VM.start_on', vm, host, false, false);
    return vm;
  };
  const attach = async (vm: unknown): Promise<unknown> => {
    const drive = await call('VBD.create', {
      VM: vm,
      VDI: disk,
      userdevice: 'autodetect',
      bootable: false,
      mode: 'RW',
      type: 'Disk',
      unpluggable: true,
      empty: false,
      other_config: {},
      qos_algorithm_type: '',
      qos_algorithm_params: {},
    });
    await call('VBD.plug', drive);
    return drive;
  };

  const drive = await attach(await serverOn(first));
  t.same(await locks(), { [`host_${first}`]: 'RW' });
  await call('VBD.unplug', drive);
  t.same(await locks(), {}, 'closed properly, it leaves no note');

  const grave = 'host_OpaqueRef:of-a-host-that-is-gone';
  await call('VDI.add_to_sm_config', disk, grave, 'RW');
  const other = await serverOn(second);
  const failure = await attach(other).catch((error: unknown) => error);
  t.ok(failure instanceof RawFault && failure.code === 'SR_BACKEND_FAILURE_46');
  await call('VM.hard_shutdown', other);
  const start = await call('VM.start_on', other, second, false, false).catch(
    (error: unknown) => error,
  );
  t.ok(start instanceof RawFault && start.code === 'SR_BACKEND_FAILURE_46');
  t.equal(await call('VM.get_power_state', other), 'Halted');
  await call('VDI.remove_from_sm_config', disk, grave);
  await call('VM.start_on', other, second, false, false);
  t.same(await locks(), { [`host_${second}`]: 'RW' });
});
