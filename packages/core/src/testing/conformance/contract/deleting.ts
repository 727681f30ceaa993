import { notApplicable, type Theme, WRITTEN } from '../check.js';
import { demand, demandSame } from '../finding.js';
import { atEachPoint } from '../stage/points.js';
import { endsWell } from './judging.js';

/** Of a call whose process stands still for as long as it likes. */
const LATE = { limitMs: 86_400_000 };

export const deleting: Theme = {
  name: 'deleting',
  checks: [
    {
      id: 'delete-ends',
      rule: 'Delete, called until absent is observed, comes to that end and leaves nothing.',
      where: WRITTEN.delete,
      reach: 'anywhere',
      async run(stage) {
        const actor = stage.open();
        for (const spec of stage.specs.valid) {
          const key = stage.key();
          await actor.converge(key, spec);
          await actor.dissolve(key);
          await stage.holds(0, 'nothing to be left');
        }
      },
    },
    {
      id: 'delete-nothing',
      rule: 'Delete succeeds when nothing is there.',
      where: WRITTEN.delete,
      reach: 'anywhere',
      async run(stage) {
        const ending = await stage.open().attempts.delete(stage.key());
        endsWell(ending, 'delete of nothing to succeed');
      },
    },
    {
      id: 'delete-twice',
      rule: 'Delete succeeds again, with the same operation and another, in the same process and a new one.',
      where: WRITTEN.rules,
      reach: 'anywhere',
      async run(stage) {
        const actor = stage.open();
        const key = stage.key();
        const { external } = await actor.converge(key, stage.spec);
        await actor.delete(key, { operation: 'same' });
        endsWell(
          await actor.attempts.delete(key, { operation: 'same' }),
          'a repeated delete to succeed',
        );
        await actor.dissolve(key);
        endsWell(await actor.attempts.delete(key), 'a second delete to succeed');
        endsWell(
          await stage.open().attempts.delete({ ...key, external }),
          'a new process’s delete to succeed',
        );
        await stage.holds(0, 'nothing to be left');
      },
    },
    {
      id: 'delete-without-record',
      rule: 'What was made and never recorded can be deleted by its key.',
      where: WRITTEN.key,
      reach: 'anywhere',
      async run(stage) {
        const key = stage.key();
        await stage.open().create(key, stage.spec);
        await stage.open().dissolve(key);
        await stage.holds(0, 'nothing to be left');
      },
    },
    {
      id: 'delete-only-its-own',
      rule: 'Delete of one object leaves others as they are.',
      where: WRITTEN.key,
      reach: 'anywhere',
      async run(stage) {
        const actor = stage.open();
        const [left, right] = [stage.key(), stage.key()];
        await actor.converge(left, stage.spec);
        const before = await actor.converge(right, stage.spec);
        await actor.dissolve(left);
        await actor.delete(stage.key());
        demandSame(await actor.present(right, stage.spec), before, 'the other object as it was');
      },
    },
    {
      id: 'delete-only-its-epoch',
      rule: 'A late delete of an earlier epoch leaves the next one’s object alone.',
      where: WRITTEN.key,
      reach: 'anywhere',
      async run(stage) {
        const actor = stage.open();
        if (actor.driver.traits.dataBearing) notApplicable('what holds data is never made anew');
        const key = stage.key();
        await actor.converge(key, stage.spec);
        await actor.dissolve(key);
        await actor.converge({ ...key, epoch: 2 }, stage.spec);
        await stage.open().delete(key);
        await actor.present({ ...key, epoch: 2 }, stage.spec);
      },
    },
    {
      id: 'delete-only-what-it-names',
      rule: 'A delete that names an external id and is paused, at any I/O point, leaves alone what was made under another one since.',
      where: WRITTEN.delete,
      reach: 'fakes',
      async run(stage) {
        const unnamed = stage.key();
        const before = await stage.open().converge(unnamed, stage.spec);
        await stage.open().dissolve(unnamed);
        const after = await stage.open().attempts.create(unnamed, stage.spec);
        if (after.kind !== 'returned' || after.value.external === undefined)
          notApplicable('what is gone is not made anew in one call under the same key');
        if (after.value.external === before.external)
          notApplicable('what is made anew has the external id that it had');
        await atEachPoint(
          stage,
          'zombie',
          async (scene, actor) => {
            const key = scene.key();
            return { key, external: (await actor.converge(key, scene.spec)).external };
          },
          ({ attempts }, { key, external }) => attempts.delete({ ...key, external }, LATE),
          async ({ stage: scene, ending }, { key, external }) => {
            const successor = scene.open();
            await successor.dissolve(key);
            const anew = await successor.converge(key, scene.spec);
            if (ending.kind === 'paused') await ending.resume();
            // Whatever it did when it woke up: all of it comes too late, too.
            await scene.open().attempts.delete({ ...key, external });
            demandSame(await scene.open().present(key, scene.spec), anew, 'what was made since');
          },
        );
      },
    },
    {
      id: 'delete-concurrently',
      rule: 'Eight deletes at once succeed, or fail as DriverFailures, and the object goes.',
      where: WRITTEN.rules,
      reach: 'anywhere',
      async run(stage) {
        const actor = stage.open();
        const key = stage.key();
        await actor.converge(key, stage.spec);
        const endings = await Promise.all(
          Array.from({ length: 8 }, () => actor.attempts.delete(key, { operation: 'same' })),
        );
        demand(
          endings.some(({ kind }) => kind === 'returned'),
          'one of the deletes to succeed',
          endings.map(({ kind }) => kind),
        );
        await actor.dissolve(key);
        await stage.holds(0, 'nothing to be left');
      },
    },
    {
      id: 'delete-destroyed-outside',
      rule: 'What was removed from outside can be deleted all the same.',
      where: WRITTEN.delete,
      reach: 'fakes',
      async run(stage) {
        const destroy = stage.backend.destroy?.bind(stage.backend);
        if (destroy === undefined) notApplicable('the backend has no destroy');
        const actor = stage.open();
        const key = stage.key();
        const { external } = await actor.converge(key, stage.spec);
        await destroy(external);
        endsWell(await actor.attempts.delete({ ...key, external }), 'delete to succeed');
        await actor.dissolve(key);
      },
    },
    {
      id: 'delete-leaves-foreign',
      rule: 'What is not ours is never deleted.',
      where: WRITTEN.kit,
      reach: 'fakes',
      async run(stage) {
        const makeForeign = stage.backend.makeForeign?.bind(stage.backend);
        if (makeForeign === undefined) notApplicable('the backend has no makeForeign');
        const actor = stage.open();
        const name = 'foreign';
        const foreign = await makeForeign(name);
        const key = stage.key();
        await actor.delete(key);
        await actor.converge(key, stage.specs.named?.(name) ?? stage.spec);
        await actor.dissolve(key);
        demandSame(await stage.objects(), [foreign], 'the foreign object, and only it');
      },
    },
  ],
};
