// `xen-api` is what Xen Orchestra talks to XenServer with, so it stands here for clients that we did not write. It is a
// development dependency only, and has to stay one: two packages of its tree are under the AGPL.
import { startSimulator } from '@gdcloud/driver-xenserver/simulator';
import t, { type Test } from 'tap';
import { type Client, createClient } from 'xen-api';
import { VM_RECORD } from '../vm-record.js';

type Transport = Parameters<typeof createClient>[0]['transport'];

async function connect(t: Test, transport: Transport, asOf: string): Promise<Client> {
  const simulator = await startSimulator({ state: t.testdir(), asOf, powerLatencyMs: 5 });
  t.teardown(() => simulator.close());
  const auth = { user: simulator.username, password: simulator.password };
  const client = createClient({ url: simulator.url, auth, transport });
  client.on('error', (error) => t.error(error));
  await client.connect();
  t.teardown(() => client.disconnect());
  await client.objectsFetched;
  return client;
}

const CASES: readonly (readonly [Transport, string])[] = [
  ['json-rpc', 'latest'],
  ['json-rpc', '24.16.0'],
  ['json-rpc', 'clearwater'],
  ['xml-rpc', 'latest'],
  ['xml-rpc', 'tampa'],
  ['auto', 'latest'],
  ['auto', 'tampa'],
];

for (const [transport, asOf] of CASES) {
  t.test(`xen-api works over ${transport} as of ${asOf}`, async (t) => {
    const client = await connect(t, transport, asOf);
    t.equal(client.status, 'connected');
    t.equal(client.pool.$type, 'pool');
    const hosts = Object.values(client.objects.all).filter(({ $type }) => $type === 'host');
    t.equal(hosts.length, 2, 'its cache has the hosts');

    const vm = String(await client.call('VM.create', VM_RECORD));
    t.match(await client.barrier(vm), { $type: 'VM', power_state: 'Halted', name_label: 'vm' });
    await client.callAsync('VM.start', vm, false, false);
    t.match(await client.barrier(vm), { power_state: 'Running' }, 'its cache follows events');
    await t.rejects(client.callAsync('VM.start', vm, false, false), {
      code: 'VM_BAD_POWER_STATE',
      params: [vm, 'halted', 'running'],
    });

    await client.callAsync('VM.hard_shutdown', vm);
    const other = String(
      await client.callAsync('VM.create', { ...VM_RECORD, name_label: 'other' }),
    );
    t.match(other, /^OpaqueRef:/, 'the result of a task is read');
    t.match(await client.barrier(other), { $type: 'VM', name_label: 'other' });
    await client.setField('VM', other, 'name_description', '<é> & "ü"');
    t.match(await client.barrier(other), { name_description: '<é> & "ü"' });

    await t.rejects(client.call('VM.get_record', 'OpaqueRef:nope'), {
      code: 'HANDLE_INVALID',
      params: ['VM', 'OpaqueRef:nope'],
    });
    await t.rejects(client.call('VM.nope'), {
      code: 'MESSAGE_METHOD_UNKNOWN',
      params: ['VM.nope'],
    });
  });
}
