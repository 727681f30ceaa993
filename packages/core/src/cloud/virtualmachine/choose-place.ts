import type { Resource } from '../../model/resource.js';
import type { Outcome, Pass, PlacementRequest } from '../../ports/reconciler.js';
import { host } from '../host/host.js';
import type { network } from '../network/network.js';
import type { offering } from '../offering/offering.js';
import type { HostFacts } from './placement-hooks.js';
import type { Step } from './step.js';
import type { virtualmachine } from './virtualmachine.js';

/** The capacity class that servers are charged in: MiB of memory. Processors are shared and not counted. */
export const MEMORY = 'memoryMb';

/** How long to wait for room before looking again; milliseconds. */
const CAPACITY_PAUSE = 15_000;

/** What a server's place depends on. */
export interface PlacedBy {
  readonly size: Resource<typeof offering>;
  readonly segment: Resource<typeof network>;
  /** The host it is on or is going to. */
  readonly place: Resource<typeof host> | undefined;
  /** The host it is leaving. */
  readonly previous: Resource<typeof host> | undefined;
}

/** Where a server is to be, and where it comes from if it is not certain yet that it is not there any more. */
export interface Home {
  readonly host: Resource<typeof host>;
  readonly previous: Resource<typeof host> | undefined;
}

/** The home of a server, or how its pass ends without one. */
export type Placing = Step<Home>;

/** Waits for a host to have room. */
export function noRoom(message: string): Outcome {
  return { kind: 'wait', on: 'capacity', afterMs: CAPACITY_PAUSE, message };
}

/** A host that was chosen and charged, or why none was. */
export type Choice =
  | { readonly kind: 'chosen'; readonly host: Resource<typeof host> }
  | {
      readonly kind: 'nowhere';
      readonly message: string;
      readonly details: { readonly eliminated: { readonly name: string; readonly by: string }[] };
    };

/** Chooses and charges a host for a server, among all but the one that it leaves. */
export async function choosePlace(
  pass: Pass<typeof virtualmachine>,
  by: PlacedBy,
  from: Resource<typeof host> | undefined,
): Promise<Choice> {
  const hosts = (await pass.all(host)).filter(({ uuid }) => uuid !== from?.uuid);
  const placed = await pass.place(placementRequest(pass.resource, by, hosts, from));
  if (placed.kind === 'nowhere') {
    const eliminated = placed.eliminated.map(({ name, by: why }) => ({ name, by: why }));
    const why = eliminated.map((each) => `${each.name} (${each.by})`).join(', ');
    const none = from === undefined ? 'there are no hosts' : 'there are no other hosts';
    const message = `no host has room for ${by.size.spec.ramSizeMb} MiB: ${why === '' ? none : why}`;
    return { kind: 'nowhere', message, details: { eliminated } };
  }
  const chosen = hosts.find(({ uuid }) => uuid === placed.holder);
  if (chosen === undefined)
    throw new Error(`placement chose ${placed.holder}, which was no candidate`);
  return { kind: 'chosen', host: chosen };
}

/** What is asked of placement for a server. */
export function placementRequest(
  { account, spec }: Resource<typeof virtualmachine>,
  { size, segment }: Pick<PlacedBy, 'size' | 'segment'>,
  hosts: readonly Resource<typeof host>[],
  from: Resource<typeof host> | undefined,
): PlacementRequest {
  const marksOf = (labels: readonly string[]): readonly string[] =>
    [...new Set(labels)].map((label) => `${account}/${label}`);
  return {
    className: MEMORY,
    amount: size.spec.ramSizeMb,
    candidates: hosts.map((candidate) => ({
      holder: candidate.uuid,
      name: candidate.name ?? candidate.id,
      facts: factsOf(candidate, segment),
    })),
    marks: marksOf(spec.labels),
    avoids: marksOf(spec.antiAffinityLabels),
    prefers: marksOf(spec.affinityLabels),
    from: from?.uuid,
  };
}

function factsOf(
  { spec, status }: Resource<typeof host>,
  segment: Resource<typeof network>,
): { readonly [Fact in keyof HostFacts]: HostFacts[Fact] } {
  return {
    enabled: spec.enabled && status.accepting !== false,
    live: status.live === true,
    storageProblem: status.storageProblem ?? null,
    physicalNetworks: status.physicalNetworks ?? null,
    needed: segment.status.physicalNetwork ?? null,
  };
}
