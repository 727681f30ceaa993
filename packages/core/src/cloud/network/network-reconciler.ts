import type { ComputeDriver } from '../../ports/drivers/compute.js';
import type { NetworkDriver, PhysicalNetwork, Segment } from '../../ports/drivers/network.js';
import type { Outcome, Pass, Reconciler } from '../../ports/reconciler.js';
import { virtualmachine } from '../virtualmachine/virtualmachine.js';
import { gatewayOf } from './ipv4-range.js';
import { network } from './network.js';

/** How long to wait for a free tag before looking again; milliseconds. */
const TAG_PAUSE = 30_000;
/** How long to wait for servers that are still in a network that is to go; milliseconds. */
const SERVERS_PAUSE = 10_000;

/** What a network has that nobody asked more of than to join its servers. */
const NOTHING_OUTSIDE = {
  ipv6Cidr: null,
  rateLimitMbit: null,
  publicAddresses: [],
  outgoingAddress: null,
  forwards: [],
  balancers: [],
  rules: [],
  leases: [],
  vpn: null,
} as const;

/** Gives a network a tag of its own, brings it to every host, and has the appliance carry it. */
export function networkReconciler(
  compute: ComputeDriver,
  driver: NetworkDriver,
): Reconciler<typeof network> {
  return {
    type: network,
    async reconcile(pass) {
      if (pass.resource.deleteRequestedAt !== null) return remove(pass, compute, driver);
      const segment = await allocateSegment(pass, driver.physicalNetworks);
      if (segment === undefined) {
        return {
          kind: 'wait',
          on: 'capacity',
          afterMs: TAG_PAUSE,
          message: 'every tag of every trunk is in use',
        };
      }
      const { spec, generation, id } = pass.resource;
      const name = pass.resource.name ?? `network ${id}`;
      const gatewayIpv4Address = gatewayOf(spec.ipv4Cidr);
      pass.report({
        gatewayIpv4Address,
        physicalNetwork: segment.physicalNetwork,
        segmentId: segment.id,
      });

      const hosts = await pass.converge('segment', compute.segments, { name, segment });
      if (hosts.kind === 'unsettled') return hosts.outcome;
      const appliance = await pass.converge('appliance', driver.appliances, {
        name,
        revision: generation,
        segment,
        ipv4Cidr: spec.ipv4Cidr,
        gatewayIpv4Address,
        domain: spec.domain,
        ...NOTHING_OUTSIDE,
      });
      if (appliance.kind === 'unsettled') return appliance.outcome;
      return { kind: 'done' };
    },
  };
}

async function remove(
  pass: Pass<typeof network>,
  compute: ComputeDriver,
  driver: NetworkDriver,
): Promise<Outcome> {
  const servers = await pass.children(virtualmachine, 'networkId');
  if (servers.length > 0) {
    const message = `${servers.length} servers are still in it`;
    const blockers = servers.map(({ uuid }) => uuid);
    return { kind: 'wait', on: 'dependency', afterMs: SERVERS_PAUSE, message, blockers };
  }
  const appliance = await pass.dissolve('appliance', driver.appliances);
  if (appliance.kind === 'unsettled') return appliance.outcome;
  const segment = await pass.dissolve('segment', compute.segments);
  if (segment.kind === 'unsettled') return segment.outcome;
  // The tag is released together with the tombstone: only now does no host carry it any more.
  return { kind: 'gone' };
}

async function allocateSegment(
  pass: Pass<typeof network>,
  trunks: readonly PhysicalNetwork[],
): Promise<Segment | undefined> {
  const { segmentId, physicalNetwork } = pass.resource.status;
  const known = trunks.find((trunk) => trunk.name === physicalNetwork);
  if (known !== undefined && typeof segmentId === 'number') return segmentOf(known, segmentId);
  for (const trunk of trunks) {
    const tag = await pass.allocate(`segment/${trunk.kind}/${trunk.name}`, tagsOf(trunk));
    if (tag === undefined) continue;
    pass.note('segment.allocate', `${trunk.kind} ${tag} on ${trunk.name}`);
    return segmentOf(trunk, Number(tag));
  }
  return undefined;
}

function tagsOf({ firstId, lastId }: PhysicalNetwork): Iterable<string> {
  return {
    *[Symbol.iterator]() {
      for (let id = firstId; id <= lastId; id += 1) yield String(id);
    },
  };
}

function segmentOf(trunk: PhysicalNetwork, id: number): Segment {
  const physicalNetwork = trunk.name;
  return trunk.kind === 'qinq'
    ? { kind: 'qinq', physicalNetwork, outerId: 1, id }
    : { kind: trunk.kind, physicalNetwork, id };
}
