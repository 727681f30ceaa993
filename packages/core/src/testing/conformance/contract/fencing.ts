import type { ObjectKey } from '../../../ports/driver.js';
import { type Check, notApplicable, type Theme, WRITTEN } from '../check.js';
import { demandSame, Finding } from '../finding.js';
import type { Actor, CallOptions } from '../stage/actor.js';
import type { Ending } from '../stage/ending.js';
import { atEachPoint } from '../stage/points.js';
import type { Stage } from '../stage/stage.js';
import { changesOf } from './changes-of.js';
import { endsWell, failureOf, onlyFailures } from './judging.js';

const OLDER = '0000000000000001';
const NEWER = '00000000000000ff';

/** What an older holder is paused in. */
const PAUSED: readonly {
  readonly id: string;
  readonly about: string;
  readonly act: (
    actor: Actor,
    key: ObjectKey,
    to: unknown,
    options: CallOptions,
  ) => Promise<Ending<unknown>>;
}[] = [
  {
    id: 'fence-paused-holder',
    about: 'a change',
    act: async ({ attempts }, key, to, options) => {
      const looked = await attempts.observe(key, to, options);
      if (looked.kind !== 'returned' || looked.value.presence !== 'present') return looked;
      const change = looked.value.changes[0] ?? notApplicable('no change');
      return attempts.update(key, to, change, options);
    },
  },
  {
    id: 'fence-paused-delete',
    about: 'a delete',
    act: ({ attempts }, key, _to, options) => attempts.delete(key, options),
  },
  {
    id: 'fence-paused-quarantine',
    about: 'setting it aside',
    act: ({ driver, attempts }, key, _to, options) => {
      if (driver.quarantine === undefined) notApplicable('nothing of it can be set aside');
      return attempts.quarantine(key, options);
    },
  },
];

export const fencing: Theme = {
  name: 'fencing',
  checks: [
    {
      id: 'fence-older-update',
      rule: 'Once a newer holder has changed an object, an older one’s change is refused.',
      where: WRITTEN.traits,
      reach: 'anywhere',
      async run(stage) {
        const { zombie, key, from, to } = await superseded(stage);
        const before = await stage.open().present(key, to);
        const [back] = (await zombie.present(key, from)).changes;
        if (back === undefined) notApplicable('the driver sees no change back');
        const ending = await zombie.attempts.update(key, from, back, { fence: OLDER });
        demandSame(
          failureOf(ending, 'the older holder’s change to fail').outcome,
          'rejected',
          'outcome',
        );
        demandSame(await stage.open().present(key, to), before, 'the object as it was');
      },
    },
    {
      id: 'fence-older-delete',
      rule: 'Once a newer holder has changed an object, an older one’s delete is refused.',
      where: WRITTEN.traits,
      reach: 'anywhere',
      async run(stage) {
        const { zombie, key, to } = await superseded(stage);
        const ending = await zombie.attempts.delete(key, { fence: OLDER });
        demandSame(
          failureOf(ending, 'the older holder’s delete to fail').outcome,
          'rejected',
          'outcome',
        );
        await stage.open().present(key, to);
      },
    },
    {
      id: 'fence-older-create',
      rule: 'Once a newer holder has changed an object, an older one’s late create leaves it as it is.',
      where: WRITTEN.traits,
      reach: 'anywhere',
      async run(stage) {
        const { zombie, key, from, to } = await superseded(stage);
        const before = await stage.open().present(key, to);
        onlyFailures([await zombie.attempts.create(key, from, { fence: OLDER })]);
        demandSame(await stage.open().present(key, to), before, 'the object as it was');
      },
    },
    {
      id: 'fence-older-quarantine',
      rule: 'Once a newer holder has changed an object, an older one can’t set it aside.',
      where: WRITTEN.traits,
      reach: 'anywhere',
      async run(stage) {
        const { zombie, key, to } = await superseded(stage);
        if (zombie.driver.quarantine === undefined) notApplicable('nothing of it can be set aside');
        const before = await stage.open().present(key, to);
        const ending = await zombie.attempts.quarantine(key, { fence: OLDER });
        demandSame(
          failureOf(ending, 'the older holder’s quarantine to fail').outcome,
          'rejected',
          'outcome',
        );
        demandSame(await stage.open().present(key, to), before, 'the object as it was');
      },
    },
    {
      id: 'fence-same-and-newer',
      rule: 'The same holder goes on, and a newer one takes over.',
      where: WRITTEN.call,
      reach: 'anywhere',
      async run(stage) {
        const [from, to] = changesOf(stage)[0] ?? [];
        const key = stage.key();
        const holder = stage.open();
        await holder.converge(key, from, { fence: OLDER });
        await holder.converge(key, to, { fence: OLDER });
        const successor = stage.open();
        await successor.converge(key, to, { fence: NEWER });
        endsWell(
          await successor.attempts.delete(key, { fence: NEWER }),
          'the newer holder’s delete to succeed',
        );
      },
    },
    ...PAUSED.map(paused),
  ],
};

function paused({ id, about, act }: (typeof PAUSED)[number]): Check {
  return {
    id,
    rule: `A holder that is paused in the middle of ${about}, at any I/O point, does not undo what its successor did.`,
    where: WRITTEN.traits,
    reach: 'fakes',
    async run(stage) {
      if (stage.open().driver.traits.fencing !== 'cas') {
        notApplicable('only a backend that compares and sets can promise it');
      }
      const [from, to] = changesOf(stage)[0] ?? [];
      await atEachPoint(
        stage,
        'zombie',
        async (scene, actor) => {
          const key = scene.key();
          await actor.converge(key, from, { fence: OLDER });
          return key;
        },
        (actor, key) => act(actor, key, to, { fence: OLDER, limitMs: 86_400_000 }),
        async ({ stage: scene, ending }, key) => {
          const successor = scene.open();
          await successor.converge(key, to, { fence: NEWER });
          const wanted = await successor.converge(key, from, { fence: NEWER });
          if (ending.kind === 'paused') await ending.resume();
          // Whatever the late call said: the object is as the newer holder left it.
          await scene.time.wait(5_000);
          demandSame(await scene.open().present(key, from), wanted, 'what the newer holder made');
          await scene.holds(1, 'one object');
        },
      );
    },
  };
}

interface Superseded {
  readonly zombie: Actor;
  readonly key: ObjectKey;
  readonly from: unknown;
  readonly to: unknown;
}

/** An object that an older holder made and a newer one has changed. */
async function superseded(stage: Stage): Promise<Superseded> {
  const zombie = stage.open();
  if (zombie.driver.traits.fencing === 'none') {
    notApplicable('the driver does not claim that its backend refuses older holders');
  }
  const [from, to] = changesOf(stage)[0] ?? [];
  const key = stage.key();
  await zombie.converge(key, from, { fence: OLDER });
  const seen = await stage.open().converge(key, to, { fence: NEWER });
  if (seen.changes.length > 0) throw new Finding('the newer holder’s change', 'none');
  return { zombie, key, from, to };
}
