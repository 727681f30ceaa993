import { type Check, notApplicable, type Theme, WRITTEN } from '../check.js';
import { demand, demandSame, Finding, same, show } from '../finding.js';
import type { Actor, CallOptions } from '../stage/actor.js';
import { describeEnding, type Ending } from '../stage/ending.js';
import { atEachPoint } from '../stage/points.js';
import type { Stage } from '../stage/stage.js';
import { failureOf } from './judging.js';
import { type Scene, sceneFor, VERBS, type Verb } from './verbs.js';

export const failing: Theme = {
  name: 'failing',
  checks: [
    ...VERBS.filter((verb) => verb !== 'observe').map(whileDown),
    {
      id: 'down-and-up-again',
      rule: 'When the backend is back, the same process goes on as if nothing had been.',
      where: WRITTEN.rules,
      reach: 'fakes',
      async run(stage) {
        const { down, up } = cutting(stage);
        const actor = stage.open();
        const key = stage.key();
        await actor.converge(key, stage.spec);
        down();
        await actor.attempts.observe(key, stage.spec);
        await actor.attempts.create(stage.key(), stage.spec);
        await actor.attempts.list(undefined);
        up();
        await actor.present(key, stage.spec);
        await actor.converge(stage.key(), stage.spec);
        await stage.holds(2, 'the object from before and the one from after');
      },
    },
    ...(['create', 'update', 'delete'] as const).map(lostReply),
    ...(['create', 'update', 'delete'] as const).map(refused),
    ...VERBS.map(hanging),
    ...(['create', 'update', 'delete'] as const).map(abortedBefore),
    {
      id: 'abort-leaves-nothing-locked',
      rule: 'After a call was given up, the same process can do what it was to do.',
      where: WRITTEN.call,
      reach: 'fakes',
      async run(stage) {
        await atEachPoint(
          stage,
          'hang',
          async (scene) => scene.key(),
          (actor, key) => actor.attempts.create(key, stage.spec, { limitMs: 5_000 }),
          async ({ stage: scene, actor }, key) => {
            // What calls share (a login) may take its own time to find out.
            await actor.converge(key, stage.spec, { patience: 6 });
            await scene.holds(1, 'one object');
          },
        );
      },
    },
    {
      id: 'deadline-of-slow-work',
      rule: 'On a slow backend a call ends by its deadline: done, unsettled, or failed.',
      where: WRITTEN.call,
      reach: 'fakes',
      async run(stage) {
        for (const verb of VERBS) {
          const scene = await stage.another();
          const actor = scene.open();
          const act = await sceneFor(verb).prepare(scene, actor);
          actor.process.latencyMs = 4_000;
          const started = scene.time.clock.monotonic();
          demandInTime(await act({ limitMs: 10_000 }), started + 10_000, verb);
        }
      },
    },
    {
      id: 'invalid-before-anything',
      rule: 'What can never work is refused as invalid, before anything has happened.',
      where: WRITTEN.failures,
      reach: 'anywhere',
      async run(stage) {
        if (stage.specs.invalid.length === 0) notApplicable('no invalid desired states are given');
        const actor = stage.open();
        for (const spec of stage.specs.invalid) {
          const key = stage.key();
          const failure = failureOf(
            await actor.attempts.create(key, spec),
            `create of ${show(spec)} to fail`,
          );
          demandSame(failure.outcome, 'invalid', 'outcome');
          await stage.holds(0, 'nothing to be made before the refusal');
          demandSame((await actor.observe(key)).presence, 'absent', 'presence after the refusal');
        }
      },
    },
    {
      id: 'invalid-change',
      rule: 'A change that can never work is refused as invalid and leaves the object as it was.',
      where: WRITTEN.failures,
      reach: 'anywhere',
      async run(stage) {
        if (stage.specs.invalid.length === 0) notApplicable('no invalid desired states are given');
        const actor = stage.open();
        for (const spec of stage.specs.invalid) {
          const key = stage.key();
          const before = await actor.converge(key, stage.spec);
          const ending = await walk(actor, key, spec);
          if (ending !== undefined) {
            demandSame(failureOf(ending, 'the change to fail').outcome, 'invalid', 'outcome');
          }
          demandSame(await actor.present(key, stage.spec), before, 'the object as it was');
        }
      },
    },
  ],
};

function whileDown(verb: Verb): Check {
  return {
    id: `${verb}-while-down`,
    rule: `An unreachable backend makes ${verb} fail as unavailable, or as ambiguous where it may have acted.`,
    where: WRITTEN.failures,
    reach: 'fakes',
    async run(stage) {
      const { down } = cutting(stage);
      const act = await sceneFor(verb).prepare(stage, stage.open());
      down();
      const failure = failureOf(await act({}), `${verb} to fail while the backend is away`);
      const allowed = verb === 'list' ? ['unavailable'] : ['unavailable', 'ambiguous'];
      demand(allowed.includes(failure.outcome), allowed.join(' or '), failure.outcome);
    },
  };
}

function lostReply(verb: Verb): Check {
  return {
    id: `${verb}-lost-reply`,
    rule: 'When a reply is lost, rejected is only said where nothing has happened; where it may have, it is ambiguous.',
    where: WRITTEN.failures,
    reach: 'fakes',
    run: (stage) => truthful(stage, sceneFor(verb), 'lost-reply'),
  };
}

function refused(verb: Verb): Check {
  return {
    id: `${verb}-refused`,
    rule: 'When the backend refuses, a call does not say it is done, nor that the desired state is invalid.',
    where: WRITTEN.failures,
    reach: 'fakes',
    run: (stage) => truthful(stage, sceneFor(verb), 'error'),
  };
}

async function truthful(stage: Stage, scene: Scene, fault: 'lost-reply' | 'error'): Promise<void> {
  await atEachPoint(
    stage,
    fault,
    async (on, actor) => {
      const act = await scene.prepare(on, actor);
      return { act, before: await snapshot(on, scene) };
    },
    async (_actor, { act }) => act({}),
    async ({ stage: on, ending }, { before }) => {
      if (ending.kind === 'returned') {
        await scene.demandDone(on, ending.value);
        return;
      }
      const { outcome } = failureOf(
        ending,
        `${fault === 'error' ? 'a refused call' : 'the call'} to fail`,
      );
      demand(outcome !== 'invalid', 'a valid desired state not to be called invalid', outcome);
      const after = await snapshot(on, scene);
      if (outcome === 'rejected' && !same(after, before)) {
        throw new Finding('rejected only where nothing has happened', show({ before, after }));
      }
    },
  );
}

async function snapshot(stage: Stage, scene: Scene): Promise<unknown> {
  return [await stage.objects(), await scene.look(stage)];
}

function hanging(verb: Verb): Check {
  return {
    id: `${verb}-aborted`,
    rule: `When a call of the backend hangs, ${verb} ends within a second of its signal, at every I/O point.`,
    where: WRITTEN.rules,
    reach: 'fakes',
    async run(stage) {
      const limitMs = 5_000;
      await atEachPoint(
        stage,
        'hang',
        (scene, actor) => sceneFor(verb).prepare(scene, actor),
        async (actor, act) => {
          const started = actor.process.clock.monotonic();
          return { started, ending: await act({ limitMs }) };
        },
        async ({ ending: { started, ending } }) => {
          demandInTime(ending, started + limitMs, verb);
          if (ending.kind === 'failed') {
            const { outcome } = failureOf(ending, `${verb} to fail`);
            const allowed =
              verb === 'observe' || verb === 'list' ? ['unavailable', 'ambiguous'] : undefined;
            demand(outcome !== 'invalid', 'not invalid', outcome);
            if (allowed !== undefined)
              demand(allowed.includes(outcome), allowed.join(' or '), outcome);
          }
          if (ending.kind === 'returned' && verb === 'observe') {
            const seen = ending.value;
            const presence =
              typeof seen === 'object' && seen !== null && 'presence' in seen ? seen.presence : '';
            demand(presence !== 'absent', 'not absent, as nobody could look', seen);
          }
        },
      );
    },
  };
}

function abortedBefore(verb: Verb): Check {
  return {
    id: `${verb}-aborted-before`,
    rule: `A ${verb} whose signal has aborted before it began does nothing and says so.`,
    where: WRITTEN.call,
    reach: 'anywhere',
    async run(stage) {
      const scene = sceneFor(verb);
      const act = await scene.prepare(stage, stage.open());
      const before = await snapshot(stage, scene);
      const signal = AbortSignal.abort(new Error('given up before it began'));
      failureOf(await act({ signal }), `an aborted ${verb} to fail`);
      demandSame(await snapshot(stage, scene), before, 'everything as it was');
    },
  };
}

/** Ends when the call does, and not a second after it should. */
function demandInTime(ending: Ending<unknown>, limit: number, verb: Verb): void {
  if (ending.kind !== 'returned' && ending.kind !== 'failed') {
    throw new Finding(`${verb} to end within 1 s of its signal`, show(describeEnding(ending)));
  }
  demand(
    ending.at <= limit + 1_000,
    `${verb} to end within 1 s of its signal`,
    `${ending.at - limit} ms after it`,
  );
}

function cutting(stage: Stage): { readonly down: () => void; readonly up: () => void } {
  const { backend } = stage;
  if (backend.down === undefined || backend.up === undefined) {
    notApplicable('the backend can’t be cut off');
  }
  return { down: backend.down.bind(backend), up: backend.up.bind(backend) };
}

// Carries out the changes to a desired state until one fails; undefined when the driver sees none to make.
async function walk(
  actor: Actor,
  key: Parameters<Actor['attempts']['observe']>[0],
  desired: unknown,
  options?: CallOptions,
): Promise<Ending<unknown> | undefined> {
  for (let step = 0; step < 20; step += 1) {
    const looked = await actor.attempts.observe(key, desired, options);
    if (looked.kind !== 'returned') return looked;
    const change = looked.value.presence === 'present' ? looked.value.changes[0] : undefined;
    if (change === undefined) return step === 0 ? undefined : looked;
    const made = await actor.attempts.update(key, desired, change, options);
    if (made.kind !== 'returned') return made;
  }
  throw new Finding('the change to be refused', '20 steps were made towards it');
}
