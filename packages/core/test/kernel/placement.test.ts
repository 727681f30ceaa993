import type { HookRegistration, PlacementCandidate, ResourceUuid } from '@gdcloud/core';
import { ManualClock } from '@gdcloud/core/testing';
import t from 'tap';
import { HookRunner } from '../../dist/kernel/hook-runner.js';
import { place } from '../../dist/kernel/placement.js';
import { collectingLogger } from '../support/collecting-logger.js';
import { fixedRandom } from '../support/fixed-random.js';
import { resource, uuid } from '../support/resources.js';

const [a, b, c] = [uuid(11), uuid(12), uuid(13)];
const candidates: readonly PlacementCandidate[] = [
  { holder: a, name: 'a', facts: {} },
  { holder: b, name: 'b', facts: {} },
  { holder: c, name: 'c', facts: { slow: true } },
];

function world(
  hooks: readonly HookRegistration[],
  claim: (holder: ResourceUuid) => boolean = () => true,
  held?: ResourceUuid,
) {
  const claimed: ResourceUuid[] = [];
  const released: string[] = [];
  const capacities = new Map([
    [a, { total: 100, used: 50 }],
    [b, { total: 100, used: 10 }],
  ]);
  const parts = {
    random: fixedRandom(),
    hooks: new HookRunner(hooks, new ManualClock(), collectingLogger()),
    store: {
      capacities: () => Promise.resolve(capacities),
      claimOf: () => Promise.resolve(held === undefined ? undefined : { holder: held, amount: 20 }),
      releaseCapacity: () => {
        released.push('released');
        return Promise.resolve();
      },
      claimCapacity: (_owner: ResourceUuid, holder: ResourceUuid) => {
        claimed.push(holder);
        return Promise.resolve(claim(holder));
      },
    },
  };
  // Placement uses these of the store's methods only.
  return { claimed, released, parts: parts as unknown as Parameters<typeof place>[2] };
}

const emptiest: HookRegistration = {
  point: 'schedule.weigh',
  name: 'emptiest',
  run: ({ free, total }) => (total === 0 ? 0 : free / total),
};

function request(among = candidates) {
  return { className: 'memoryMb', amount: 20, candidates: among };
}

t.test('the heaviest candidate is charged, and no other', async (t) => {
  const { claimed, parts } = world([emptiest]);
  t.same(await place(resource(), request(), parts), { kind: 'placed', holder: b });
  t.same(claimed, [b]);
});

t.test('weights of several hooks add up', async (t) => {
  const { parts } = world([
    emptiest,
    {
      point: 'schedule.weigh',
      name: 'likes-a',
      run: ({ candidate }) => (candidate.name === 'a' ? 1 : 0),
    },
  ]);
  t.same(await place(resource(), request(), parts), { kind: 'placed', holder: a });
});

t.test('a filter keeps a candidate out, and says why', async (t) => {
  const { claimed, parts } = world([
    emptiest,
    {
      point: 'schedule.filter',
      name: 'no-b',
      run: ({ candidate }) => (candidate.name === 'b' ? { message: 'not there' } : undefined),
    },
    {
      point: 'schedule.filter',
      name: 'no-slow',
      run: ({ candidate }) => (candidate.facts['slow'] === true ? { message: 'slow' } : undefined),
    },
  ]);
  t.same(await place(resource(), request(), parts), { kind: 'placed', holder: a });
  t.same(claimed, [a]);
});

t.test('a candidate whose last room was taken meanwhile is passed by', async (t) => {
  const { claimed, parts } = world([emptiest], (holder) => holder !== b);
  t.same(await place(resource(), request(), parts), { kind: 'placed', holder: a });
  t.same(claimed, [b, a]);
});

t.test('where nothing is left each candidate’s reason is told', async (t) => {
  const { parts } = world(
    [
      emptiest,
      {
        point: 'schedule.filter',
        name: 'no-slow',
        run: ({ candidate }) =>
          candidate.facts['slow'] === true ? { message: 'slow' } : undefined,
      },
    ],
    () => false,
  );
  t.same(await place(resource(), request(), parts), {
    kind: 'nowhere',
    eliminated: [
      { name: 'c', by: 'no-slow: slow' },
      { name: 'b', by: 'taken meanwhile' },
      { name: 'a', by: 'taken meanwhile' },
    ],
  });
  t.same(await place(resource(), request([]), parts), { kind: 'nowhere', eliminated: [] });
});

t.test('hooks are told what is free; a holder nobody knows has nothing', async (t) => {
  const seen: unknown[] = [];
  const { parts } = world([
    {
      point: 'schedule.filter',
      name: 'look',
      run: ({ candidate, free, total, amount }) => {
        seen.push([candidate.name, free, total, amount]);
        return undefined;
      },
    },
  ]);
  await place(resource(), request(), parts);
  t.same(seen, [
    ['a', 50, 100, 20],
    ['b', 90, 100, 20],
    ['c', 0, 0, 20],
  ]);
});

t.test('what a pass charged before it died is kept, without weighing again', async (t) => {
  const { claimed, released, parts } = world([emptiest], () => true, a);
  t.same(await place(resource(), request(), parts), { kind: 'placed', holder: a });
  t.same({ claimed, released }, { claimed: [a], released: [] });
});

t.test('a charge at a place that is no candidate any more is given back first', async (t) => {
  const { claimed, released, parts } = world([emptiest], () => true, uuid(99));
  t.same(await place(resource(), request(), parts), { kind: 'placed', holder: b });
  t.same({ claimed, released }, { claimed: [b], released: ['released'] });
});
