import { conditionOf } from '../../model/condition.js';
import type { Outcome, Pass } from '../../ports/reconciler.js';
import type { storagepool } from './storagepool.js';
import { NO_ROUND, type UpkeepDriver } from './upkeep-driver.js';

/** A round an hour, at the full hour; milliseconds. */
const EVERY = 60 * 60_000;
const PART = 'upkeep';
const TYPE = 'UpKept';
/** So much of the problems is told in one message. */
const MOST_WORDS = 900;

/**
 * Takes the next step of a share's upkeep, where one is due. The pool is as asked whatever comes of it: what needs a
 * person is a condition, and what fails is tried again when the share is looked at again.
 */
export async function keepUp(pass: Pass<typeof storagepool>, driver: UpkeepDriver): Promise<void> {
  const { resource } = pass;
  // What was never seen as asked would count as drift, which is ignored: the first look is at nothing that is to be done.
  const isKnown = typeof resource.parts[PART]?.asked === 'string';
  const round = isKnown ? Math.floor(pass.now / EVERY) : NO_ROUND;
  const kept = await pass.converge(PART, driver, { pool: resource.spec.external, round });
  for (const words of driver.takeDone(resource.uuid)) pass.note(PART, words);
  if (kept.kind === 'unsettled') return pause(pass, kept.outcome);
  const { problems } = kept.actual;
  // Another process has done the round, and told what it found.
  if (problems === undefined) return;
  if (problems.length > 0) {
    const message = shortened(problems.join('; '));
    const details = { problems };
    pass.condition({ type: TYPE, status: 'False', reason: 'ProblemsFound', message, details });
  } else {
    const message =
      'its chains are short, nothing that nobody needs is on it, and nothing is damaged';
    pass.condition({ type: TYPE, status: 'True', reason: 'RoundEnded', message });
  }
}

function pause(pass: Pass<typeof storagepool>, outcome: Outcome): void {
  // It goes on when the share is looked at again: at most a third of the time is worked, and the pool stays as it is.
  if (outcome.kind === 'wait' && outcome.on === 'progress') return;
  if (outcome.kind === 'done' || outcome.kind === 'gone') return;
  const message = outcome.kind === 'retry' ? outcome.failure.message : outcome.message;
  // What a round found stays told until another finds it mended.
  const found = conditionOf(pass.resource.conditions, TYPE);
  if (found?.reason === 'ProblemsFound') return;
  pass.condition({ type: TYPE, status: 'Unknown', reason: 'NotDone', message });
}

function shortened(words: string): string {
  return words.length <= MOST_WORDS ? words : `${words.slice(0, MOST_WORDS)}…`;
}
