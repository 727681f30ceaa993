import { notApplicable, type Theme, WRITTEN } from '../check.js';
import { demand, demandSame, Finding, same, show } from '../finding.js';
import { endsWell } from './judging.js';

export const observing: Theme = {
  name: 'observing',
  checks: [
    {
      id: 'observe-before',
      rule: 'Before it is made, an object is absent.',
      where: WRITTEN.observe,
      reach: 'anywhere',
      async run(stage) {
        const actor = stage.open();
        const key = stage.key();
        demandSame((await actor.observe(key, stage.spec)).presence, 'absent', 'presence');
        demandSame((await actor.observe(key)).presence, 'absent', 'presence of what is to go');
      },
    },
    {
      id: 'observe-changes-nothing',
      rule: 'A look changes nothing: not what there is, not what the next look shows.',
      where: WRITTEN.observe,
      reach: 'anywhere',
      async run(stage) {
        const actor = stage.open();
        const key = stage.key();
        await actor.observe(stage.key(), stage.spec);
        await stage.holds(0, 'nothing to come of a look');
        const first = await actor.converge(key, stage.spec);
        const before = await stage.objects();
        const [, other] = stage.specs.changes[0] ?? [];
        for (const desired of [stage.spec, other, undefined, stage.spec]) {
          await actor.observe(key, desired);
        }
        demandSame(await stage.objects(), before, 'the objects as they were');
        demandSame(await actor.present(key, stage.spec), first, 'the same observation as before');
      },
    },
    {
      id: 'observe-by-external',
      rule: 'A look shows the same with and without the recorded external id.',
      where: WRITTEN.key,
      reach: 'anywhere',
      async run(stage) {
        const actor = stage.open();
        const key = stage.key();
        const without = await actor.converge(key, stage.spec);
        const recorded = { ...key, external: without.external };
        demandSame(await actor.present(recorded, stage.spec), without, 'the same observation');
      },
    },
    {
      id: 'observe-another-resource',
      rule: 'One resource’s object is not taken for another’s.',
      where: WRITTEN.key,
      reach: 'anywhere',
      async run(stage) {
        const actor = stage.open();
        await actor.converge(stage.key(), stage.spec);
        const seen = await actor.observe(stage.key(), stage.spec);
        demandSame(seen.presence, 'absent', 'presence of another resource’s object');
      },
    },
    {
      id: 'observe-another-epoch',
      rule: 'An object of an earlier epoch is not taken for that of a later one.',
      where: WRITTEN.key,
      reach: 'anywhere',
      async run(stage) {
        const actor = stage.open();
        if (actor.driver.traits.dataBearing) notApplicable('what holds data is never made anew');
        const key = stage.key();
        await actor.converge(key, stage.spec);
        const seen = await actor.observe({ ...key, epoch: 2 }, stage.spec);
        demandSame(seen.presence, 'absent', 'presence of the second epoch’s object');
      },
    },
    {
      id: 'observe-what-is-to-go',
      rule: 'A look without a desired state lists no changes.',
      where: WRITTEN.observe,
      reach: 'anywhere',
      async run(stage) {
        const actor = stage.open();
        const key = stage.key();
        await actor.converge(key, stage.spec);
        demandSame((await actor.present(key)).changes, [], 'changes of what is to go');
      },
    },
    {
      id: 'observe-tells-differences',
      rule: 'What differs from the desired state is listed, by field, with both values.',
      where: WRITTEN.observe,
      reach: 'anywhere',
      async run(stage) {
        if (stage.specs.changes.length === 0) notApplicable('no changes are given');
        const actor = stage.open();
        for (const [from, to] of stage.specs.changes) {
          const key = stage.key();
          await actor.converge(key, from);
          const { changes } = await actor.present(key, to);
          demand(changes.length > 0, `changes from ${show(from)} to ${show(to)}`, changes);
          for (const change of changes) {
            demand(
              change.field !== '' && !same(change.desired, change.actual),
              'changes with a field and two different values',
              change,
            );
          }
        }
      },
    },
    {
      id: 'observe-what-others-did',
      rule: 'A look shows what another process has done since the last one.',
      where: WRITTEN.rules,
      reach: 'anywhere',
      async run(stage) {
        const watcher = stage.open();
        const actor = stage.open();
        const key = stage.key();
        await watcher.observe(key, stage.spec);
        await actor.converge(key, stage.spec);
        await watcher.present(key, stage.spec);
        const [from, to] = stage.specs.changes[0] ?? [];
        if (to !== undefined) {
          const changing = stage.key();
          await watcher.converge(changing, from);
          const changed = await actor.converge(changing, to);
          demandSame(await watcher.present(changing, to), changed, 'what the other process sees');
        }
        await actor.dissolve(key);
        demandSame((await watcher.observe(key, stage.spec)).presence, 'absent', 'presence at last');
      },
    },
    {
      id: 'observe-destroyed-outside',
      rule: 'What was removed from outside is absent, recorded or not.',
      where: WRITTEN.kit,
      reach: 'fakes',
      async run(stage) {
        const destroy = stage.backend.destroy?.bind(stage.backend);
        if (destroy === undefined) notApplicable('the backend has no destroy');
        const actor = stage.open();
        const key = stage.key();
        const { external } = await actor.converge(key, stage.spec);
        await destroy(external);
        await stage.noticed();
        for (const sought of [key, { ...key, external }]) {
          const seen = await actor.observe(sought, stage.spec);
          demandSame(seen.presence, 'absent', 'presence of what was destroyed');
        }
      },
    },
    {
      id: 'observe-while-down',
      rule: 'An unreachable backend is unknown or unavailable, never absent.',
      where: WRITTEN.observe,
      reach: 'fakes',
      async run(stage) {
        const { backend } = stage;
        if (backend.down === undefined) notApplicable('the backend can’t be cut off');
        const actor = stage.open();
        const key = stage.key();
        const { external } = await actor.converge(key, stage.spec);
        backend.down();
        for (const witness of [actor, stage.open()]) {
          for (const sought of [key, { ...key, external }, stage.key()]) {
            for (const desired of [stage.spec, undefined]) {
              const ending = await witness.attempts.observe(sought, desired);
              if (ending.kind === 'failed') demandUnavailable(ending.error);
              else {
                const seen = endsWell(ending, 'observe to answer or to fail');
                demandSame(seen.presence, 'unknown', 'presence while the backend is away');
              }
            }
          }
        }
      },
    },
    {
      id: 'observe-foresees',
      rule: 'What the driver foresees is what comes about.',
      where: 'Driver.foresee (core/ports/driver.ts)',
      reach: 'anywhere',
      async run(stage) {
        const actor = stage.open();
        if (actor.driver.foresee === undefined) notApplicable('the driver foresees nothing');
        for (const spec of stage.specs.valid) {
          const key = stage.key();
          const foreseen = endsWell(await actor.attempts.foresee(key, spec), 'foresee to answer');
          demandSame((await actor.observe(key, spec)).presence, 'absent', 'presence after foresee');
          await actor.create(key, spec);
          let seen = await actor.present(key, spec);
          for (let waits = 0; seen.busy === true && waits < 40; waits += 1) {
            await stage.time.wait(1_000);
            seen = await actor.present(key, spec);
          }
          demandSame(seen.changes, foreseen.changes, 'the changes that were foreseen');
          const { actual } = await actor.converge(key, spec);
          const unforeseen = stage.specs.unforeseen ?? [];
          demandSame(
            without(actual, unforeseen),
            without(foreseen.actual, unforeseen),
            'the object that was foreseen',
          );
        }
      },
    },
  ],
};

function demandUnavailable(error: unknown): void {
  if (typeof error === 'object' && error !== null && 'outcome' in error) {
    demandSame(error.outcome, 'unavailable', 'outcome of a look while the backend is away');
    return;
  }
  throw new Finding('a DriverFailure while the backend is away', show(error));
}

function without(actual: unknown, fields: readonly string[]): unknown {
  return typeof actual === 'object' && actual !== null
    ? Object.fromEntries(Object.entries(actual).filter(([field]) => !fields.includes(field)))
    : actual;
}
