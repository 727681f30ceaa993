/** A seed that once broke an invariant, what was wrong with the kernel or the invariant then, and what mended it. */
export interface Regression {
  readonly seed: number;
  readonly was: string;
  readonly mendedBy: string;
}

/**
 * Every seed that found a fault of the kernel, and those at which an invariant blamed it for nothing. What a seed means
 * changes with the stories and troubles it draws from, so an old one may show something else today; it still must hold.
 */
export const REGRESSIONS: readonly Regression[] = [
  {
    seed: 925,
    was: 'I20: a restart was taken for a start that had been made at the same step, and never happened',
    mendedBy: 'An operation key names its change',
  },
  {
    seed: 667,
    was: 'I8: a pass that had lost its lock still sent a create',
    mendedBy: 'a pass that has lost its lock begins nothing new',
  },
  {
    seed: 132,
    was: 'I15: a reconciler whose driver never answered kept its lock for ever',
    mendedBy: 'A reconciler that waits for ever loses its pass and its lock',
  },
  {
    seed: 3072,
    was: 'I9: a late allocation of a zombie outlived its owner',
    mendedBy: 'Nobody who is gone is given anything',
  },
  {
    seed: 340,
    was: 'I9: a late claim of a zombie outlived its owner',
    mendedBy: 'Nobody who is gone is given anything',
  },
  {
    seed: 99,
    was: 'I9: a server of 2 GB was charged for 1 GB after 2 → 1 → 2 in quick succession',
    mendedBy: 'A server is charged for what it is to have now',
  },
  {
    seed: 119,
    was: 'I9: the same, with the backend away in between',
    mendedBy: 'A server is charged for what it is to have now',
  },
  {
    seed: 40_030,
    was: 'I27: a restore that broke off halfway was judged as if it were done',
    mendedBy: 'A restore is judged once its volume counts it',
  },
  {
    seed: 15_944,
    was: 'I27: a restore that came a second time, and did nothing, was judged by what a server had written since',
    mendedBy: 'What changes nothing is not judged',
  },
  {
    seed: 40_893,
    was: 'I27: a copy that a person had made anew was to hold what its snapshot held, which was gone',
    mendedBy: 'A copy that is made anew is empty',
  },
  {
    seed: 1_795_940_316_061,
    was: 'I1: a snapshot that had been destroyed outside waited, to go, for its volume to be restored to it',
    mendedBy: 'Who waits for a volume that lacks its origin waits no more',
  },
  {
    seed: 1_236,
    was: 'I20: a restart that a sleeper had half done was done again, after a late duplicate of its server was destroyed',
    mendedBy: 'A change that is half done keeps its operation key',
  },
  {
    seed: 13_355,
    was: 'I30: an appliance that a sleeper made when its network was gone spoke of a server that was gone too',
    mendedBy: 'An appliance is made empty, and gets what it carries by a change',
  },
  {
    seed: 7_665,
    was: 'I9: a create that came a second time, after its server had become smaller, was to be charged for',
    mendedBy: 'What comes late and never runs takes no room',
  },
  {
    seed: 4_244,
    was: 'I26: a call that took a snapshot came again once its volume was in a server, and found it taken',
    mendedBy: 'What is taken already changes nothing',
  },
];
