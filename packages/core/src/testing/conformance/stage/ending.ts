import type { KitProcess, Traffic } from './doors.js';
import type { Time } from './time.js';

/** How a call of a driver ended. */
export type Ending<Value> =
  | { readonly kind: 'returned'; readonly value: Value; readonly at: number }
  | { readonly kind: 'failed'; readonly error: unknown; readonly at: number }
  /** Its process died in the middle. */
  | { readonly kind: 'died' }
  /** Its process was paused in the middle; `resume` lets it go on. */
  | { readonly kind: 'paused'; resume(): Promise<Ending<Value>> }
  /** It neither ended nor waited for anything that could still come. */
  | { readonly kind: 'hung'; readonly at: number };

/** The longest that a call is waited for, in virtual milliseconds. */
const LONGEST_CALL = 600_000;

/** Waits for a call while time passes. `at` is monotonic. */
export async function endingOf<Value>(
  work: Promise<Value>,
  process: KitProcess,
  traffic: Traffic,
  time: Time,
): Promise<Ending<Value>> {
  const seen: { ending?: Ending<Value> } = {};
  const started = time.clock.monotonic();
  work.then(
    (value) => {
      seen.ending = { kind: 'returned', value, at: time.clock.monotonic() };
    },
    (error: unknown) => {
      seen.ending = { kind: 'failed', error, at: time.clock.monotonic() };
    },
  );
  for (;;) {
    const goesOn = await time.pass(traffic);
    if (seen.ending !== undefined) return seen.ending;
    if (process.state === 'dead') return { kind: 'died' };
    if (process.state === 'paused') {
      return {
        kind: 'paused',
        resume: () => {
          process.resume();
          return endingOf(work, process, traffic, time);
        },
      };
    }
    const at = time.clock.monotonic();
    if (!goesOn || at - started > LONGEST_CALL) return { kind: 'hung', at };
  }
}

/** An ending in words. */
export function describeEnding(ending: Ending<unknown>): unknown {
  switch (ending.kind) {
    case 'returned':
      return ending.value;
    case 'failed':
      return ending.error;
    default:
      return ending.kind;
  }
}
