import { setTimeout as pause } from 'node:timers/promises';
import { median } from '../../load/statistics.js';
import { wallClock } from '../../process/messages.js';
import { type Figure, figure } from '../../report/figure.js';
import { SESSION_MS } from '../backing.js';
import type { ClusterOptions, ClusterPart } from '../cluster-part.js';
import { GadgetCloud } from '../ours/gadget-cloud.js';
import { HELD_SIZE } from '../ours/pass-watch.js';
import type { Strategy } from '../ours/strategy.js';

const KERNELS = 2;
/** Passes that are under way when their kernel dies. */
const GADGETS = 20;
/** How long the survivors may take; milliseconds. */
const PATIENCE = 60_000;
/** Issue 4: so much longer than the session; milliseconds. */
const LEEWAY = 1_000;

/** How soon others take up what a killed process was at. */
export const takeover: ClusterPart = {
  name: 'takeover',
  what: 'from kill -9 of a kernel that holds locks to the passes that resume its work',
  floors: 'none',
  async measure(options): Promise<readonly Figure[]> {
    return [
      ...(await measureStrategy('resource', options)),
      ...(await measureStrategy('partition', options)),
    ];
  },
};

async function measureStrategy(
  strategy: Strategy,
  { backing, rounds, tell }: ClusterOptions,
): Promise<readonly Figure[]> {
  const longest: number[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    await using cloud = await GadgetCloud.start(await backing.freshPlace(), KERNELS, strategy);
    longest.push(Math.max(...(await resumptions(cloud))));
    tell(`${strategy}, round ${round}: resumed after ${longest.at(-1)?.toFixed(0)} ms`);
  }
  const name = `kill -9 of a holder to its work resumed, ${strategy}`;
  const goal = { most: SESSION_MS + LEEWAY };
  return [
    figure(`${name}, longest of a round, median`, median(longest), 'ms'),
    figure(`${name}, longest`, Math.max(...longest), 'ms', goal),
  ];
}

/** Milliseconds from a kernel's death to the next pass over each gadget that it was working on. */
async function resumptions(cloud: GadgetCloud): Promise<readonly number[]> {
  const ids = await cloud.settled(GADGETS);
  await cloud.passes();
  for (const id of ids) await cloud.resize(id, HELD_SIZE);
  const [victim, ...survivors] = cloud.kernels;
  if (victim === undefined) throw new Error('there is no kernel');
  const held = new Set<string>();
  const others = new Set<string>();
  for (const end = Date.now() + PATIENCE; Date.now() < end; await pause(50)) {
    for (const { id } of (await victim.passes()).since) held.add(id);
    for (const { id } of await cloud.passes(survivors)) others.add(id);
    if (held.size + others.size >= GADGETS) break;
  }
  if (held.size === 0) throw new Error('the kernel that is to be killed works on nothing');
  const killed = wallClock();
  await victim[Symbol.asyncDispose]();
  const resumed: number[] = [];
  for (const end = Date.now() + PATIENCE; Date.now() < end && held.size > 0; await pause(50)) {
    for (const { id, begun } of await cloud.passes(survivors)) {
      if (held.delete(id)) resumed.push(begun - killed);
    }
  }
  if (held.size > 0) throw new Error(`${held.size} passes were not resumed in time`);
  return resumed;
}
