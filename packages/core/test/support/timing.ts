/** How times are taken. */
export interface Timing {
  /** How many samples of each case make a round. */
  readonly samples: number;
  /** How many calls make a sample: what a single one costs is lost in the resolution of the clock. */
  readonly calls: number;
  /** How many rounds there are at most. */
  readonly rounds: number;
}

const TIMING: Timing = { samples: 60, calls: 20, rounds: 8 };

/**
 * How far the times of `cases` are apart, as the part of the shorter one, in whichever round they were closest: what is told
 * by the time is told in every round, and what a busy machine does is not. Samples are interleaved, in another
 * order each time; of each case the lower quartile counts, which no pause reaches. Ends with the first round that is under
 * `enough`.
 */
export function timesApart(
  cases: Readonly<Record<string, () => unknown>>,
  enough: number,
  { samples, calls, rounds }: Timing = TIMING,
): number {
  const all = Object.values(cases);
  for (const each of all) sample(each, calls * samples);
  let closest = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds && closest >= enough; round += 1) {
    const taken = all.map((run) => ({ run, times: [] as number[] }));
    for (let turn = 0; turn < samples; turn += 1) {
      const first = (turn * 7 + round) % taken.length;
      for (const { run, times } of [...taken.slice(first), ...taken.slice(0, first)])
        times.push(sample(run, calls));
    }
    const quartiles = taken.map(({ times }) => lowerQuartile(times));
    closest = Math.min(closest, Math.max(...quartiles) / Math.min(...quartiles) - 1);
  }
  return closest;
}

function sample(run: () => unknown, calls: number): number {
  const begun = process.hrtime.bigint();
  for (let call = 0; call < calls; call += 1) run();
  return Number(process.hrtime.bigint() - begun);
}

function lowerQuartile(times: readonly number[]): number {
  return times.toSorted((left, right) => left - right)[Math.floor(times.length / 4)] ?? 0;
}
