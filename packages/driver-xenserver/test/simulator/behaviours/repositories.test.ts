import { startSimulator } from '@gdcloud/driver-xenserver/simulator';
import t, { type Test } from 'tap';
import { openRawPool, type RawPool, refusalOf } from '../../raw-pool.js';

async function pool(t: Test): Promise<RawPool> {
  const simulator = await startSimulator({ hosts: 2 });
  t.teardown(() => simulator.close());
  return openRawPool(simulator.url);
}

const INTRODUCED = '0b5e5bd4-6a0c-4d3c-8d6e-5d1a2f1d7c11';

t.test('a repository is introduced as a row and shared by plugging each host', async (t) => {
  const raw = await pool(t);
  const sr = String(await raw.call('SR.introduce', INTRODUCED, 'share', '', 'NFS', '', true, {}));
  t.equal(await raw.call('SR.get_type', sr), 'nfs');
  t.same(await refusalOf(raw.call('SR.introduce', INTRODUCED, 'again', '', 'nfs', '', true, {})), [
    'SR_UUID_EXISTS',
    INTRODUCED,
  ]);
  t.same(await refusalOf(raw.call('SR.scan', sr)), ['SR_HAS_NO_PBDS', sr]);
  const hosts = (await raw.call('host.get_all')) as readonly string[];
  const pbds: string[] = [];
  for (const host of hosts) {
    const record = {
      host,
      SR: sr,
      device_config: { server: 's', serverpath: '/p' },
      other_config: {},
    };
    const pbd = String(await raw.call('PBD.create', record));
    t.same(await refusalOf(raw.call('PBD.create', record)), ['PBD_EXISTS', sr, host, pbd]);
    await raw.call('PBD.plug', pbd);
    pbds.push(pbd);
  }
  await raw.call('SR.scan', sr);
  t.same(await refusalOf(raw.call('PBD.destroy', pbds[0])), [
    'OPERATION_NOT_ALLOWED',
    'PBD is currently attached',
  ]);
  t.same(await refusalOf(raw.call('SR.forget', sr)), ['SR_HAS_PBD', sr]);
  t.same(await refusalOf(raw.call('SR.set_shared', sr, false)), ['SR_HAS_MULTIPLE_PBDS', sr]);
  for (const pbd of pbds) await raw.call('PBD.unplug', pbd);
  await raw.call('SR.forget', sr);
  t.same(await refusalOf(raw.call('PBD.get_record', pbds[0])), ['HANDLE_INVALID', 'PBD', pbds[0]]);
});

t.test(
  'a repository of one host is not plugged on two, and goes only when it is empty',
  async (t) => {
    const raw = await pool(t);
    const [first, second] = (await raw.call('host.get_all')) as readonly string[];
    const sr = String(await raw.call('SR.create', first, {}, '0', 'own', '', 'ext', '', false, {}));
    const other = await raw.call('PBD.create', {
      host: second,
      SR: sr,
      device_config: {},
      other_config: {},
    });
    t.same(await refusalOf(raw.call('PBD.plug', other)), ['SR_NOT_SHARABLE', sr, first]);
    const disk = await raw.call('VDI.create', {
      SR: sr,
      virtual_size: 1,
      type: 'user',
      sharable: false,
      read_only: false,
      other_config: {},
    });
    t.equal(await raw.call('VDI.get_virtual_size', disk), 2 * 2 ** 20);
    const [pbd] = (await raw.call('SR.get_PBDs', sr)) as readonly string[];
    await raw.call('PBD.unplug', pbd);
    t.same(await refusalOf(raw.call('SR.destroy', sr)), ['SR_NOT_EMPTY']);
    t.same(await refusalOf(raw.call('VDI.destroy', disk)), ['SR_HAS_NO_PBDS', sr]);
    await raw.call('PBD.plug', pbd);
    await raw.call('VDI.destroy', disk);
    await raw.call('PBD.unplug', pbd);
    await raw.call('SR.destroy', sr);
    t.same(await refusalOf(raw.call('SR.get_record', sr)), ['HANDLE_INVALID', 'SR', sr]);
  },
);
