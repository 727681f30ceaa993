import t from 'tap';
import type { Happening } from '../../dist-ui/hypermedia/happenings.js';
import { waterfallOf } from '../../dist-ui/panel/pictures/waterfall-layout.js';

const BEGIN = 1_000_000;

/** A history out of `[ms since the beginning, what, result]`. */
function history(...events: readonly (readonly [number, string, string])[]): readonly Happening[] {
  return events.map(([ms, what, result]) => ({ at: BEGIN + ms, what, why: '', result }));
}

const SERVER = {
  key: 'server',
  name: 'Server web',
  history: history(
    [0, 'requested', 'create'],
    [100, 'place', 'on xenserver-1'],
    [100, 'condition DependenciesReady', 'False NotReady'],
    [100, 'pass', 'wait for dependency: waiting for network 1'],
    [600, 'pass', 'wait for dependency: waiting for network 1'],
    [1_000, 'server.intent', 'recorded'],
    [1_000, 'pass', 'wait for progress: server is being made'],
    [1_500, 'server.create', 'done'],
    [1_500, 'server.disks.0', 'done'],
    [1_800, 'server.powerState', 'done'],
    [2_000, 'condition Ready', 'True AsAsked'],
    [9_000, 'server.powerState', 'done'],
  ),
};
const NETWORK = {
  key: 'network',
  name: 'Network lan',
  history: history(
    [-200, 'requested', 'create'],
    [0, 'segment.intent', 'recorded'],
    [900, 'segment.create', 'done'],
    [950, 'condition Ready', 'True AsAsked'],
  ),
};
const IMAGE = {
  key: 'image',
  name: 'Image Linux',
  history: history([-90_000, 'requested', 'create'], [-80_000, 'condition Ready', 'True AsAsked']),
};

t.test('a picture begins when a server, or what was made for it, was asked for', async (t) => {
  const waterfall = waterfallOf([SERVER, NETWORK], BEGIN + 60_000);
  t.equal(waterfall?.from, BEGIN - 200);
  t.equal(waterfall?.length, 2_200, 'and ends when the server was as asked');
});

t.test('who did nothing meanwhile is left out', async (t) => {
  const waterfall = waterfallOf([SERVER, NETWORK, IMAGE], BEGIN + 60_000);
  t.same(
    waterfall?.rows.map(({ name }) => name),
    ['Server web', 'Network lan'],
  );
});

t.test(
  'waiting is one bar, however often it is looked, and work is another after it',
  async (t) => {
    const waterfall = waterfallOf([SERVER], BEGIN + 60_000);
    t.same(waterfall?.rows[0]?.bars, [
      { kind: 'wait', what: 'waiting for network 1', from: 100, to: 1_000 },
      { kind: 'work', what: 'server.create', from: 1_000, to: 1_500 },
      { kind: 'work', what: 'server.powerState', from: 1_500, to: 1_800 },
    ]);
  },
);

t.test('what was asked for, decided and ready are marks', async (t) => {
  const waterfall = waterfallOf([SERVER], BEGIN + 60_000);
  t.same(waterfall?.rows[0]?.marks, [
    { kind: 'asked', what: 'requested', at: 0 },
    { kind: 'noted', what: 'place: on xenserver-1', at: 100 },
    { kind: 'ready', what: 'ready', at: 2_000 },
  ]);
});

t.test('a try that failed is told, with its reason', async (t) => {
  const failing = {
    ...SERVER,
    history: history(
      [0, 'requested', 'create'],
      [100, 'server.intent', 'recorded'],
      [400, 'server.create', 'refused: NoMemory'],
    ),
  };
  const waterfall = waterfallOf([failing], BEGIN + 500);
  t.same(waterfall?.rows[0]?.bars, [
    { kind: 'failure', what: 'server.create: refused: NoMemory', from: 100, to: 400 },
  ]);
});

t.test('a server that still waits has waited until now', async (t) => {
  const waiting = { ...SERVER, history: SERVER.history.slice(0, 4) };
  const waterfall = waterfallOf([waiting], BEGIN + 5_000);
  t.equal(waterfall?.length, 5_000);
  t.match(waterfall?.rows[0]?.bars, [{ kind: 'wait', from: 100, to: 5_000 }]);
});

t.test('there is no picture of what the history has forgotten', async (t) => {
  t.equal(waterfallOf([{ ...SERVER, history: SERVER.history.slice(6) }], BEGIN), undefined);
  t.equal(waterfallOf([], BEGIN), undefined);
});

t.test('every bar is within the picture', async (t) => {
  const waterfall = waterfallOf([SERVER, NETWORK], BEGIN + 60_000);
  for (const { bars } of waterfall?.rows ?? [])
    for (const { from, to } of bars)
      t.ok(from >= 0 && from <= to && to <= (waterfall?.length ?? 0), `${from} to ${to}`);
});
