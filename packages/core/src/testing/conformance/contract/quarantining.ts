import type { Accepted, ObjectKey } from '../../../ports/driver.js';
import { notApplicable, type Theme, WRITTEN } from '../check.js';
import { demand, demandSame, Finding, show } from '../finding.js';
import type { Actor } from '../stage/actor.js';
import type { Ending } from '../stage/ending.js';
import { atEachPoint } from '../stage/points.js';
import type { Stage } from '../stage/stage.js';
import { endsWell } from './judging.js';

/** More steps than it takes to set any object aside. */
const MOST_STEPS = 60;
const PAUSE = 1_000;

export const quarantining: Theme = {
  name: 'quarantine',
  checks: [
    {
      id: 'quarantine-keeps',
      rule: 'What is set aside is there, and listed, under its external id.',
      where: WRITTEN.quarantine,
      reach: 'anywhere',
      async run(stage) {
        const actor = stage.open();
        const key = stage.key();
        const { external } = await actor.converge(key, stage.spec);
        await setAside(stage, actor, { ...key, external });
        demandSame((await stage.open().present(key)).external, external, 'the external id');
        const listed = (await actor.list()).filter(({ uuid }) => uuid === key.uuid);
        demandSame(listed, [{ external, uuid: key.uuid, epoch: 1 }], 'the entry of the object');
        await stage.holds(1, 'the object, set aside');
      },
    },
    {
      id: 'quarantine-again',
      rule: 'To set aside what is set aside, in a new process too, changes nothing.',
      where: WRITTEN.rules,
      reach: 'anywhere',
      async run(stage) {
        const actor = stage.open();
        const key = stage.key();
        await actor.converge(key, stage.spec);
        await setAside(stage, actor, key);
        const before = await actor.present(key, stage.spec);
        for (const one of [actor, stage.open()]) {
          const again = endsWell(await attempt(one, key), 'a second time to succeed');
          demand(again.settled, 'settled at once', again);
        }
        demandSame(await actor.present(key, stage.spec), before, 'the object as it was');
      },
    },
    {
      id: 'quarantine-nothing',
      rule: 'Nothing there is set aside at once, and nothing comes of it.',
      where: WRITTEN.quarantine,
      reach: 'anywhere',
      async run(stage) {
        const ending = await attempt(stage.open(), stage.key());
        demand(endsWell(ending, 'it to succeed').settled, 'settled', ending);
        await stage.holds(0, 'nothing to come of it');
      },
    },
    {
      id: 'quarantine-and-back',
      rule: 'What was set aside can be brought back, as the object it was.',
      where: WRITTEN.quarantine,
      reach: 'anywhere',
      async run(stage) {
        const actor = stage.open();
        const key = stage.key();
        const before = await actor.converge(key, stage.spec);
        await setAside(stage, actor, key);
        demandSame(await stage.open().converge(key, stage.spec), before, 'the object as it was');
      },
    },
    {
      id: 'quarantine-then-delete',
      rule: 'What is set aside goes with delete.',
      where: WRITTEN.quarantine,
      reach: 'anywhere',
      async run(stage) {
        const actor = stage.open();
        const key = stage.key();
        const { external } = await actor.converge(key, stage.spec);
        await setAside(stage, actor, { ...key, external });
        await stage.open().dissolve({ ...key, external });
        await stage.holds(0, 'nothing to be left');
      },
    },
    {
      id: 'quarantine-only-its-own',
      rule: 'To set one object aside leaves others as they are.',
      where: WRITTEN.key,
      reach: 'anywhere',
      async run(stage) {
        const actor = stage.open();
        const [left, right] = [stage.key(), stage.key()];
        await actor.converge(left, stage.spec);
        const before = await actor.converge(right, stage.spec);
        await setAside(stage, actor, left);
        await attempt(actor, stage.key());
        demandSame(await actor.present(right, stage.spec), before, 'the other object as it was');
      },
    },
    ...(['crash-after', 'lost-reply', 'hang'] as const).map((fault) => ({
      id: `quarantine-${fault}`,
      rule: 'A process that sets an object aside may fail anywhere; the next one goes on.',
      where: WRITTEN.faults,
      reach: 'fakes' as const,
      async run(stage: Stage) {
        await atEachPoint(
          stage,
          fault,
          async (scene, actor) => {
            const key = scene.key();
            return { key, before: await actor.converge(key, stage.spec) };
          },
          (actor, { key }) => attempt(actor, key),
          async ({ stage: scene }, { key, before }) => {
            const successor = scene.open();
            await setAside(scene, successor, key);
            demandSame(await successor.converge(key, stage.spec), before, 'the object as it was');
            await scene.holds(1, 'one object');
          },
        );
      },
    })),
  ],
};

function attempt(actor: Actor, key: ObjectKey): Promise<Ending<Accepted>> {
  return actor.attempts.quarantine(key) ?? notApplicable('the driver sets nothing aside');
}

/** Takes step after step until the object is set aside. */
async function setAside(stage: Stage, actor: Actor, key: ObjectKey): Promise<void> {
  let last: Ending<Accepted> | undefined;
  for (let step = 0; step < MOST_STEPS; step += 1) {
    last = await attempt(actor, key);
    if (endsWell(last, 'quarantine to succeed').settled) return;
    await stage.time.wait(PAUSE);
  }
  throw new Finding(`the object to be set aside within ${MOST_STEPS} steps`, show(last));
}
