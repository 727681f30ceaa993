import { createHash } from 'node:crypto';
import type { Resource } from '../../model/resource.js';
import { isReady } from '../../model/state.js';
import type { ComputeDriver } from '../../ports/drivers/compute.js';
import type { NetworkDriver, Segment } from '../../ports/drivers/network.js';
import type { Outcome, Pass, Reconciler } from '../../ports/reconciler.js';
import { gatherDocument } from './appliance-document.js';
import { keepReport } from './appliance-report.js';
import { writeConflicts } from './conflicts.js';
import { gatewayOf } from './ipv4-range.js';
import { gatewayIpv6Of } from './ipv6-range.js';
import { madeEmpty } from './made-empty.js';
import { IN_NETWORK, network } from './network.js';
import { networkChildren } from './network-children.js';
import { allocateSegment, segmentOf } from './segment.js';

/** How long to wait for a free tag before looking again; milliseconds. */
const TAG_PAUSE = 30_000;
/** How long to wait for what is still in a network that is to go; milliseconds. */
const CHILDREN_PAUSE = 10_000;

type Network = typeof network;

/** Gives a network a tag of its own, brings it to every host, and has the appliance carry all that is asked of it. */
export function networkReconciler(
  compute: ComputeDriver,
  driver: NetworkDriver,
): Reconciler<Network> {
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
      const { spec, id } = pass.resource;
      pass.report({
        gatewayIpv4Address: gatewayOf(spec.ipv4Cidr),
        ...(typeof spec.ipv6Cidr === 'string'
          ? { gatewayIpv6Address: gatewayIpv6Of(spec.ipv6Cidr) }
          : {}),
        physicalNetwork: segment.physicalNetwork,
        segmentId: segment.id,
        ...(segment.kind === 'qinq' ? { outerSegmentId: segment.outerId } : {}),
      });
      const name = pass.resource.name ?? `network ${id}`;
      const hosts = await pass.converge('segment', compute.segments, { name, segment });
      if (hosts.kind === 'unsettled') return hosts.outcome;
      const children = await pass.everyChild(IN_NETWORK);
      return (await follow(pass, driver, segment, children)) ?? { kind: 'done' };
    },
  };
}

/**
 * Has the appliance follow the document of a network; undefined once it does. What is to be told is on record as a
 * revision of its own, and gathered anew after that, before it is told: so whoever sees that nothing is under way, and
 * that no appliance speaks of it, knows that none will (see {@link stillCarried}).
 */
async function follow(
  pass: Pass<Network>,
  driver: NetworkDriver,
  segment: Segment,
  children: readonly Resource[],
): Promise<Outcome | undefined> {
  const { status, generation } = pass.resource;
  const { document, conflicts } = gatherDocument(
    pass.resource,
    segment,
    networkChildren(children),
    (resource, field) => pass.open(resource, field),
  );
  const left = writeConflicts(conflicts);
  const documentDigest = digestOf({ document, left });
  // Appliances of the days before know revisions by the network's generation.
  const revision = status.documentRevision ?? generation - 1;
  if (documentDigest !== status.documentDigest) {
    pass.report({ documentDigest, documentRevision: revision + 1, conflicts: left });
    return { kind: 'wait', on: 'progress', afterMs: 0, message: 'its document has changed' };
  }
  const appliances = madeEmpty(driver.appliances);
  const appliance = await pass.converge('appliance', appliances, { ...document, revision });
  if (appliance.kind === 'unsettled') return appliance.outcome;
  keepReport(pass, appliance.actual, children);
  if (status.appliedRevision !== revision) {
    const { outgoingAddress, outgoingIpv6Address } = document;
    pass.report({ appliedRevision: revision, outgoingAddress });
    if (outgoingIpv6Address !== undefined) pass.report({ outgoingIpv6Address });
    pass.wakeAfterwards(children.filter(isWaiting));
  }
  return undefined;
}

// Of servers that are not as asked only those wait for it that it gave nothing yet, or is to give nothing any more.
function isWaiting(child: Resource): boolean {
  const waitsForOthers = child.status['leased'] === true && child.deleteRequestedAt === null;
  return !isReady(child) && !waitsForOthers;
}

/** Names a document in a few characters. */
function digestOf(gathered: object): string {
  return createHash('sha256').update(JSON.stringify(gathered)).digest('base64url').slice(0, 22);
}

async function remove(
  pass: Pass<Network>,
  compute: ComputeDriver,
  driver: NetworkDriver,
): Promise<Outcome> {
  const all = await pass.everyChild(IN_NETWORK);
  if (all.length > 0) return waitForChildren(pass, driver, all);
  const left = leave(pass, driver);
  if (left !== undefined) return left;
  const appliance = await pass.dissolve('appliance', driver.appliances);
  if (appliance.kind === 'unsettled') return appliance.outcome;
  const segment = await pass.dissolve('segment', compute.segments);
  if (segment.kind === 'unsettled') return segment.outcome;
  // The tag is released together with the tombstone: only now does no host carry it any more.
  return { kind: 'gone' };
}

// Of a pair, one that can't be asked must not take over with it: that it is to be nowhere is on record before it is told.
function leave(pass: Pass<Network>, driver: NetworkDriver): Outcome | undefined {
  const isOnRecord = typeof pass.resource.status.appliedRevision === 'number';
  if (driver.vouch === undefined || !isOnRecord) return undefined;
  pass.report({ appliedRevision: null });
  return {
    kind: 'wait',
    on: 'progress',
    afterMs: 0,
    message: 'its appliances are to let go of it',
  };
}

/** Has addresses leave, and waits for the rest. What goes is taken out of the document, for which it waits itself. */
async function waitForChildren(
  pass: Pass<Network>,
  driver: NetworkDriver,
  all: readonly Resource[],
): Promise<Outcome> {
  const { id } = pass.resource;
  const { addresses, ...others } = networkChildren(all);
  for (const { uuid } of addresses) {
    await pass.requestUnlink(uuid, {
      field: IN_NETWORK,
      id,
      also: [],
      why: `network ${id} is being removed`,
    });
  }
  const segment =
    pass.resource.parts['appliance'] === undefined
      ? undefined
      : segmentOf(pass.resource, driver.physicalNetworks);
  const unsettled = segment && (await follow(pass, driver, segment, all));
  if (unsettled !== undefined) return unsettled;
  const left = Object.entries(others).flatMap(([what, { length }]) =>
    length === 0 ? [] : [`${length} ${what}`],
  );
  const message =
    left.length === 0 ? 'its addresses are leaving' : `${left.join(', ')} are still in it`;
  const blockers = all.map(({ uuid }) => uuid);
  return { kind: 'wait', on: 'dependency', afterMs: CHILDREN_PAUSE, message, blockers };
}
