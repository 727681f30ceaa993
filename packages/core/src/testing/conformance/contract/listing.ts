import type { ObjectKey, OwnedObject } from '../../../ports/driver.js';
import { notApplicable, type Theme, WRITTEN } from '../check.js';
import { demand, demandSame } from '../finding.js';
import type { Actor } from '../stage/actor.js';
import { atEachPoint } from '../stage/points.js';
import type { Stage } from '../stage/stage.js';
import { endsWell } from './judging.js';

export const listing: Theme = {
  name: 'listing',
  checks: [
    {
      id: 'list-nothing',
      rule: 'Where nothing of ours is, the list is empty and has no further page.',
      where: WRITTEN.list,
      reach: 'fakes',
      async run(stage) {
        demandSame(await stage.open().list(), [], 'the list');
      },
    },
    {
      id: 'list-all-once',
      rule: 'Every object of ours is listed once, as create and observe know it.',
      where: WRITTEN.list,
      reach: 'anywhere',
      async run(stage) {
        const actor = stage.open();
        const made = await make(stage, actor, 12);
        const listed = ours(await actor.list(), made);
        demandSame(listed.length, made.length, 'as many entries as objects');
        for (const key of made) {
          const { external } = await actor.present(key, stage.spec);
          const entry = listed.find(({ uuid }) => uuid === key.uuid);
          demandSame(entry, { external, uuid: key.uuid, epoch: 1 }, 'the entry of an object');
        }
      },
    },
    {
      id: 'list-many',
      rule: 'A list of hundreds is complete, each object once, and every page’s cursor leads on.',
      where: WRITTEN.list,
      reach: 'fakes',
      async run(stage) {
        const actor = stage.open();
        const made = await make(stage, actor, stage.theatre.manyObjects);
        const listed = await actor.list();
        const uuids = listed.map(({ uuid }) => uuid);
        demandSame(new Set(uuids).size, uuids.length, 'no object twice: so many entries');
        demandSame([...uuids].sort(), made.map(({ uuid }) => uuid).sort(), 'all objects');
      },
    },
    {
      id: 'list-again',
      rule: 'A list is stable: again, in a new process, and from the same cursor.',
      where: WRITTEN.list,
      reach: 'anywhere',
      async run(stage) {
        const actor = stage.open();
        const made = await make(stage, actor, 10);
        const before = ours(await actor.list(), made);
        demandSame(ours(await actor.list(), made), before, 'the same list again');
        demandSame(ours(await stage.open().list(), made), before, 'the same list in a new process');
        const first = endsWell(await actor.attempts.list(undefined), 'list to answer');
        if (first.cursor === undefined) return;
        const next = endsWell(await actor.attempts.list(first.cursor), 'list to answer');
        const again = endsWell(
          await stage.open().attempts.list(first.cursor),
          'a new process to take the cursor',
        );
        demandSame(again.objects, next.objects, 'the same page from the same cursor');
      },
    },
    {
      id: 'list-only-ours',
      rule: 'What is not ours is never listed.',
      where: WRITTEN.list,
      reach: 'fakes',
      async run(stage) {
        const makeForeign = stage.backend.makeForeign?.bind(stage.backend);
        if (makeForeign === undefined) notApplicable('the backend has no makeForeign');
        const actor = stage.open();
        await makeForeign('foreign');
        await makeForeign(stage.key().uuid);
        const [key] = await make(stage, actor, 1);
        const listed = await actor.list();
        demandSame(
          listed.map(({ uuid }) => uuid),
          [key?.uuid],
          'only our own object',
        );
      },
    },
    {
      id: 'list-half-made',
      rule: 'An object that a dead process has half made is listed, so that a sweep can find it.',
      where: WRITTEN.list,
      reach: 'fakes',
      async run(stage) {
        await atEachPoint(
          stage,
          'crash-after',
          async (scene) => scene.key(),
          (actor, key) => actor.attempts.create(key, stage.spec),
          async ({ stage: scene }, key) => {
            const objects = await scene.objects();
            const listed = await scene.open().list();
            if (objects.length === 0) return;
            demand(
              listed.some(({ uuid }) => uuid === key.uuid),
              `the objects that are there to be listed: ${objects.join(', ')}`,
              listed,
            );
          },
        );
      },
    },
    {
      id: 'list-deleted',
      rule: 'What has gone is not listed.',
      where: WRITTEN.list,
      reach: 'anywhere',
      async run(stage) {
        const actor = stage.open();
        const made = await make(stage, actor, 3);
        const [gone] = made;
        if (gone !== undefined) await actor.dissolve(gone);
        const listed = ours(await actor.list(), made).map(({ uuid }) => uuid);
        demandSame(
          listed.sort(),
          made
            .slice(1)
            .map(({ uuid }) => uuid)
            .sort(),
          'the others',
        );
      },
    },
    {
      id: 'list-while-creating',
      rule: 'What is there before a listing begins is in it, whatever is made meanwhile.',
      where: WRITTEN.list,
      reach: 'anywhere',
      async run(stage) {
        const actor = stage.open();
        const made = await make(stage, actor, 8);
        const others = Array.from({ length: 8 }, () => stage.key());
        const [listed] = await Promise.all([
          actor.list(),
          ...others.map((key) => stage.open().attempts.create(key, stage.spec)),
        ]);
        demandEachOnce(listed, made);
      },
    },
    {
      id: 'list-while-deleting',
      rule: 'What goes between two pages makes no other object be skipped.',
      where: WRITTEN.list,
      reach: 'fakes',
      async run(stage) {
        const actor = stage.open();
        const made = await make(stage, actor, Math.max(20, stage.theatre.manyObjects));
        const first = endsWell(await actor.attempts.list(undefined), 'list to answer');
        if (first.cursor === undefined) notApplicable('all objects fit one page');
        const goes = new Set(first.objects.slice(0, 5).map(({ uuid }) => uuid));
        for (const key of made) if (goes.has(key.uuid)) await actor.dissolve(key);
        const listed = [...first.objects];
        let cursor: string | undefined = first.cursor;
        while (cursor !== undefined) {
          const page: Awaited<ReturnType<Actor['driver']['list']>> = endsWell(
            await actor.attempts.list(cursor),
            'list to go on',
          );
          listed.push(...page.objects);
          cursor = page.cursor;
        }
        demandEachOnce(listed, made);
      },
    },
    {
      id: 'list-tells-epochs',
      rule: 'The list tells an object’s epoch: a sweep takes one of a past epoch for an orphan.',
      where: 'OwnedObject (core/ports/driver.ts); kernel.md 1.12',
      reach: 'anywhere',
      async run(stage) {
        const actor = stage.open();
        if (actor.driver.traits.dataBearing) notApplicable('what holds data is never made anew');
        const key = stage.key();
        await actor.converge(key, stage.spec);
        await actor.dissolve(key);
        await actor.converge({ ...key, epoch: 2 }, stage.spec);
        const listed = ours(await actor.list(), [key]);
        demandSame(
          listed.map(({ epoch }) => epoch),
          [2],
          'the epoch of the object',
        );
      },
    },
  ],
};

async function make(stage: Stage, actor: Actor, count: number): Promise<readonly ObjectKey[]> {
  const keys = Array.from({ length: count }, () => stage.key());
  for (const key of keys) await actor.create(key, stage.spec);
  for (const key of keys.slice(0, 12)) await actor.converge(key, stage.spec);
  return keys;
}

// At a real endpoint there may be objects of other checks and clouds.
function ours(listed: readonly OwnedObject[], made: readonly ObjectKey[]): readonly OwnedObject[] {
  const uuids = new Set(made.map(({ uuid }) => uuid));
  return listed.filter(({ uuid }) => uuids.has(uuid));
}

function demandEachOnce(listed: readonly OwnedObject[], made: readonly ObjectKey[]): void {
  for (const key of made) {
    const times = listed.filter(({ uuid }) => uuid === key.uuid).length;
    demandSame(times, 1, 'how often an object is listed');
  }
}
