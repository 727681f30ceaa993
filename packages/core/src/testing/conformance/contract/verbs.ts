import type { Change, ObjectKey } from '../../../ports/driver.js';
import { notApplicable } from '../check.js';
import { demand, same } from '../finding.js';
import type { Actor, CallOptions } from '../stage/actor.js';
import type { Ending } from '../stage/ending.js';
import type { Stage } from '../stage/stage.js';
import { changesOf } from './changes-of.js';

export const VERBS = ['observe', 'create', 'update', 'delete', 'list'] as const;

/** A method of a driver. */
export type Verb = (typeof VERBS)[number];

/** One call of a verb, where it has something to do. */
export interface Scene {
  /** Leads up to the call; what it returns makes it. */
  prepare(stage: Stage, actor: Actor): Promise<(options: CallOptions) => Promise<Ending<unknown>>>;
  /** What a new process sees of the object. */
  look(stage: Stage): Promise<unknown>;
  /** Demands that what a successful call says is so. */
  demandDone(stage: Stage, said: unknown): Promise<void>;
}

interface Prepared {
  readonly key: ObjectKey;
  readonly desired: unknown;
  /** The change that an update makes. */
  readonly change: Change | undefined;
}

/** The scene of a verb; for one stage after another. */
export function sceneFor(verb: Verb): Scene {
  const made = new WeakMap<Stage, Prepared>();
  const of = (stage: Stage): Prepared => made.get(stage) ?? notApplicable('nothing was prepared');
  return {
    async prepare(stage, actor) {
      const key = stage.key();
      const [from, to] = verb === 'update' ? (changesOf(stage)[0] ?? []) : [stage.spec, stage.spec];
      made.set(stage, { key, desired: to, change: undefined });
      if (verb !== 'create') await actor.converge(key, from);
      const { attempts } = actor;
      switch (verb) {
        case 'observe':
          return (options) => attempts.observe(key, to, options);
        case 'create':
          return (options) => attempts.create(key, to, options);
        case 'update': {
          const change = (await actor.present(key, to)).changes[0] ?? noChange();
          made.set(stage, { key, desired: to, change });
          return (options) => attempts.update(key, to, change, options);
        }
        case 'delete':
          return (options) => attempts.delete(key, options);
        case 'list':
          return (options) => attempts.list(undefined, options);
      }
    },
    async look(stage) {
      const { key, desired } = of(stage);
      return stage.open().observe(key, desired);
    },
    async demandDone(stage, said) {
      if (typeof said !== 'object' || said === null || !('settled' in said) || !said.settled)
        return;
      const { key, desired } = of(stage);
      const seen = await stage.open().observe(key, desired);
      if (verb === 'create') demand(seen.presence === 'present', 'what create says it made', seen);
      if (verb === 'update') {
        demand(seen.presence === 'present', 'the object that was changed', seen);
        demand(
          seen.busy === true || !seen.changes.some((change) => same(change, of(stage).change)),
          'the change that update says it made',
          seen,
        );
        const again = await stage.open().converge(key, desired);
        demand(again.changes.length === 0, 'the changed object to become as asked', again);
      }
      if (verb === 'delete') await stage.open().dissolve(key);
    },
  };
}

function noChange(): Change {
  return notApplicable('the driver sees no change to make');
}
