import { type Check, type Theme, WRITTEN } from '../check.js';
import { demand, demandSame, Finding, show } from '../finding.js';
import type { SpokenRule } from '../stage/recorder.js';
import { SPOKEN } from './spoken.js';

const HOUR = 3_600_000;

/** Runs after all others: most of its rules are about everything the kit has seen. */
export const hygiene: Theme = {
  name: 'hygiene',
  checks: [
    {
      id: 'traits-are-told',
      rule: 'A driver has a name and traits, the same in every process.',
      where: WRITTEN.traits,
      reach: 'anywhere',
      async run(stage) {
        const { name, traits } = stage.open().driver;
        demand(/^\S+$/.test(name), 'a name without spaces: xenserver.servers', name);
        demand(
          ['chosen', 'stamped'].includes(traits.identity),
          'identity chosen or stamped',
          traits,
        );
        demand(
          ['cas', 'checked', 'none'].includes(traits.fencing),
          'fencing cas, checked or none',
          traits,
        );
        demand(typeof traits.dataBearing === 'boolean', 'dataBearing yes or no', traits);
        const { driver } = stage.open();
        demandSame([driver.name, driver.traits], [name, traits], 'the same in another process');
      },
    },
    {
      id: 'clock-jumps',
      rule: 'A clock that is put on or back by an hour does no harm.',
      where: 'Clock.now (core/ports/clock.ts); kernel.md 2.5',
      reach: 'fakes',
      async run(stage) {
        const [from, to] = stage.specs.changes[0] ?? [stage.spec, stage.spec];
        for (const jump of [HOUR, -HOUR]) {
          const actor = stage.open();
          const key = stage.key();
          await actor.create(key, from);
          actor.process.clock.jump(jump);
          await actor.converge(key, from);
          await actor.converge(key, to);
          actor.process.clock.jump(-2 * jump);
          await actor.present(key, to);
          await actor.dissolve(key);
        }
        await stage.holds(0, 'nothing to be left');
      },
    },
    {
      id: 'arguments-are-left-alone',
      rule: 'What a driver is given it does not change.',
      where: WRITTEN.rules,
      reach: 'anywhere',
      async run(stage) {
        const text = JSON.stringify(stage.specs);
        const actor = stage.open();
        const key = stage.key();
        await actor.converge(key, stage.spec);
        await actor.dissolve(key);
        demandSame(JSON.stringify(stage.specs), text, 'the desired states as they were');
      },
    },
    {
      id: 'looks-are-the-callers',
      rule: 'What a look returned does not change afterwards, nor what the next one returns.',
      where: WRITTEN.rules,
      reach: 'anywhere',
      async run(stage) {
        const actor = stage.open();
        const key = stage.key();
        const [from, to] = stage.specs.changes[0] ?? [stage.spec, stage.spec];
        const seen = await actor.converge(key, from);
        const text = show(seen);
        await actor.converge(key, to);
        demandSame(show(seen), text, 'the earlier observation as it was');
      },
    },
    ...SPOKEN.map(heard),
    {
      id: 'no-unhandled-rejection',
      rule: 'No promise of a driver is rejected with nobody to hear it.',
      where: WRITTEN.kit,
      reach: 'anywhere',
      async run(stage) {
        for (const { check, error } of stage.recorder.rejections) {
          throw new Finding('no unhandled rejection', `${show(error)}, during ${check}`);
        }
      },
    },
    {
      id: 'no-timer-left',
      rule: 'When all calls have ended, nothing of theirs is still scheduled.',
      where: WRITTEN.kit,
      reach: 'anywhere',
      async run(stage) {
        for (const { check, scheduled } of stage.recorder.timers) {
          throw new Finding('nothing on the clock', `${scheduled} calls scheduled after ${check}`);
        }
      },
    },
    {
      id: 'no-listener-left',
      rule: 'When a call has ended, nothing of it listens to its signal any more.',
      where: WRITTEN.kit,
      reach: 'anywhere',
      async run(stage) {
        for (const { check, verb } of stage.recorder.listeners) {
          throw new Finding('no listener on a signal', `one after ${verb}, during ${check}`);
        }
      },
    },
  ],
};

// The recorder judges whatever is said at once: kept until here, it would hold all the worlds it was said in.
function heard({ id, rule, where }: SpokenRule): Check {
  return {
    id,
    rule,
    where,
    reach: 'anywhere',
    async run(stage) {
      const finding = stage.recorder.breaches.get(id);
      if (finding !== undefined) throw finding;
    },
  };
}
