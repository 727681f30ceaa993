import { decide, decideFarewell } from '../../../kernel/decide.js';
import { DriverFailure } from '../../../model/errors.js';
import type { PartRecord } from '../../../model/resource.js';
import type { ObjectKey } from '../../../ports/driver.js';
import { Finding, show } from '../finding.js';
import type { Actor } from '../stage/actor.js';
import { describeEnding, type Ending } from '../stage/ending.js';
import type { Time } from '../stage/time.js';

/** What a caller wants of an object. */
export type Goal = { readonly kind: 'as'; readonly desired: unknown } | { readonly kind: 'gone' };

/** What the caller keeps of an object outside its process, as the kernel does in its database. */
export interface Ledger {
  record: PartRecord | undefined;
}

/** How far a caller came. */
export type Walk =
  | { readonly kind: 'reached' }
  /** Its process died. */
  | { readonly kind: 'died' }
  /** Its process was paused in a driver call; `resume` ends that call. What it finds out then nobody records. */
  | { readonly kind: 'paused'; resume(): Promise<void> }
  /** It stopped for good, as the kernel does. */
  | { readonly kind: 'stalled'; readonly code: string };

/** Where a caller may die between two of its own steps. */
export type CallerCrash = 'none' | 'before-record';

const MOST_STEPS = 80;
const PAUSE = 1_000;

/**
 * A caller as plain as can be that does what the kernel does, with the kernel's own decisions: look, record the intent,
 * act, record the result. Failures are tried again.
 */
export async function pursue(
  actor: Actor,
  identity: ObjectKey,
  goal: Goal,
  ledger: Ledger,
  time: Time,
  crash: CallerCrash = 'none',
): Promise<Walk> {
  let trouble: unknown;
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const desired = goal.kind === 'as' ? goal.desired : undefined;
    const operation = `${identity.uuid}:${ledger.record?.epoch ?? 1}:${ledger.record?.step ?? 0}`;
    const looked = await actor.attempts.observe(keyOf(identity, ledger), desired, { operation });
    const stopped = stoppedBy(looked);
    if (stopped !== undefined) return stopped;
    if (looked.kind !== 'returned') {
      trouble = describeEnding(looked);
      await time.wait(PAUSE);
      continue;
    }
    const decision =
      goal.kind === 'as'
        ? decide(ledger.record, looked.value, actor.driver.traits)
        : decideFarewell(ledger.record, looked.value);
    switch (decision.kind) {
      case 'settled':
        ledger.record = decision.record;
        return { kind: 'reached' };
      case 'gone':
        ledger.record = undefined;
        return { kind: 'reached' };
      case 'stall':
        return { kind: 'stalled', code: decision.code };
      case 'unavailable':
        trouble = decision.failure;
        await time.wait(PAUSE);
        continue;
      case 'busy':
        await time.wait(PAUSE);
        continue;
      default:
        ledger.record = decision.record;
    }
    const recorded = keyOf(identity, ledger);
    const key = decision.kind === 'discard' ? { ...recorded, external: decision.extra } : recorded;
    const what =
      decision.kind === 'update'
        ? `update:${show(decision.change)}`
        : decision.kind === 'discard'
          ? `discard:${decision.extra}`
          : decision.kind;
    const act = {
      operation: `${identity.uuid}:${ledger.record.epoch}:${ledger.record.step}:${what}`,
    };
    const acted =
      decision.kind === 'create'
        ? await actor.attempts.create(key, desired, act)
        : decision.kind === 'update'
          ? await actor.attempts.update(key, desired, decision.change, act)
          : await actor.attempts.delete(key, act);
    const interrupted = stoppedBy(acted);
    if (interrupted !== undefined) return interrupted;
    if (crash === 'before-record') {
      actor.process.crash();
      return { kind: 'died' };
    }
    if (acted.kind !== 'returned') {
      trouble = describeEnding(acted);
      await time.wait(PAUSE);
      continue;
    }
    const told = decision.kind === 'discard' ? undefined : acted.value.external;
    const external = told ?? ledger.record.external;
    ledger.record = {
      ...ledger.record,
      state: external === null ? ledger.record.state : 'recorded',
      external,
      step: ledger.record.step + 1,
    };
    if (!acted.value.settled) await time.wait(PAUSE);
  }
  throw new Finding(
    `an end within ${MOST_STEPS} steps`,
    `none; the last trouble: ${show(trouble)}`,
  );
}

function keyOf(identity: ObjectKey, ledger: Ledger): ObjectKey {
  const { record } = ledger;
  return {
    uuid: identity.uuid,
    epoch: record?.epoch ?? 1,
    external: record?.external ?? undefined,
  };
}

function stoppedBy(ending: Ending<unknown>): Walk | undefined {
  switch (ending.kind) {
    case 'returned':
      return undefined;
    case 'died':
      return { kind: 'died' };
    case 'paused':
      return {
        kind: 'paused',
        resume: async () => {
          await ending.resume();
        },
      };
    case 'hung':
      throw new Finding('every call to end after its signal has aborted', 'one that hangs');
    case 'failed':
      if (!(ending.error instanceof DriverFailure)) {
        throw new Finding('a DriverFailure', show(ending.error));
      }
      if (ending.error.outcome === 'invalid') {
        throw new Finding('a valid desired state not to be called invalid', show(ending.error));
      }
      return undefined;
  }
}
