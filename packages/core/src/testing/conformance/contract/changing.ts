import type { Change } from '../../../ports/driver.js';
import { notApplicable, type Theme, WRITTEN } from '../check.js';
import { demand, demandSame, Finding, same, show } from '../finding.js';
import type { CallOptions } from '../stage/actor.js';
import { changesOf } from './changes-of.js';
import { demandChange, endsWell, failureOf, onlyFailures } from './judging.js';

export const changing: Theme = {
  name: 'changing',
  checks: [
    {
      id: 'change-ends',
      rule: 'After all changes were made, none is listed (the empty plan).',
      where: WRITTEN.observe,
      reach: 'anywhere',
      async run(stage) {
        const actor = stage.open();
        for (const [from, to] of changesOf(stage)) {
          const key = stage.key();
          await actor.converge(key, from);
          demandSame((await actor.converge(key, to)).changes, [], 'changes after all were made');
        }
      },
    },
    {
      id: 'change-makes-progress',
      rule: 'A change that was made is not listed again.',
      where: WRITTEN.update,
      reach: 'anywhere',
      async run(stage) {
        const actor = stage.open();
        for (const [from, to] of changesOf(stage)) {
          const key = stage.key();
          await actor.converge(key, from);
          let done: Change | undefined;
          for (let step = 0; step < 40; step += 1) {
            const { changes, busy } = await actor.present(key, to);
            if (busy === true) {
              await stage.time.wait(1_000);
              continue;
            }
            const [change] = changes;
            if (change === undefined) break;
            if (same(change, done))
              throw new Finding('a change that was made to be done', show(done));
            await actor.update(key, to, change);
            done = change;
          }
        }
      },
    },
    {
      id: 'change-nothing',
      rule: 'Where nothing differs, nothing is listed, at once and later.',
      where: WRITTEN.observe,
      reach: 'anywhere',
      async run(stage) {
        const actor = stage.open();
        for (const spec of stage.specs.valid) {
          const key = stage.key();
          await actor.converge(key, spec);
          await stage.time.wait(1_500);
          const seen = await stage.open().present(key, spec);
          demandSame([seen.changes, seen.busy ?? false], [[], false], 'no changes and nobody busy');
        }
      },
    },
    {
      id: 'change-again',
      rule: 'A change that is repeated, by a new process too, has the effect of one.',
      where: WRITTEN.rules,
      reach: 'anywhere',
      async run(stage) {
        for (const [from, to] of changesOf(stage)) {
          const once = stage.open();
          const twice = stage.open();
          const [left, right] = [stage.key(), stage.key()];
          const comparable = same(
            (await once.converge(left, from)).actual,
            (await twice.converge(right, from)).actual,
          );
          const expected = await once.converge(left, to);
          const change = await demandChange(twice, right, to);
          await twice.update(right, to, change, { operation: 'same' });
          onlyFailures([await twice.attempts.update(right, to, change, { operation: 'same' })]);
          onlyFailures([
            await stage.open().attempts.update(right, to, change, { operation: 'same' }),
          ]);
          const seen = await twice.converge(right, to);
          if (comparable) demandSame(seen.actual, expected.actual, 'what a single change leads to');
        }
      },
    },
    {
      id: 'change-late',
      rule: 'A change that a zombie repeats after the object was as asked changes nothing more.',
      where: WRITTEN.rules,
      reach: 'anywhere',
      async run(stage) {
        for (const [from, to] of changesOf(stage)) {
          const zombie = stage.open();
          const actor = stage.open();
          const key = stage.key();
          await zombie.converge(key, from);
          const change = await demandChange(zombie, key, to);
          await actor.update(key, to, change, { operation: 'same' });
          const settled = await actor.converge(key, to);
          onlyFailures([await zombie.attempts.update(key, to, change, { operation: 'same' })]);
          const seen = await actor.converge(key, to);
          demandSame(seen.actual, settled.actual, 'the object as it was before the late call');
        }
      },
    },
    {
      id: 'change-concurrently',
      rule: 'The same change, asked for four times at once, has the effect of one.',
      where: WRITTEN.rules,
      reach: 'anywhere',
      async run(stage) {
        const actor = stage.open();
        for (const [from, to] of changesOf(stage)) {
          const [left, right] = [stage.key(), stage.key()];
          const first = await actor.converge(left, from);
          const expected = await actor.converge(left, to);
          const second = await actor.converge(right, from);
          const change = await demandChange(actor, right, to);
          onlyFailures(
            await Promise.all(
              Array.from({ length: 4 }, () =>
                actor.attempts.update(right, to, change, { operation: 'same' }),
              ),
            ),
          );
          const seen = await actor.converge(right, to);
          if (same(first.actual, second.actual)) {
            demandSame(seen.actual, expected.actual, 'what a single change leads to');
          }
        }
      },
    },
    {
      id: 'change-keeps-external',
      rule: 'An object keeps its external id when it is changed.',
      where: WRITTEN.key,
      reach: 'anywhere',
      async run(stage) {
        const actor = stage.open();
        for (const [from, to] of changesOf(stage)) {
          const key = stage.key();
          const { external } = await actor.converge(key, from);
          demandSame(
            (await actor.converge(key, to)).external,
            external,
            'the external id as it was',
          );
        }
        await stage.holds(stage.specs.changes.length, 'as many objects as before the changes');
      },
    },
    {
      id: 'change-back',
      rule: 'There and back again leads to where it began, or is refused and leaves the object as it was.',
      where: WRITTEN.kit,
      reach: 'anywhere',
      async run(stage) {
        const actor = stage.open();
        for (const [from, to] of changesOf(stage)) {
          const key = stage.key();
          await actor.converge(key, from);
          const there = await actor.converge(key, to);
          const [back] = (await actor.present(key, from)).changes;
          if (back === undefined) continue;
          const ending = await actor.attempts.update(key, from, back);
          if (ending.kind !== 'returned') {
            const { outcome } = failureOf(ending, 'the way back to fail');
            demand(['invalid', 'rejected'].includes(outcome), 'invalid or rejected', outcome);
            demandSame(await actor.present(key, to), there, 'the object as it was');
            continue;
          }
          demandSame((await actor.converge(key, from)).changes, [], 'changes after the way back');
        }
      },
    },
    {
      id: 'change-of-nothing',
      rule: 'A change of an object that is not there fails, or does nothing; it makes no object.',
      where: WRITTEN.update,
      reach: 'anywhere',
      async run(stage) {
        const actor = stage.open();
        const [first] = changesOf(stage);
        if (first === undefined) return;
        const [from, to] = first;
        const key = stage.key();
        await actor.converge(key, from);
        const change = await demandChange(actor, key, to);
        await actor.dissolve(key);
        onlyFailures([await actor.attempts.update(key, to, change)]);
        await stage.holds(0, 'nothing to come of a change of nothing');
      },
    },
    {
      id: 'change-only-its-own',
      rule: 'A change of one object leaves others as they are.',
      where: WRITTEN.key,
      reach: 'anywhere',
      async run(stage) {
        const actor = stage.open();
        for (const [from, to] of changesOf(stage)) {
          const [left, right] = [stage.key(), stage.key()];
          await actor.converge(left, from);
          const before = await actor.converge(right, from);
          await actor.converge(left, to);
          demandSame(await actor.present(right, from), before, 'the other object as it was');
        }
      },
    },
    {
      id: 'change-takes-turns',
      rule: 'Two processes that work on one object in turn do not disturb each other.',
      where: WRITTEN.rules,
      reach: 'anywhere',
      async run(stage) {
        const [left, right] = [stage.open(), stage.open()];
        let turns = 0;
        // Each turn begins with the lock, and so with a fence of its own.
        const turn = (): CallOptions => {
          turns += 1;
          return { fence: `1${String(turns).padStart(15, '0')}` };
        };
        for (const [from, to] of changesOf(stage)) {
          const key = stage.key();
          await left.converge(key, from, turn());
          await stage.noticed();
          const seen = await right.converge(key, to, turn());
          await stage.noticed();
          demandSame(await left.present(key, to, turn()), seen, 'the same for both');
        }
      },
    },
    {
      id: 'change-unsettled-is-busy',
      rule: 'Work that goes on after the call is seen by a new process: busy until it is done.',
      where: WRITTEN.accepted,
      reach: 'anywhere',
      async run(stage) {
        let unsettled = 0;
        const pairs: readonly (readonly [from: unknown, to: unknown])[] = [
          ...stage.specs.changes,
          ...stage.specs.valid.map((spec) => [undefined, spec] as const),
        ];
        for (const [from, to] of pairs) {
          const key = stage.key();
          const actor = stage.open();
          if (from !== undefined) await actor.converge(key, from);
          const before = await actor.observe(key, to);
          const change = before.presence === 'present' ? before.changes[0] : undefined;
          const ending =
            before.presence === 'absent'
              ? await actor.attempts.create(key, to)
              : change === undefined
                ? undefined
                : await actor.attempts.update(key, to, change);
          if (ending === undefined) continue;
          if (endsWell(ending, 'the first step to be accepted').settled) continue;
          unsettled += 1;
          const seen = await stage.open().present(key, to);
          const undone = seen.changes.some((listed) => same(listed, change));
          demand(
            seen.busy === true || !undone,
            'a new process to see that the backend is busy',
            seen,
          );
          await stage.open().converge(key, to);
        }
        if (unsettled === 0) notApplicable('all work is settled when its call returns');
      },
    },
  ],
};
