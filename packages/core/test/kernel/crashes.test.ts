import type { Store } from '@gdcloud/core';
import t from 'tap';
import { memoryUsed, readyNetwork, server, startCloud, surroundings } from '../support/cloud.js';
import { Mortality, untilDead, WRITES } from '../support/mortal-store.js';
import { uuid } from '../support/resources.js';
import { turns } from '../support/turns.js';
import { widgets } from '../support/widgets.js';

type RecordArgs = Parameters<Store['record']>;

function partOf(method: string, args: readonly unknown[], part: string): string | undefined {
  if (method !== 'record') return undefined;
  const [, , , record] = args as RecordArgs;
  return record.parts[part]?.state;
}

t.test(
  'killed after the intent and before the create, the next process makes the object',
  async (t) => {
    const outside = widgets();
    const mortality = new Mortality((method, args) =>
      partOf(method, args, 'thing') === 'intent' ? 'after' : undefined,
    );
    const first = await startCloud(t, { plugins: [outside.plugin], wrapStore: mortality.wrap });
    const widget = await first.create('widget', { size: 2 });
    t.ok(await untilDead(first, mortality, 'widget'));
    first.abandon();
    t.equal(outside.objects.counts.create, 0);
    const second = await startCloud(t, { after: first, plugins: [outside.plugin] });
    await second.reaches('widget', widget.id, 'active');
    t.equal(outside.objects.counts.create, 1);
  },
);

t.test(
  'killed after the create and before its record, the next process adopts the object',
  async (t) => {
    const outside = widgets();
    const mortality = new Mortality((method, args) =>
      partOf(method, args, 'thing') === 'recorded' ? 'before' : undefined,
    );
    const first = await startCloud(t, { plugins: [outside.plugin], wrapStore: mortality.wrap });
    const widget = await first.create('widget', { size: 2 });
    t.ok(await untilDead(first, mortality, 'widget'));
    first.abandon();
    t.equal(outside.objects.counts.create, 1);
    t.match((await first.store.get(widget.uuid))?.parts, { thing: { state: 'intent' } });
    const second = await startCloud(t, { after: first, plugins: [outside.plugin] });
    await second.reaches('widget', widget.id, 'active');
    t.same(outside.objects.counts, { create: 1, update: 0, delete: 0 });
  },
);

t.test(
  'killed after the create, a widget that is not wanted any more leaves nothing',
  async (t) => {
    const outside = widgets();
    const mortality = new Mortality((method, args) =>
      partOf(method, args, 'thing') === 'recorded' ? 'before' : undefined,
    );
    const first = await startCloud(t, { plugins: [outside.plugin], wrapStore: mortality.wrap });
    const widget = await first.create('widget', { size: 2 });
    t.ok(await untilDead(first, mortality, 'widget'));
    first.abandon();
    const dead = await first.store.get(widget.uuid);
    await first.store.change(widget.uuid, dead?.generation ?? 0, {
      deleteRequestedAt: first.clock.now(),
      event: { at: 0, what: 'delete requested', why: 'test', result: '' },
    });
    const second = await startCloud(t, { after: first, plugins: [outside.plugin] });
    await second.reaches('widget', widget.id, 'removed');
    t.equal(outside.objects.objects.size, 0);
  },
);

/** Dies before the n-th write after it was armed, which is also after the write before that. */
class MortalAtWrite extends Mortality {
  #left = Number.POSITIVE_INFINITY;

  constructor() {
    super((method) => {
      if (!WRITES.has(method)) return undefined;
      this.#left -= 1;
      return this.#left === 0 ? 'before' : undefined;
    });
  }

  arm(n: number): void {
    this.#left = n;
  }
}

t.test(
  'killed at any write, a server is still made exactly once, and removed without a trace',
  async (t) => {
    const around = surroundings(t);
    let mortality = new MortalAtWrite();
    let world = await startCloud(t, { after: around, wrapStore: mortality.wrap });
    const network = await readyNetwork(world);
    const { outside, store } = around;
    const reborn = async (): Promise<void> => {
      world.abandon();
      mortality = new MortalAtWrite();
      world = await startCloud(t, { after: around, wrapStore: mortality.wrap });
    };
    const deaths = { creating: 0, removing: 0 };
    for (let n = 1; ; n += 1) {
      const before = deaths.creating + deaths.removing;
      const made = { servers: outside.servers.counts.create, disks: outside.disks.counts.create };
      // The wish itself may die with the process: then it was never acknowledged, and the client asks again.
      const body = server(network, { uuid: uuid(0xabc000 + n) });
      mortality.arm(n);
      void world.create('virtualmachine', body);
      if (await untilDead(world, mortality, 'virtualmachine')) {
        deaths.creating += 1;
        await reborn();
      }
      mortality.arm(Number.POSITIVE_INFINITY);
      const machine = await world.create('virtualmachine', body);
      await world.reaches('virtualmachine', machine.id, 'running');
      const point = `creating, write ${n}`;
      t.equal(outside.servers.counts.create, made.servers + 1, `${point}: one server was made`);
      t.equal(outside.disks.counts.create, made.disks + 1, `${point}: one disk was made`);
      t.match(await memoryUsed(store), { used: 1024 }, `${point}: it is charged once`);

      mortality.arm(n);
      void world.remove('virtualmachine', machine.id);
      if (await untilDead(world, mortality, 'virtualmachine')) {
        deaths.removing += 1;
        await reborn();
      }
      mortality.arm(Number.POSITIVE_INFINITY);
      await world.remove('virtualmachine', machine.id);
      await world.reaches('virtualmachine', machine.id, 'removed');
      const held = [
        ...[outside.servers, outside.volumes, outside.disks].flatMap(({ objects }) => [...objects]),
        ...(await store.allocated('mac')),
        ...(await store.allocated(`ipv4/${network.uuid}`)),
      ];
      t.same(held, [], `removing, write ${n}: nothing is left`);
      t.match(await memoryUsed(store), { used: 0 }, `removing, write ${n}: nothing is charged`);
      if (deaths.creating + deaths.removing === before) break;
    }
    t.ok(deaths.creating > 5, `${deaths.creating} crash points of a creation`);
    t.ok(deaths.removing > 5, `${deaths.removing} crash points of a removal`);
  },
);

t.test(
  'killed between being charged for a host’s last room and its record, a server still comes up',
  async (t) => {
    const mortality = new Mortality((method) => (method === 'claimCapacity' ? 'after' : undefined));
    const first = await startCloud(t, {
      wrapStore: mortality.wrap,
      drivers: { hosts: 1, hostMemoryMb: 1024 },
    });
    const network = await readyNetwork(first);
    const machine = await first.create('virtualmachine', server(network));
    t.ok(await untilDead(first, mortality, 'widget'));
    first.abandon();
    t.match(await memoryUsed(first.store), { used: 1024 });
    const second = await startCloud(t, { after: first });
    await second.reaches('virtualmachine', machine.id, 'running');
    t.match(await memoryUsed(second.store), { used: 1024 });
  },
);

t.test('killed while it was seeded, the next start finishes the job once', async (t) => {
  for (const death of ['before', 'after'] as const) {
    for (const n of [1, 3, 9, 10, 11, 12]) {
      let writes = 0;
      const mortality = new Mortality((method) => {
        writes += WRITES.has(method) ? 1 : 0;
        return writes === n ? death : undefined;
      });
      const around = surroundings(t);
      void startCloud(t, { after: around, wrapStore: mortality.wrap });
      while (!mortality.dead) await turns();
      const second = await startCloud(t, { after: around });
      for (const [type, count] of [
        ['offering', 8],
        ['image', 2],
        ['account', 1],
        ['apikey', 1],
      ] as const) {
        const { resources } = await second.cloud.resources.list(second.admin, second.type(type), {
          filters: [],
          limit: 50,
        });
        t.equal(resources.length, count, `${count} ${type} after dying ${death} write ${n}`);
      }
      await second.stop();
    }
  }
});
