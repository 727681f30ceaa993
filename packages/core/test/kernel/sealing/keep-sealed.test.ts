import {
  type JsonObject,
  METER,
  type Meter,
  NO_METER,
  type Resource,
  type ResourceUuid,
  type Store,
} from '@gdcloud/core';
import t from 'tap';
import {
  readyNetwork,
  server,
  startCloud,
  surroundings,
  type TestCloud,
} from '../../support/cloud.js';
import { Mortality } from '../../support/mortal-store.js';
import { keysOf } from '../../support/sealing.js';
import { storeOnFile } from '../../support/store-on-file.js';

const USER_DATA = 'canary of somebody';

async function withServers(world: TestCloud, count: number): Promise<readonly Resource[]> {
  const network = await readyNetwork(world);
  const made: Resource[] = [];
  for (let number = 0; number < count; number += 1)
    made.push(
      await world.create('virtualmachine', server(network, { userData: `${USER_DATA} ${number}` })),
    );
  await world.reaches('virtualmachine', made.at(-1)?.id ?? '', 'running');
  return made;
}

function sealedIn(resource: Resource | undefined): string {
  const kept = resource?.spec['userData'] as { readonly sealed?: string } | string | null;
  return typeof kept === 'object' ? (kept?.sealed ?? '') : kept;
}

function keyIdOf(resource: Resource | undefined): string | undefined {
  return sealedIn(resource).split('.')[1];
}

/** Writes a row as an earlier release had it. */
async function inClear(store: Store, { uuid }: Resource, userData: string): Promise<Resource> {
  const row = await store.get(uuid);
  if (row === undefined) throw new Error('it is gone');
  await store.reseal(uuid, row.generation, { ...(row.spec as JsonObject), userData });
  return row;
}

type Counts = { readonly [kept: string]: number };

function countsOf(readings: ReturnType<Parameters<Meter['gauge']>[1]>): Counts {
  if (readings instanceof Promise) return {};
  return Object.fromEntries(readings.map(({ labels, value }) => [Object.values(labels)[0], value]));
}

async function row(store: Store, uuid: ResourceUuid | undefined): Promise<Resource | undefined> {
  return uuid === undefined ? undefined : store.get(uuid);
}

t.test(
  'what an earlier release has left in clear is read, and sealed without a change',
  async (t) => {
    const after = surroundings(t);
    const first = await startCloud(t, { after });
    const [made] = await withServers(first, 1);
    if (made === undefined) throw new Error('one is made');
    await first.cloud.stop();
    const before = await inClear(after.store, made, USER_DATA);
    const plain = await row(after.store, made.uuid);
    t.equal(sealedIn(plain), USER_DATA);
    t.equal(first.cloud.resources.textOf(plain ?? made, 'userData'), USER_DATA);
    const events = await after.store.history(made.uuid, 200);
    const second = await startCloud(t, { after });
    await second.until(async () => sealedIn(await row(after.store, made.uuid)).startsWith('1.'));
    const sealed = await row(after.store, made.uuid);
    t.equal(second.cloud.resources.textOf(sealed ?? made, 'userData'), USER_DATA);
    t.equal(sealed?.generation, before.generation);
    t.equal((await after.store.history(made.uuid, 200)).length, events.length);
    await second.until(() =>
      second.lines.some(({ message }) => message.startsWith('what was kept in clear')),
    );
  },
);

t.test(
  'two runs on one file bring everything under a new key, and the old one can go',
  async (t) => {
    const { store } = await storeOnFile(t);
    const after = { ...surroundings(t), store };
    const old = await startCloud(t, { after, sealingKeys: keysOf(1) });
    const made = await withServers(old, 3);
    const [gone] = made;
    await old.remove('virtualmachine', gone?.id ?? '');
    await old.reaches('virtualmachine', gone?.id ?? '', 'removed');
    await old.cloud.stop();
    const contents = await Promise.all(
      made.map(async ({ uuid }) => sealedIn(await row(store, uuid)).split('.')[3]),
    );

    let read: () => Counts = () => ({});
    const meter: Meter = {
      ...NO_METER,
      isActive: true,
      gauge: ({ name }, ask) => {
        if (name === 'gdcloud_sealed_fields') read = () => countsOf(ask());
      },
    };
    const next = await startCloud(t, {
      after,
      sealingKeys: keysOf(2, 1),
      plugins: [(container) => container.register(METER, { useValue: meter })],
    });
    await next.until(async () => {
      const rows = await Promise.all(made.map(({ uuid }) => row(store, uuid)));
      return rows.every((each) => keyIdOf(each) === keysOf(2).current.id);
    }, 'the new key everywhere, tombstones too');
    t.same(
      await Promise.all(
        made.map(async ({ uuid }) => sealedIn(await row(store, uuid)).split('.')[3]),
      ),
      contents,
      'only data keys are wrapped anew',
    );
    await next.until(() => read()['current'] === 3, 'a look that finds no other');
    t.same(read(), { current: 3, former: 0, plain: 0, unreadable: 0 });
    await next.cloud.stop();

    const last = await startCloud(t, { after, sealingKeys: keysOf(2) });
    for (const [number, { uuid }] of made.entries()) {
      const kept = await row(store, uuid);
      if (kept === undefined) throw new Error('it is gone');
      t.equal(last.cloud.resources.textOf(kept, 'userData'), `${USER_DATA} ${number}`);
    }
  },
);

for (const death of ['before', 'after'] as const) {
  t.test(`killed ${death} it has written one, the next process seals the rest`, async (t) => {
    const after = surroundings(t);
    let isArmed = false;
    const mortality = new Mortality((method) =>
      isArmed && method === 'reseal' ? death : undefined,
    );
    const first = await startCloud(t, { after, wrapStore: mortality.wrap });
    const made = await withServers(first, 2);
    await first.pass(5 * 60_000);
    for (const server of made) await inClear(after.store, server, USER_DATA);
    isArmed = true;
    for (const end = first.clock.now() + 90 * 60_000; !mortality.dead; ) {
      await first.quiet(() => mortality.dead);
      if (!mortality.dead && !first.clock.advanceToNext(end)) throw new Error('it did not die');
    }
    first.abandon();
    const left = await Promise.all(made.map(({ uuid }) => row(after.store, uuid)));
    t.equal(left.filter((each) => sealedIn(each) === USER_DATA).length, death === 'before' ? 2 : 1);
    const second = await startCloud(t, { after });
    await second.until(async () => {
      const rows = await Promise.all(made.map(({ uuid }) => row(after.store, uuid)));
      return rows.every((each) => sealedIn(each).startsWith('1.'));
    }, 'both sealed');
    for (const { uuid } of made) {
      const kept = await row(after.store, uuid);
      t.equal(kept && second.cloud.resources.textOf(kept, 'userData'), USER_DATA);
    }
  });
}
