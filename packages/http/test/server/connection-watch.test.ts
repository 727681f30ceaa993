import t from 'tap';
import { ConnectionWatch, type Reading } from '../../dist/server/connection-watch.js';
import { DEFAULT_SERVER_LIMITS } from '../../dist/server/server-limits.js';

const CALM: Reading = { now: 0, bytesRead: 0, bytesTaken: 0, bytesWaiting: 0, request: undefined };
const COMING = { body: 'coming', answer: 'open' } as const;
const WAITING = { body: 'waiting', answer: 'open' } as const;
const WHOLE = { body: 'whole', answer: 'open' } as const;
const ANSWERED = { body: 'coming', answer: 'sent' } as const;

/** What is found when a connection is looked at every 5 s, and when. */
function found(minutes: number, at: (now: number) => Partial<Reading>): string {
  const watch = new ConnectionWatch(DEFAULT_SERVER_LIMITS);
  for (let now = 0; now <= minutes * 60_000; now += 5_000) {
    const slowness = watch.look({ ...CALM, now, ...at(now) });
    if (slowness !== undefined) return `${slowness} at ${now / 1_000} s`;
  }
  return 'nothing';
}

t.test('a body that drips is ended, however it drips', (t) => {
  const dripping = (now: number) => ({ bytesRead: now / 100, request: COMING });
  t.equal(found(10, dripping), 'slow body at 60 s');
  t.equal(
    found(10, () => ({ request: COMING })),
    'slow body at 60 s',
    'and one that stops',
  );
  const later = (now: number) => ({ bytesRead: Math.min(now * 100, 6e7), request: COMING });
  t.equal(found(30, later), 'slow body at 660 s', 'in the middle, too');
  t.end();
});

t.test('an upload takes as long as it takes', (t) => {
  const slow = (now: number) => ({ bytesRead: (now * 1_100) / 1_000, request: COMING });
  t.equal(found(24 * 60, slow), 'nothing', 'at little more than 1 KiB a second');
  const bursts = (now: number) => ({
    bytesRead: Math.floor(now / 50_000) * 70_000,
    request: COMING,
  });
  t.equal(found(60, bursts), 'nothing', 'and with pauses that an average hides');
  t.end();
});

t.test('nobody is ended for what we do not read', (t) => {
  t.equal(
    found(60, () => ({ request: WAITING })),
    'nothing',
  );
  t.equal(
    found(60, () => ({ request: WHOLE })),
    'nothing',
    'or are still working on',
  );
  const resumed = (now: number) => ({ request: now < 600_000 ? WAITING : COMING });
  t.equal(found(60, resumed), 'slow body at 655 s', 'but from when we read again');
  t.end();
});

t.test('what was answered before its end may not drip on', (t) => {
  t.equal(
    found(10, () => ({ request: ANSWERED })),
    'slow body at 10 s',
  );
  const fast = (now: number) => ({ bytesRead: now * 1_000, request: ANSWERED });
  t.equal(found(10, fast), 'slow body at 10 s', 'nor flow on');
  t.end();
});

t.test('who does not take an answer is ended, who takes it slowly is not', (t) => {
  t.equal(
    found(10, () => ({ bytesWaiting: 1 })),
    'slow reader at 60 s',
  );
  const slowly = (now: number) => ({
    bytesTaken: Math.floor(now / 55_000) * 1_000,
    bytesWaiting: 9_000,
  });
  t.equal(found(60, slowly), 'nothing');
  t.equal(
    found(60, () => ({ bytesTaken: 1_000 })),
    'nothing',
    'and none is waited for',
  );
  t.end();
});
