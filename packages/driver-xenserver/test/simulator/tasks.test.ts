import t from 'tap';
import { startCloud } from '../cloud.js';
import type { RawPool } from '../raw-pool.js';

type Task = Readonly<Record<string, unknown>>;

async function ended(raw: RawPool, task: unknown): Promise<Task> {
  for (;;) {
    const record = (await raw.call('task.get_record', task)) as Task;
    if (record['status'] !== 'pending') return record;
  }
}

t.test('a result is a fragment of XML by its declared type', async (t) => {
  const { raw } = await startCloud(t, { hosts: 1 });
  const [host] = (await raw.call('host.get_all')) as readonly string[];
  const result = async (method: string, ...args: readonly unknown[]): Promise<unknown> =>
    (await ended(raw, await raw.call(`Async.${method}`, ...args)))['result'];
  t.equal(await result('host.has_extension', host, 'x'), '<value><boolean>0</boolean></value>');
  t.match(await result('host.compute_free_memory', host), /^<value>\d+<\/value>$/);
  t.equal(await result('host.disable', host), '<value></value>');
  t.equal(
    await result('host.get_uncooperative_resident_VMs', host),
    '<value><array><data></data></array></value>',
  );
});

t.test('a task of a client is pending until the client says otherwise', async (t) => {
  const { raw } = await startCloud(t);
  const task = await raw.call('task.create', 'copying', 'by hand');
  await raw.call('task.set_progress', task, 0.5);
  const record = (await raw.call('task.get_record', task)) as Task;
  t.match(record, { status: 'pending', progress: 0.5, allowed_operations: [] });
  await raw.call('task.destroy', task);
  const marked = (await raw.call('task.get_record', task)) as Task;
  t.same(marked['current_operations'], { task: 'destroy' }, 'it is only marked');
  await raw.call('task.set_status', task, 'success');
  await raw.call('task.destroy', task);
  await t.rejects(raw.call('task.get_record', task), { code: 'HANDLE_INVALID' });
});

t.test('the wish to cancel a task stays in its record', async (t) => {
  const { raw } = await startCloud(t, { hosts: 1 });
  const [host] = (await raw.call('host.get_all')) as readonly string[];
  const task = await raw.call('Async.host.disable', host);
  await ended(raw, task);
  await raw.call('task.cancel', task);
  const record = (await raw.call('task.get_record', task)) as Task;
  t.equal(record['status'], 'success');
  const [[by, operation] = []] = Object.entries(record['current_operations'] as Task);
  t.match(by, /^DummyRef:\|[0-9a-f-]{36}\|task\.cancel$/);
  t.equal(operation, 'cancel');
});
