import { notApplicable, type Theme, WRITTEN } from '../check.js';
import { demand, demandSame } from '../finding.js';
import { atEachPoint } from '../stage/points.js';
import { demandOne } from './judging.js';

export const identity: Theme = {
  name: 'identity',
  checks: [
    {
      id: 'identity-without-record',
      rule: 'What was made and never recorded is found by its key, with the external id it was made under.',
      where: WRITTEN.traits,
      reach: 'anywhere',
      async run(stage) {
        const key = stage.key();
        const accepted = await stage.open().create(key, stage.spec);
        const seen = await stage.open().present(key, stage.spec);
        if (accepted.external !== undefined) {
          demandSame(seen.external, accepted.external, 'the external id of create');
        }
      },
    },
    {
      id: 'identity-in-the-very-call',
      rule: 'The key is part of the call that makes the object: whatever a dead process left, one object comes of it.',
      where: WRITTEN.create,
      reach: 'fakes',
      async run(stage) {
        const points = await atEachPoint(
          stage,
          'crash-after',
          async (scene) => scene.key(),
          (actor, key) => actor.attempts.create(key, stage.spec),
          async ({ stage: scene }, key) => {
            await scene.open().converge(key, stage.spec);
            await demandOne(scene, scene.open(), key);
            await scene.open().dissolve(key);
            await scene.holds(0, 'nothing to be left, also of what the dead process made');
          },
        );
        if (points === 0) notApplicable('create does no I/O that the kit sees');
      },
    },
    {
      id: 'identity-same-everywhere',
      rule: 'Create, observe and list tell the same external id.',
      where: WRITTEN.key,
      reach: 'anywhere',
      async run(stage) {
        const actor = stage.open();
        const key = stage.key();
        const accepted = await actor.create(key, stage.spec);
        const seen = await actor.converge(key, stage.spec);
        const listed = (await actor.list()).filter(({ uuid }) => uuid === key.uuid);
        demandSame(
          listed.map(({ external }) => external),
          [seen.external],
          'the id in the list',
        );
        if (accepted.external !== undefined) {
          demandSame(accepted.external, seen.external, 'the id that create told');
        }
        demand(
          (await stage.objects()).includes(seen.external),
          'the id that the backend knows',
          seen.external,
        );
      },
    },
    {
      id: 'identity-after-restart',
      rule: 'A new process knows all that the one before it did: a driver holds no state that a restart would miss.',
      where: WRITTEN.rules,
      reach: 'anywhere',
      async run(stage) {
        const before = stage.open();
        const [from, to] = stage.specs.changes[0] ?? [stage.spec, stage.spec];
        const keys = [stage.key(), stage.key(), stage.key()];
        for (const key of keys) await before.converge(key, from);
        for (const key of keys) await before.converge(key, to);
        const seen = [];
        for (const key of keys) seen.push(await before.present(key, to));
        const after = stage.open();
        const again = [];
        for (const key of keys) again.push(await after.present(key, to));
        demandSame(again, seen, 'the same observations in a new process');
        for (const key of keys) await stage.open().dissolve(key);
        await stage.holds(0, 'nothing to be left');
      },
    },
    {
      id: 'identity-foreign',
      rule: 'What is not ours is never adopted, however like ours it is.',
      where: WRITTEN.kit,
      reach: 'fakes',
      async run(stage) {
        const makeForeign = stage.backend.makeForeign?.bind(stage.backend);
        if (makeForeign === undefined) notApplicable('the backend has no makeForeign');
        const actor = stage.open();
        for (const name of ['like-ours', stage.key().uuid]) {
          const foreign = await makeForeign(name);
          const spec = stage.specs.named?.(name) ?? stage.spec;
          const key = stage.key();
          const seen = await actor.observe(key, spec);
          demandSame(seen.presence, 'absent', 'presence before our own object is made');
          const { external } = await actor.converge(key, spec);
          demand(external !== foreign, 'an object of our own', external);
          demand(
            (await stage.objects()).includes(foreign),
            'the foreign object to stay',
            await stage.objects(),
          );
        }
      },
    },
    {
      id: 'identity-kept-apart',
      rule: 'Many resources at once, each with a life of its own, do not touch each other.',
      where: WRITTEN.key,
      reach: 'anywhere',
      async run(stage) {
        const [from, to] = stage.specs.changes[0] ?? [stage.spec, stage.spec];
        const lives = Array.from({ length: 6 }, async (_, index) => {
          const actor = stage.open();
          const key = stage.key();
          // Where they meet on the way, one may be sent back once.
          await actor.converge(key, from, { patience: 3 });
          if (index % 3 > 0) await actor.converge(key, to, { patience: 3 });
          if (index % 3 > 1) await actor.dissolve(key);
          return { key, index };
        });
        for (const { key, index } of await Promise.all(lives)) {
          const seen = await stage.open().observe(key, index % 3 > 0 ? to : from);
          demandSame(seen.presence, index % 3 > 1 ? 'absent' : 'present', 'presence of each');
          if (seen.presence === 'present') demandSame(seen.changes, [], 'changes of each');
        }
        await stage.holds(4, 'four objects of six resources');
      },
    },
  ],
};
