import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { startSimulator } from '@gdcloud/driver-xenserver/simulator';
import t from 'tap';
import { VM_RECORD } from '../vm-record.js';

const run = promisify(execFile);

/** Whether there is a Python with its own XML-RPC client. */
const skip = await run('python3', ['-c', 'import xmlrpc.client']).then(
  () => false as const,
  () => 'there is no python3',
);

/** Says to the pool what XenServer's Python bindings say, with Python's own XML-RPC client, and fails where they would. */
const DIALOGUE = `
import json, sys, time, xmlrpc.client
url = sys.argv[1]
server = xmlrpc.client.ServerProxy(url, allow_none=True)

class Failure(Exception):
    pass

def call(name, *args):
    target = server
    for part in name.split('.'):
        target = getattr(target, part)
    answer = target(*args)
    if not isinstance(answer, dict) or 'Status' not in answer:
        raise AssertionError('no XenAPI answer: %r' % (answer,))
    if answer['Status'] == 'Success':
        return answer['Value']
    raise Failure(answer['ErrorDescription'])

def fails(expected, name, *args):
    try:
        call(name, *args)
    except Failure as failure:
        assert failure.args[0] == expected, (failure.args[0], expected)
    else:
        raise AssertionError('%s did not fail' % name)

assert 'VM.start' in server.system.listMethods()
session = call('session.login_with_password', 'root', 'secret', '1.0', 'python')
[pool] = call('pool.get_all', session)
master = call('pool.get_master', session, pool)
version = [call('host.get_API_version_' + part, session, master) for part in ('major', 'minor')]
assert all(isinstance(part, str) for part in version), version

records = call('VM.get_all_records', session)
[dom0] = [r for r in records.values() if r['is_control_domain']]
assert isinstance(dom0['domid'], str) and dom0['domid'] == '0', dom0['domid']
assert isinstance(dom0['HVM_shadow_multiplier'], float), dom0['HVM_shadow_multiplier']
assert isinstance(dom0['snapshot_time'], xmlrpc.client.DateTime), dom0['snapshot_time']
assert dom0['is_a_template'] is False
fails(['HANDLE_INVALID', 'VM', 'OpaqueRef:nope'], 'VM.get_record', session, 'OpaqueRef:nope')
fails(['MESSAGE_METHOD_UNKNOWN', 'VM.nope'], 'VM.nope', session)
fails(['MESSAGE_PARAMETER_COUNT_MISMATCH', 'VM.start', '3', '1'], 'VM.start', session, 'x')
fails(['SESSION_INVALID', 'OpaqueRef:x'], 'VM.get_all', 'OpaqueRef:x')

record = json.load(sys.stdin)
name = 'a <b> & "c"  \\u00e9\\U0001f600 '
vm = call('VM.create', session, dict(record, name_label=name))
assert call('VM.get_name_label', session, vm) == name
call('VM.set_HVM_shadow_multiplier', session, vm, 1.5)
assert call('VM.get_HVM_shadow_multiplier', session, vm) == 1.5

batch = call('event.from', session, ['vm'], '', 5.0)
assert vm in [e['ref'] for e in batch['events'] if e['class'] == 'vm' and e['operation'] == 'add']
assert all(isinstance(e['snapshot']['domid'], str) for e in batch['events'])
assert isinstance(batch['valid_ref_counts']['vm'], int)

task = call('Async.VM.start', session, vm, False, False)
while call('task.get_status', session, task) == 'pending':
    time.sleep(0.01)
assert call('task.get_status', session, task) == 'success'
assert call('VM.get_power_state', session, vm) == 'Running'
changed = call('event.from', session, ['vm'], batch['token'], 5.0)
assert any(e['ref'] == vm and e['snapshot']['power_state'] == 'Running' for e in changed['events'])
task = call('Async.VM.start', session, vm, False, False)
while call('task.get_status', session, task) == 'pending':
    time.sleep(0.01)
assert call('task.get_error_info', session, task) == ['VM_BAD_POWER_STATE', vm, 'halted', 'running']
call('session.logout', session)
fails(['SESSION_INVALID', session], 'VM.get_all', session)
print('.'.join(version))
`;

for (const [asOf, path, version] of [
  ['boston', '/', '1.9'],
  ['clearwater', '/RPC2', '2.0'],
  ['latest', '', '2.21'],
] as const) {
  t.test(`Python's XML-RPC client works as of ${asOf}`, { skip }, async (t) => {
    const simulator = await startSimulator({
      state: t.testdir(),
      asOf,
      hosts: 1,
      powerLatencyMs: 5,
    });
    t.teardown(() => simulator.close());
    const script = run('python3', ['-c', DIALOGUE, `${simulator.url}${path}`]);
    script.child.stdin?.end(JSON.stringify(VM_RECORD));
    t.equal((await script).stdout.trim(), version);
  });
}
