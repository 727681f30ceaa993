import { COMPUTE, type ComputeDriver, type MessageBus, type Plugin } from '@gdcloud/core';
import t from 'tap';
import { MemoryMessageBus } from '../../../dist/adapters/messages/memory-message-bus.js';
import { server, surroundings } from '../../support/cloud.js';
import { fixedRandom } from '../../support/fixed-random.js';
import { startHost, startRemoteCloud } from './support/remote-cloud.js';
import { lossyBus } from './support/tapped-bus.js';

// A busy machine takes its time.
t.setTimeout(600_000);

for (const line of ['sound', 'lossy'] as const) {
  t.test(
    `drivers elsewhere make a cloud’s servers and take them away, over a ${line} bus`,
    async (t) => {
      const around = surroundings(t);
      const { clock, outside } = around;
      const memory = new MemoryMessageBus();
      const bus = line === 'sound' ? memory : lossyBus(memory, clock, fixedRandom(0.5, 7));
      const host = await startHost(t, around, bus);
      const world = await startRemoteCloud(t, around, bus);
      await world.reaches('image', '1', 'active');
      const network = await world.create('network', { ipv4Cidr: '10.0.0.0/24' });
      await world.reaches('network', network.id, 'active');
      const made = await world.create('virtualmachine', server(network));
      const running = await world.reaches('virtualmachine', made.id, 'running');
      t.match(running.status['macAddress'], /^02(:[0-9a-f]{2}){5}$/);
      t.same([...outside.servers.objects.keys()], [made.uuid]);
      t.ok(host.served.carriedOut > 5);
      await world.remove('virtualmachine', made.id);
      await world.reaches('virtualmachine', made.id, 'removed');
      await world.remove('network', network.id);
      await world.reaches('network', network.id, 'removed');
      for (const { objects, counts, name } of [
        outside.servers,
        outside.disks,
        outside.volumes,
        outside.segments,
        outside.appliances,
      ]) {
        t.equal(objects.size, 0, `no ${name} is left`);
        t.equal(counts.create, 1, `one of ${name} was made, however often it was asked for`);
        t.equal(counts.delete, 1);
      }
      if (line === 'lossy') t.ok(host.served.answeredAgain > 0, 'answers were lost');
    },
  );
}

t.test('while the driver host is away nothing is made anew, and work waits for it', async (t) => {
  const around = surroundings(t);
  const { outside } = around;
  const bus = new MemoryMessageBus();
  const first = await startHost(t, around, bus);
  const world = await startRemoteCloud(t, around, bus);
  await world.reaches('image', '1', 'active');
  const network = await world.create('network', { ipv4Cidr: '10.0.0.0/24' });
  await world.reaches('network', network.id, 'active');
  const made = await world.create('virtualmachine', server(network));
  await world.reaches('virtualmachine', made.id, 'running');
  await first.stop();
  await world.act('virtualmachine', made.id, 'stop');
  await world.pass(10 * 60_000);
  t.same(outside.servers.counts, { create: 1, update: 1, delete: 0 });
  const { root, breakers, attempts } = await world.cloud.explain(made.uuid);
  t.match(root?.message, /driver host rack-1: nothing is heard of it/);
  t.match(breakers, [{ state: 'open' }], 'nobody asks it in vain');
  t.equal(attempts, 0, 'waiting for it is no failure');
  await startHost(t, around, bus);
  await world.reaches('virtualmachine', made.id, 'stopped');
  t.same(outside.servers.counts, { create: 1, update: 2, delete: 0 });
});

t.test('a driver host that dies in the middle of a create: what it made is adopted', async (t) => {
  const around = surroundings(t);
  const { outside } = around;
  const bus = new MemoryMessageBus();
  const reached: { create?: true } = {};
  // Makes the server and is killed before it can say so.
  const dying: Plugin = (container) => {
    const compute = container.resolve(COMPUTE);
    const servers = new Proxy(compute.servers, {
      get: (target, name) => {
        if (name === 'create') return createAndDie;
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    const createAndDie: ComputeDriver['servers']['create'] = async (key, desired, call) => {
      await compute.servers.create(key, desired, call);
      reached.create = true;
      return new Promise((_, reject) => {
        call.signal.addEventListener('abort', () => reject(call.signal.reason));
      });
    };
    container.register(COMPUTE, { useValue: { ...compute, servers } });
  };
  const life = { state: 'alive' };
  const mortal: MessageBus = {
    publish: (topic, message) => {
      if (life.state === 'alive') bus.publish(topic, message);
    },
    subscribe: (topic, receive) =>
      bus.subscribe(topic, (message) => {
        if (life.state === 'alive') receive(message);
      }),
  };
  await startHost(t, around, mortal, [dying]);
  const world = await startRemoteCloud(t, around, bus);
  await world.reaches('image', '1', 'active');
  const network = await world.create('network', { ipv4Cidr: '10.0.0.0/24' });
  await world.reaches('network', network.id, 'active');
  const made = await world.create('virtualmachine', server(network));
  await world.until(() => reached.create === true, 'the create');
  life.state = 'dead';
  await startHost(t, around, bus);
  await world.reaches('virtualmachine', made.id, 'running');
  t.equal(outside.servers.counts.create, 1);
  t.match(await world.cloud.explain(made.uuid), { asAsked: 'yes' });
});
