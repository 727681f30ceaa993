import t from 'tap';
import { startCloud } from '../cloud.js';
import { RawFault } from '../raw-pool.js';

async function fault(call: Promise<unknown>): Promise<readonly string[]> {
  try {
    await call;
    return [];
  } catch (error) {
    if (error instanceof RawFault) return [error.code, ...error.data];
    throw error;
  }
}

t.test('all arguments are read before anything is looked at', async (t) => {
  const { raw } = await startCloud(t);
  const [code] = await fault(raw.call('VM.start', 'OpaqueRef:gone', 'yes', false));
  t.equal(code, 'INTERNAL_ERROR');
  const [second] = await fault(raw.call('Async.VM.start', 'OpaqueRef:gone', false, 1));
  t.equal(second, 'INTERNAL_ERROR', 'before there is a task');
  t.same(await fault(raw.call('VM.start', 'OpaqueRef:gone', false, false)), [
    'HANDLE_INVALID',
    'VM',
    'OpaqueRef:gone',
  ]);
});

t.test('enumerations are read in any case and kept in their own', async (t) => {
  const { raw } = await startCloud(t);
  const [vm] = (await raw.call('VM.get_all')) as readonly string[];
  await raw.call('VM.set_actions_after_shutdown', vm, 'RESTART');
  t.equal(await raw.call('VM.get_actions_after_shutdown', vm), 'restart');
  const [code] = await fault(raw.call('VM.set_actions_after_shutdown', vm, 'explode'));
  t.equal(code, 'INTERNAL_ERROR');
});

t.test('a map refuses a key it has, by the name of its column, and an empty one', async (t) => {
  const { raw } = await startCloud(t);
  const [vm] = (await raw.call('VM.get_all')) as readonly string[];
  await raw.call('VM.add_to_VCPUs_params', vm, 'weight', '256');
  t.same(await fault(raw.call('VM.add_to_VCPUs_params', vm, 'weight', '1')), [
    'MAP_DUPLICATE_KEY',
    'VM',
    'VCPUs__params',
    vm,
    'weight',
  ]);
  t.same(await fault(raw.call('VM.add_to_other_config', vm, '', 'x')), [
    'INTERNAL_ERROR',
    'Db_exn.Empty_key_in_map',
  ]);
  t.notOk(Object.hasOwn((await raw.call('VM.get_other_config', vm)) as object, ''));
});

t.test('parameters are counted, except after the last optional one', async (t) => {
  const { raw } = await startCloud(t);
  t.same(await fault(raw.call('VM.get_record')), [
    'MESSAGE_PARAMETER_COUNT_MISMATCH',
    'VM.get_record',
    '1',
    '0',
  ]);
  t.same(await fault(raw.call('VDI.snapshot', 'OpaqueRef:gone', {}, 'more', 'and more')), [
    'HANDLE_INVALID',
    'VDI',
    'OpaqueRef:gone',
  ]);
});

t.test('messages have a second spelling', async (t) => {
  const { raw } = await startCloud(t);
  t.same(await raw.call('host_metrics_get_all'), await raw.call('host_metrics.get_all'));
});

t.test('messages between hosts are known and refused', async (t) => {
  const { raw } = await startCloud(t);
  const [code] = await fault(raw.call('host.ha_disarm_fencing', 'OpaqueRef:gone'));
  t.equal(code, 'INTERNAL_ERROR');
  const [counted] = await fault(raw.call('host.local_assert_healthy', 'x'));
  t.equal(counted, 'MESSAGE_PARAMETER_COUNT_MISMATCH');
});

t.test('accessors have no asynchronous form', async (t) => {
  const { raw } = await startCloud(t);
  for (const method of [
    'VM.get_uuid',
    'VM.get_allowed_VIF_devices',
    'event.from',
    'session.logout',
  ]) {
    const args = method === 'event.from' ? [[], '', 0] : method === 'session.logout' ? [] : ['x'];
    const [code, text] = await fault(raw.call(`Async.${method}`, ...args));
    t.equal(code, 'Fault');
    t.equal(text, `No async mode for this operation (rpc: ${method})`);
  }
});

t.test('a query compares what the database has, and refuses columns it has not', async (t) => {
  const { raw } = await startCloud(t, { hosts: 1 });
  const [vm] = (await raw.call('VM.get_all')) as readonly string[];
  await raw.call('VM.set_other_config', vm, { k: "it's" });
  const count = async (text: string): Promise<number> =>
    Object.keys((await raw.call('VM.get_all_records_where', text)) as object).length;
  t.equal(await count(`field "other_config" = "(('k' 'it\\\\'s'))"`), 1);
  t.equal(await count(`field "_ref" = "${vm}"`), 1);
  t.equal(await count('field "is_control_domain" = "true"'), 1);
  const [code] = await fault(raw.call('VM.get_all_records_where', 'field "name_label" = "x"'));
  t.equal(code, 'INTERNAL_ERROR');
});
