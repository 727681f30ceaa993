/** A partition this process has. */
export interface HeldPartition {
  readonly partition: number;
  /** How many locks within it are held. */
  readonly keys: number;
}

/** Who is there and who has what. */
export interface Shares {
  /** How many partitions there are. */
  readonly partitions: number;
  /** All members, in the order of their coming. */
  readonly members: readonly string[];
  readonly self: string;
  readonly held: readonly HeldPartition[];
  /** Partitions that somebody has, this process included. */
  readonly taken: ReadonlySet<number>;
}

/**
 * What to take and what to give up, so that in the end each member has the same number, give or take one. What is held
 * stays where it is unless it is too much; partitions without work go first.
 */
export function fairShare({ partitions, members, self, held, taken }: Shares): {
  readonly take: readonly number[];
  readonly give: readonly number[];
} {
  const rank = members.indexOf(self);
  if (rank < 0) return { take: [], give: [] };
  const count = members.length;
  const quota = Math.floor(partitions / count) + (rank < partitions % count ? 1 : 0);
  const give = held
    .toSorted((a, b) => a.keys - b.keys || b.partition - a.partition)
    .slice(0, Math.max(0, held.length - quota))
    .map(({ partition }) => partition);
  const take: number[] = [];
  // Each begins to look at another place, so that two that come at once do not ask for the same.
  const start = Math.floor((rank * partitions) / count);
  for (let n = 0; n < partitions && take.length < quota - held.length; n += 1) {
    const partition = (start + n) % partitions;
    if (!taken.has(partition)) take.push(partition);
  }
  return { take, give };
}
