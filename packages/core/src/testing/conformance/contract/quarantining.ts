import type { ExternalId } from '../../../model/identity.js';
import type { ObjectKey } from '../../../ports/driver.js';
import { type Check, notApplicable, type Theme, WRITTEN } from '../check.js';
import { demand, demandSame, Finding } from '../finding.js';
import type { Actor } from '../stage/actor.js';
import type { PointFault } from '../stage/doors.js';
import { atEachPoint } from '../stage/points.js';
import type { Stage } from '../stage/stage.js';

const WHERE = 'Driver.quarantine (core/ports/driver.ts); kernel.md 1.12';

export const quarantining: Theme = {
  name: 'quarantine',
  checks: [
    {
      id: 'quarantine-keeps',
      rule: 'What is set aside is still there: present, listed, and nothing is to be changed of what is to go.',
      where: WHERE,
      reach: 'anywhere',
      async run(stage) {
        for (const spec of stage.specs.valid) {
          const { actor, key, external } = await setAside(stage, spec);
          const seen = await actor.present(key);
          demandSame([seen.external, seen.changes], [external, []], 'the same object, no changes');
          await demandListed(actor, key);
          await demandListed(stage.open(), key);
        }
      },
    },
    {
      id: 'quarantine-again',
      rule: 'Quarantine succeeds again, in a new process too, and where nothing is there.',
      where: WRITTEN.rules,
      reach: 'anywhere',
      async run(stage) {
        const { actor, key, external } = await setAside(stage, stage.spec);
        await actor.setAside(key);
        await stage.open().setAside({ ...key, external });
        await actor.present(key);
        await stage.holds(1, 'one object');
        await actor.setAside(stage.key());
        await stage.holds(1, 'nothing to come of a quarantine of nothing');
      },
    },
    {
      id: 'quarantine-and-back',
      rule: 'What is set aside and claimed again becomes as asked again, and is the same object.',
      where: WHERE,
      reach: 'anywhere',
      async run(stage) {
        for (const spec of stage.specs.valid) {
          const { actor, key, external } = await setAside(stage, spec);
          const back = await actor.converge(key, spec);
          demandSame(back.external, external, 'the same object as before');
          demandSame(await stage.open().present(key, spec), back, 'the same for a new process');
        }
      },
    },
    {
      id: 'quarantine-then-delete',
      rule: 'What is set aside goes with delete, and leaves nothing.',
      where: WHERE,
      reach: 'anywhere',
      async run(stage) {
        const { key } = await setAside(stage, stage.spec);
        await stage.open().dissolve(key);
        await stage.holds(0, 'nothing to be left');
      },
    },
    {
      id: 'quarantine-only-its-own',
      rule: 'Setting one object aside leaves others, and what is not ours, as they are.',
      where: WRITTEN.key,
      reach: 'fakes',
      async run(stage) {
        const foreign = await stage.backend.makeForeign?.('foreign');
        const other = stage.key();
        const before = await stage.open().converge(other, stage.spec);
        await setAside(stage, stage.spec);
        demandSame(await stage.open().present(other, stage.spec), before, 'the other as it was');
        if (foreign === undefined) return;
        const objects = await stage.objects();
        demand(objects.includes(foreign), 'the foreign object to stay', objects);
      },
    },
    ...(['crash-before', 'crash-after', 'lost-reply', 'error', 'hang'] as const).map(faulty),
  ],
};

function faulty(fault: Exclude<PointFault, 'zombie'>): Check {
  return {
    id: `quarantine-${fault}`,
    rule: `A ${fault} at any I/O point of quarantine loses nothing: it can be repeated, and taken back.`,
    where: WRITTEN.faults,
    reach: 'fakes',
    async run(stage) {
      await atEachPoint(
        stage,
        fault,
        async (scene, actor) => {
          demandMethod(actor);
          const key = scene.key();
          const { external } = await actor.converge(key, scene.spec);
          return { key, external };
        },
        (actor, { key }) => actor.attempts.quarantine(key),
        async ({ stage: scene }, { key, external }) => {
          await scene.open().present(key);
          await demandListed(scene.open(), key);
          await scene.open().setAside(key);
          await scene.holds(1, 'one object set aside');
          const back = await scene.open().converge(key, scene.spec);
          demandSame(back.external, external, 'the same object as before');
          await scene.holds(1, 'one object');
          await scene.open().dissolve(key);
          await scene.holds(0, 'nothing to be left');
        },
      );
    },
  };
}

interface Aside {
  readonly actor: Actor;
  readonly key: ObjectKey;
  readonly external: ExternalId;
}

async function setAside(stage: Stage, spec: unknown): Promise<Aside> {
  const actor = stage.open();
  demandMethod(actor);
  const key = stage.key();
  const { external } = await actor.converge(key, spec);
  await actor.setAside(key);
  return { actor, key, external };
}

function demandMethod(actor: Actor): void {
  if (actor.driver.quarantine === undefined) notApplicable('nothing of it can be set aside');
}

async function demandListed(actor: Actor, key: ObjectKey): Promise<void> {
  const listed = await actor.list();
  if (listed.some(({ uuid }) => uuid === key.uuid)) return;
  throw new Finding('what is set aside to be listed', JSON.stringify(listed));
}
