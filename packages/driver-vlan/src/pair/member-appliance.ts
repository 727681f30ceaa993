import {
  type Clock,
  type DriverCall,
  DriverFailure,
  ensureError,
  type NetworkDriver,
} from '@gdcloud/core';
import { limitedWork } from '../time/limited-work.js';

/** One appliance of a pair. */
export interface MemberAppliance {
  /** What people know it by: `edge-a`. */
  readonly name: string;
  readonly network: NetworkDriver;
}

/** What came of a question to one appliance. */
export type Answer<Result> =
  | { readonly kind: 'answered'; readonly by: MemberAppliance; readonly result: Result }
  /** It can't be asked now, or what became of it is not known. */
  | { readonly kind: 'away'; readonly by: MemberAppliance; readonly failure: DriverFailure };

/** How appliances of a pair are asked. */
export interface Asking {
  readonly clock: Clock;
  /** How long one is waited for; milliseconds. */
  readonly answerMs: number;
}

/**
 * Asks appliances of a pair at once, and waits for each of them, up to the limit. One that is away is an answer; whatever
 * else one fails with is thrown when all have ended.
 */
export async function askEach<Result>(
  members: readonly MemberAppliance[],
  question: (network: NetworkDriver, call: DriverCall) => Promise<Result>,
  call: DriverCall,
  asking: Asking,
): Promise<readonly Answer<Result>[]> {
  const ended = await Promise.allSettled(members.map((by) => askOne(by, question, call, asking)));
  return ended.map((end) => {
    if (end.status === 'rejected') throw end.reason;
    return end.value;
  });
}

/** Those that answered. */
export function answersOf<Result>(
  answers: readonly Answer<Result>[],
): readonly Extract<Answer<Result>, { kind: 'answered' }>[] {
  return answers.filter((answer) => answer.kind === 'answered');
}

/** Those that are away. */
export function awayOf<Result>(
  answers: readonly Answer<Result>[],
): readonly Extract<Answer<Result>, { kind: 'away' }>[] {
  return answers.filter((answer) => answer.kind === 'away');
}

/** What all of them being away comes to: what one of them may have done was perhaps done. */
export function allAway(away: readonly { readonly failure: DriverFailure }[]): DriverFailure {
  const failures = away.map(({ failure }) => failure);
  const [first] = failures;
  if (first === undefined) throw new RangeError('nobody was asked');
  return failures.find(({ outcome }) => outcome === 'ambiguous') ?? first;
}

async function askOne<Result>(
  by: MemberAppliance,
  question: (network: NetworkDriver, call: DriverCall) => Promise<Result>,
  call: DriverCall,
  { clock, answerMs }: Asking,
): Promise<Answer<Result>> {
  const overdue = new DriverFailure('ambiguous', 'NoAnswer', `${by.name} does not answer`, {
    remedy: 'It is asked again by itself.',
  });
  const deadline = Math.min(call.deadline, clock.now() + answerMs);
  const limit = { clock, milliseconds: answerMs, source: call.signal, overdue };
  try {
    const result = await limitedWork(limit, (signal) =>
      unlessAborted(question(by.network, { ...call, signal, deadline }), signal),
    );
    return { kind: 'answered', by, result };
  } catch (thrown) {
    const failure = failureOf(thrown);
    if (failure === undefined) throw thrown;
    return { kind: 'away', by, failure };
  }
}

// Undefined for what is no failure of an appliance that is away.
function failureOf(thrown: unknown): DriverFailure | undefined {
  if (!(thrown instanceof DriverFailure)) return undefined;
  return thrown.outcome === 'unavailable' || thrown.outcome === 'ambiguous' ? thrown : undefined;
}

// A driver honours its signal within a second. Nobody waits for that.
function unlessAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    const stop = (): void =>
      reject(
        signal.reason instanceof DriverFailure
          ? signal.reason
          : new DriverFailure('ambiguous', 'Aborted', ensureError(signal.reason).message, {
              remedy: 'None is needed: it is tried again.',
            }),
      );
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
