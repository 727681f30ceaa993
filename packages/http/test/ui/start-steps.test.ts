import t from 'tap';
import type { Resource } from '../../dist-ui/hypermedia/documents.js';
import { type Happening, happeningsOf } from '../../dist-ui/hypermedia/happenings.js';
import { startSteps, waitingIn } from '../../dist-ui/panel/pages/servers/start-steps.js';

const NEW: Resource = {
  id: '1',
  type: 'virtualmachine',
  state: 'creating',
  transitioning: 'yes',
  transitioningMessage: null,
  desiredState: 'running',
  links: {},
  actions: {},
};

/** A history out of lines `what | result`, a second apart. */
function history(...lines: readonly string[]): readonly Happening[] {
  return lines.map((line, second) => {
    const [what = '', result = ''] = line.split(' | ');
    return { at: second * 1_000, what, why: '', result };
  });
}

const ASKED = 'requested | create';
const PLACED = 'place | on xenserver-2';
const INGREDIENTS = 'condition DependenciesReady | True Ready';
const MADE = 'server.create | done';
const STARTED = 'server.powerState | done';
const READY = 'condition Ready | True AsAsked';

function standing(server: Resource, events: readonly Happening[]): readonly string[] {
  return startSteps(server, events).map(({ name, state }) => `${name}: ${state}`);
}

t.test('a server that was just asked for waits for a place', async (t) => {
  t.same(standing(NEW, history(ASKED)), [
    'asked: done',
    'placed: now',
    'ingredients: to come',
    'made: to come',
    'started: to come',
    'address: to come',
    'ready: to come',
  ]);
});

t.test('what a server waits for is told with the step that it is at', async (t) => {
  const server = { ...NEW, transitioningMessage: 'waiting for network 7' };
  const steps = startSteps(server, history(ASKED, PLACED));
  const now = steps.find(({ state }) => state === 'now');
  t.equal(now?.name, 'ingredients');
  t.same(now?.waitsFor, { type: 'network', id: '7' });
});

t.test('words that are meant for those who write drivers are not told', async (t) => {
  for (const message of ['server.create done', 'server is being made']) {
    const steps = startSteps({ ...NEW, transitioningMessage: message }, history(ASKED, PLACED));
    t.equal(steps.find(({ state }) => state === 'now')?.message, undefined, message);
  }
});

t.test('why there is no place for a server is told', async (t) => {
  const server = { ...NEW, transitioningMessage: 'no host has room for 2048 MiB' };
  const steps = startSteps(server, history(ASKED));
  t.match(steps[1], { name: 'placed', state: 'now', message: 'no host has room for 2048 MiB' });
});

t.test(
  'a step at which a person is needed has failed, and those after it are to come',
  async (t) => {
    const server = {
      ...NEW,
      state: 'error',
      transitioning: 'error',
      transitioningMessage: 'network 7 is not there',
    } as const;
    const steps = startSteps(server, history(ASKED, PLACED));
    t.match(steps[2], { name: 'ingredients', state: 'failed', message: 'network 7 is not there' });
    t.equal(steps[3]?.state, 'to come');
  },
);

t.test('a try that failed is no step that is done', async (t) => {
  const events = history(ASKED, PLACED, INGREDIENTS, 'server.create | refused: NoMemory');
  t.match(standing(NEW, events)[3], 'made: now');
});

t.test(
  'a server that was made and started waits for its network to give it its address',
  async (t) => {
    const events = history(ASKED, PLACED, INGREDIENTS, MADE, STARTED);
    t.same(standing(NEW, events).slice(4), ['started: done', 'address: now', 'ready: to come']);
  },
);

t.test('all is done once it is as asked, with the moments in which it was', async (t) => {
  const server = { ...NEW, state: 'running', transitioning: 'no', leased: true } as const;
  const events = history(ASKED, PLACED, INGREDIENTS, MADE, STARTED, READY);
  const steps = startSteps(server, events);
  t.same(
    steps.map(({ state }) => state),
    Array.from({ length: 7 }, () => 'done'),
  );
  t.same(
    steps.map(({ at }) => at),
    [0, 1_000, 2_000, 3_000, 4_000, 5_000, 5_000],
  );
  t.equal(steps[1]?.message, 'xenserver-2');
});

t.test('a step that the history has forgotten is done when a later one is', async (t) => {
  t.same(standing(NEW, history(MADE)).slice(0, 5), [
    'asked: done',
    'placed: done',
    'ingredients: done',
    'made: done',
    'started: now',
  ]);
});

t.test('a server that is to be off is neither started nor waited for', async (t) => {
  const steps = startSteps({ ...NEW, desiredState: 'stopped' }, history(ASKED));
  t.same(
    steps.map(({ name }) => name),
    ['asked', 'placed', 'ingredients', 'made', 'ready'],
  );
});

t.test(
  'a history is read from its oldest event on, and what has no moment is left out',
  async (t) => {
    const event = { id: '', type: 'event', links: {}, actions: {} };
    const read = happeningsOf([
      { ...event, timeTS: 2_000, what: 'place', result: 'on a' },
      { ...event, what: 'nothing' },
      { ...event, time: '1970-01-01T00:00:01Z', what: 'requested' },
    ]);
    t.same(
      read.map(({ at, what }) => [at, what]),
      [
        [1_000, 'requested'],
        [2_000, 'place'],
      ],
    );
  },
);

t.test('only another resource is waited for', async (t) => {
  t.same(waitingIn('waiting for image 3'), { type: 'image', id: '3' });
  t.equal(waitingIn('waiting for its disks to go'), undefined);
  t.equal(waitingIn(undefined), undefined);
});
