import { notApplicable } from '../check.js';
import type { Stage } from '../stage/stage.js';

/** The changes to try; a check that needs some says nothing where there are none. */
export function changesOf(stage: Stage): readonly (readonly [from: unknown, to: unknown])[] {
  return stage.specs.changes.length > 0
    ? stage.specs.changes
    : notApplicable('no changes are given: the objects never change');
}
