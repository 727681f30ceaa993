import t from 'tap';
import { startCloud } from '../cloud.js';
import { send } from '../raw-pool.js';
import { VM_RECORD } from '../vm-record.js';

t.test('errors have the parameters that a real XAPI gives them', async (t) => {
  const { raw, simulator } = await startCloud(t);
  const vm = String(await raw.call('VM.create', VM_RECORD));
  const cases: readonly (readonly [readonly unknown[], string, readonly string[]])[] = [
    [['VM.nope'], 'MESSAGE_METHOD_UNKNOWN', ['VM.nope']],
    [['VM.start', vm], 'MESSAGE_PARAMETER_COUNT_MISMATCH', ['VM.start', '3', '1']],
    [['VM.get_record', 'OpaqueRef:nope'], 'HANDLE_INVALID', ['VM', 'OpaqueRef:nope']],
    [['VM.get_by_uuid', 'nope'], 'UUID_INVALID', ['VM', 'nope']],
    [['VM.set_name_label', vm, 5], 'INTERNAL_ERROR', ['Failure("Expected string, got \'I(5)\'")']],
    [['VM.clean_shutdown', vm], 'VM_BAD_POWER_STATE', [vm, 'running', 'halted']],
    [['VM.hard_shutdown', vm], 'VM_BAD_POWER_STATE', [vm, 'paused, suspended, running', 'halted']],
    [
      ['VM.create', { name_label: 'x' }],
      'INTERNAL_ERROR',
      ['Server_helpers.Dispatcher_FieldNotFound("user_version")'],
    ],
    [['event.from', ['*'], 'zzz', 0.5], 'EVENT_FROM_TOKEN_PARSE_FAILURE', ['zzz']],
  ];
  for (const [[method, ...args], code, data] of cases) {
    await t.rejects(raw.call(String(method), ...args), { code, data }, String(method));
  }
  await raw.call('VM.add_to_other_config', vm, 'k', 'v');
  await t.rejects(raw.call('VM.add_to_other_config', vm, 'k', 'v'), {
    code: 'MAP_DUPLICATE_KEY',
    data: ['VM', 'other_config', vm, 'k'],
  });
  t.equal(await raw.call('VM.remove_from_other_config', vm, 'none'), '');
  await raw.call('session.logout');
  await t.rejects(raw.call('VM.get_all'), { code: 'SESSION_INVALID', data: [raw.session] });
  await t.rejects(send(simulator.url, 'session.login_with_password', ['root', 'wrong']), {
    code: 'SESSION_AUTHENTICATION_FAILED',
    data: ['root', 'Authentication failure'],
  });
});

t.test('queries select by field', async (t) => {
  const { raw } = await startCloud(t);
  await raw.call('VM.create', VM_RECORD);
  const count = async (expression: string): Promise<number> =>
    Object.keys((await raw.call('VM.get_all_records_where', expression)) as object).length;
  t.equal(await count('field "name__label" = "vm"'), 1);
  t.equal(await count('field "power_state" = "Running"'), 2, 'the control domains');
  t.equal(await count('not (field "power_state" = "Running")'), 1);
  t.equal(await count('(field "power_state" = "Halted") and (field "name__label" = "x")'), 0);
  t.equal(await count('field "power_state" = "Halted" or true'), 3);
});

t.test('events tell what changed since a token', async (t) => {
  const { raw } = await startCloud(t);
  interface Batch {
    readonly token: string;
    readonly events: readonly { readonly operation: string; readonly class: string }[];
  }
  const from = async (token: string): Promise<Batch> =>
    (await raw.call('event.from', ['vm'], token, 0.2)) as Batch;
  const kinds = ({ events }: Batch): readonly string[] => events.map(({ operation }) => operation);
  const first = await from('');
  t.same(kinds(first), ['add', 'add'], 'all there is');
  t.same(kinds(await from(first.token)), [], 'then nothing');
  const vm = await raw.call('VM.create', VM_RECORD);
  const made = await from(first.token);
  t.same(kinds(made), ['add']);
  await raw.call('VM.set_name_label', vm, 'other');
  await raw.call('VM.set_name_label', vm, 'another');
  t.same(kinds(await from(made.token)), ['mod'], 'several changes are one event');
  const waiting = from((await from(made.token)).token);
  await raw.call('VM.destroy', vm);
  t.same(kinds(await waiting), ['del'], 'a waiting call is woken');
});

t.test('a task reports its result in the wire form of a real XAPI', async (t) => {
  const { raw } = await startCloud(t);
  const vm = await raw.call('VM.create', VM_RECORD);
  const task = String(
    await raw.callWith(
      { 'X-Http-Other-Config-Gdcloud-Op': 'k' },
      'Async.VM.start',
      vm,
      false,
      false,
    ),
  );
  let record: Record<string, unknown> = {};
  do record = (await raw.call('task.get_record', task)) as Record<string, unknown>;
  while (record['status'] === 'pending');
  t.match(record, {
    status: 'success',
    result: '<value></value>',
    name_label: 'Async.VM.start',
    other_config: { 'http:gdcloud-op': 'k' },
  });
  const failing = String(await raw.call('Async.VM.start', vm, false, false));
  do record = (await raw.call('task.get_record', failing)) as Record<string, unknown>;
  while (record['status'] === 'pending');
  t.match(record, {
    status: 'failure',
    error_info: ['VM_BAD_POWER_STATE', vm, 'halted', 'running'],
  });
  await raw.call('task.destroy', task);
  await t.rejects(raw.call('task.get_record', task), { code: 'HANDLE_INVALID' });
});

t.test('a disk can not be written by two servers', async (t) => {
  const { raw } = await startCloud(t, { storageFolder: undefined });
  const [repository] = (await raw.call('SR.get_all')) as readonly string[];
  const disk = await raw.call('VDI.create', {
    SR: repository,
    virtual_size: 1,
    type: 'user',
    sharable: false,
    read_only: false,
    other_config: {},
  });
  const [one, two] = [
    await raw.call('VM.create', VM_RECORD),
    await raw.call('VM.create', VM_RECORD),
  ];
  for (const vm of [one, two]) {
    await raw.call('VBD.create', {
      VM: vm,
      VDI: disk,
      userdevice: '0',
      bootable: true,
      mode: 'RW',
      type: 'Disk',
      empty: false,
      other_config: {},
      qos_algorithm_type: '',
      qos_algorithm_params: {},
    });
  }
  await raw.call('VM.start', one, false, false);
  await t.rejects(raw.call('VM.start', two, false, false), { code: 'VDI_IN_USE' });
  await t.rejects(raw.call('VDI.destroy', disk), { code: 'VDI_IN_USE', data: [disk, 'destroy'] });
});

t.test('the older form of JSON-RPC is answered in kind', async (t) => {
  const { raw, simulator } = await startCloud(t);
  const response = await fetch(`${simulator.url}/jsonrpc`, {
    method: 'POST',
    body: JSON.stringify({ id: 7, method: 'VM.nope', params: [raw.session] }),
  });
  t.same(await response.json(), {
    result: null,
    error: ['MESSAGE_METHOD_UNKNOWN', 'VM.nope'],
    id: 7,
  });
  const malformed = await fetch(`${simulator.url}/jsonrpc`, { method: 'POST', body: '{' });
  t.equal(malformed.status, 500);
});
