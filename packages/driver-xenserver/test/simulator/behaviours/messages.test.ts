import t from 'tap';
import { VM_RECORD } from '../../vm-record.js';
import { freshPool, NOBODY } from './fresh-pool.js';

type Message = Readonly<Record<string, unknown>>;

t.test('a message belongs to an object that is there, and is found by it', async (t) => {
  const { call, ref, first, refused } = await freshPool(t);
  const host = await call('host.get_uuid', await first('host.get_all'));
  const message = await ref('message.create', 'NEWS', 3, 'Host', host, 'all is well');
  const record = (await call('message.get_record', message)) as Message;
  t.match(record, { name: 'NEWS', priority: 3, cls: 'Host', obj_uuid: host, body: 'all is well' });
  const since = '19700101T00:00:00Z';
  t.same(Object.keys((await call('message.get', 'Host', host, since)) as object), [message]);
  t.same(await call('message.get', 'Host', host, '20990101T00:00:00Z'), {}, 'none is that late');
  t.same(Object.keys((await call('message.get_since', since)) as object), [message]);
  t.equal(await call('message.get_by_uuid', record['uuid']), message);
  const unknown = '00000000-0000-4000-8000-000000000001';
  t.same(await refused('message.create', 'NEWS', 3, 'VM', unknown, ''), [
    'UUID_INVALID',
    'VM',
    unknown,
  ]);
  t.same(
    await refused('message.get', 'VM', unknown, since),
    ['UUID_INVALID'],
    'without saying what',
  );
  await call('message.destroy', message);
  t.same(await refused('message.destroy', message), ['HANDLE_INVALID', 'message', message]);
  const others = [
    await call('message.create', 'NEWS', 3, 'Host', host, ''),
    await call('message.create', 'NEWS', 3, 'Host', host, ''),
  ];
  await call('message.destroy_many', others);
  t.same(await call('message.get_all'), []);
  t.same(await refused('message.destroy_many', [NOBODY]), ['HANDLE_INVALID', 'message', NOBODY]);
});

t.test('what becomes of a VM is told in messages', async (t) => {
  const { call, ref, first } = await freshPool(t);
  const vm = await ref('VM.create', { ...VM_RECORD, actions_after_shutdown: 'destroy' });
  const uuid = await call('VM.get_uuid', vm);
  const host = (await call('host.get_record', await first('host.get_all'))) as Message;
  await call('VM.start', vm, true, false);
  await call('VM.unpause', vm);
  await call('VM.suspend', vm);
  await call('VM.resume', vm, false, false);
  await call('VM.clean_reboot', vm);
  await call('VM.hard_shutdown', vm);
  const copy = await ref('VM.clone', vm, 'copy');
  const messages = Object.values((await call('message.get_all_records')) as object) as Message[];
  const on = `on host: ${String(host['name_label'])} (uuid: ${String(host['uuid'])})`;
  t.same(
    messages.map(({ name, body }) => [name, body]),
    [
      ['VM_STARTED', `VM 'vm' started ${on}`],
      ['VM_SUSPENDED', "VM 'vm' suspended"],
      ['VM_RESUMED', `VM 'vm' resumed ${on}`],
      ['VM_REBOOTED', "VM 'vm' rebooted cleanly"],
      ['VM_SHUTDOWN', "VM 'vm' shutdown forcibly"],
      ['VM_CLONED', `VM 'vm' cloned (new uuid: ${String(await call('VM.get_uuid', copy))})`],
    ],
  );
  t.ok(messages.every(({ cls, obj_uuid }) => cls === 'VM' && obj_uuid === uuid));
});

t.test('messages are told as events and counted nowhere', async (t) => {
  const { call, first } = await freshPool(t);
  const { token } = (await call('event.from', ['message'], '', 0)) as { readonly token: string };
  const host = await call('host.get_uuid', await first('host.get_all'));
  const message = await call('message.create', 'NEWS', 3, 'Host', host, '');
  const { events, valid_ref_counts: counts } = (await call('event.from', ['*'], token, 5)) as {
    readonly events: readonly Message[];
    readonly valid_ref_counts: Readonly<Record<string, number>>;
  };
  t.match(
    events.filter((event) => event['class'] === 'message'),
    [{ operation: 'add', ref: message, snapshot: { name: 'NEWS' } }],
  );
  t.equal(counts['message'], 0);
});
