import { DeadMansTime } from '@gdcloud/driver-vlan/agent';
import fc from 'fast-check';
import t from 'tap';

const MOST = 1_000;

t.test(
  'a gate is closed before another can be chosen, however long its transactions are held up',
  (t) => {
    // Each step: so much later it is refreshed, held up by so much; and so much was granted anew meanwhile.
    const step = fc.record({
      later: fc.integer({ min: 0, max: 800 }),
      heldUp: fc.integer({ min: 0, max: 3_000 }),
      granted: fc.integer({ min: 0, max: 3_000 }),
    });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 5_000 }), fc.array(step), (first, steps) => {
        let now = 0;
        let certainUntil = first;
        const controller = new AbortController();
        const time = new DeadMansTime(
          { signal: controller.signal, remainingMs: () => Math.max(0, certainUntil - now) },
          MOST,
        );
        // What is in the kernel: it expires then, and what comes later finds nothing.
        let expires = Number.NEGATIVE_INFINITY;
        const armed = time.arm();
        if (armed !== undefined) expires = now + armed;
        for (const { later, heldUp, granted } of steps) {
          now += later;
          certainUntil = Math.max(certainUntil, Math.min(certainUntil + granted, now + 5_000));
          const sent = time.refresh();
          now += heldUp;
          if (sent === undefined || now >= expires) continue;
          expires = now + sent;
          if (expires > certainUntil) return false;
        }
        return true;
      }),
    );
    t.end();
  },
);

t.test('it is as long as it may be, and nothing where that is too short', (t) => {
  const certain = (remaining: number): DeadMansTime =>
    new DeadMansTime({ signal: new AbortController().signal, remainingMs: () => remaining }, MOST);
  t.equal(certain(Number.POSITIVE_INFINITY).open(), MOST);
  t.equal(certain(1_000).open(), 450);
  t.equal(certain(50).open(), undefined);
  t.end();
});

t.test('it is nothing for a mandate that was lost', (t) => {
  const time = new DeadMansTime({ signal: AbortSignal.abort(), remainingMs: () => 10_000 }, MOST);
  t.equal(time.refresh(), undefined);
  t.end();
});
