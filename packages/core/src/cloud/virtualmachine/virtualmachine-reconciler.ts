import type { Resource } from '../../model/resource.js';
import { stall } from '../../model/stall.js';
import { isReady } from '../../model/state.js';
import type { ServerActual, ServerDesired } from '../../ports/drivers/compute.js';
import type { NetworkDriver } from '../../ports/drivers/network.js';
import type { Random } from '../../ports/random.js';
import type { Outcome, Pass, Reconciler } from '../../ports/reconciler.js';
import { host } from '../host/host.js';
import { standingOf } from '../host/standing.js';
import { image, imageGb } from '../image/image.js';
import { carriedOut, stillCarried } from '../network/carried.js';
import { sendersOf } from '../network/ipv6-range.js';
import { isUp, network } from '../network/network.js';
import { offering } from '../offering/offering.js';
import { type Devices, ROOT_DEVICE } from '../volume/devices.js';
import { OF_NO_SNAPSHOT, volume } from '../volume/volume.js';
import { waitFor } from '../wait-for.js';
import { readAdopted } from './adopted.js';
import { adoptDisks, adoptedDiskToCome } from './adopted-disks.js';
import type { Home, PlacedBy } from './choose-place.js';
import {
  type ConfigDriveMakers,
  configDriveOf,
  forgetConfigDrive,
  removeConfigDrive,
} from './config-drive-of.js';
import { LEASE_GENERATION } from './lease.js';
import { arrive, giveUpMove, MIGRATION_IMPOSSIBLE, waitForHost } from './move-server.js';
import { giveBackMemory, placeServer } from './place-server.js';
import { allocateAddresses, reportIpv6Address } from './server-addresses.js';
import { notedAfter, pendingCondition, statusOf } from './server-status.js';
import { end, have, type Step } from './step.js';
import { ROOT_DISK, SERVER_PART, virtualmachine } from './virtualmachine.js';
import { partWithVolumes, volumesOf } from './volumes-of.js';

type Server = typeof virtualmachine;

/** Everything a server is made of before the hypervisor is asked for it. */
interface Ingredients extends PlacedBy {
  readonly base: Resource<typeof image>;
}

/** What servers are made by. */
export interface VirtualmachineDrivers extends ConfigDriveMakers {
  readonly network: NetworkDriver;
}

/** Brings a server up: address, place, root disk, config drive, then the server itself. */
export function virtualmachineReconciler(
  { compute, storage, network: driver }: VirtualmachineDrivers,
  random: Random,
): Reconciler<Server> {
  return {
    type: virtualmachine,
    async reconcile(pass) {
      if (pass.resource.deleteRequestedAt !== null)
        return remove(pass, { compute, storage, network: driver });
      const found = await ingredients(pass);
      if (found.kind === 'end') return found.outcome;
      // All at once: none needs another, and each is held for good whatever becomes of the rest.
      const [addresses, place, disk, volumes] = await Promise.all([
        allocateAddresses(pass, found.value.segment, driver, random),
        // Which trunks are needed is known once the network has one; until then there is nothing to place it by.
        typeof found.value.segment.status.physicalNetwork !== 'string'
          ? undefined
          : placeServer(pass, found.value),
        rootDisk(pass, found.value.base),
        volumesOf(pass),
      ]);
      if (addresses.kind === 'end') return addresses.outcome;
      reportIpv6Address(pass, found.value.segment, addresses.value.mac);
      if (place?.kind === 'end') return place.outcome;
      if (disk.kind === 'end') return disk.outcome;
      if (volumes.kind === 'end') return volumes.outcome;
      const waiting = notReadyYet(pass, found.value, disk.value);
      if (waiting !== undefined) return waiting;
      if (place === undefined) return waitFor(pass, 'its network', found.value.segment);
      const coming = await adoptedDiskToCome(pass, volumes.disks);
      if (coming !== undefined) return waitFor(pass, `volume ${coming.id}`, coming);
      pass.condition({
        type: 'DependenciesReady',
        status: 'True',
        reason: 'Ready',
        message: 'network, image and root disk are ready',
      });

      const cd = await configDriveOf(
        pass,
        { compute, storage },
        { ...addresses.value, segment: found.value.segment },
      );
      if (cd.kind === 'end') return cd.outcome;

      const home = place.value;
      const desired = {
        ...desiredServer(pass.resource, found.value, {
          ...addresses.value,
          cd: cd.value,
          host: home.host.spec.external,
          disks: [{ device: ROOT_DEVICE, volume: disk.value.uuid }, ...volumes.disks],
        }),
        ...(home.previous === undefined ? {} : { lostHosts: await lostHosts(pass) }),
      };
      const server = await pass.converge(SERVER_PART, compute.servers, desired);
      if (server.kind === 'unsettled') {
        const refused = refusedMove(server.outcome);
        return home.previous === undefined || refused === undefined
          ? server.outcome
          : giveUpMove(pass, found.value, home, refused);
      }
      const elsewhere = stillElsewhere(server.actual, home);
      if (elsewhere !== undefined) return elsewhere;
      if (home.previous !== undefined) await arrive(pass, found.value, home);
      await giveBackMemory(pass, home.host, {
        has: server.actual.ramSizeMb,
        wants: desired.ramSizeMb,
      });
      const end = settled(pass, server.actual, volumes.noted);
      return end.kind === 'done' ? leased(pass, driver, found.value.segment) : end;
    },
  };
}

/** All hosts of which it is confirmed that they are off. */
async function lostHosts(pass: Pass<Server>): Promise<ServerDesired['lostHosts']> {
  const hosts = (await pass.all(host)).filter((each) => standingOf(each) === 'fenced');
  return hosts.map(({ spec }) => spec.external as ServerDesired['host']);
}

function refusedMove(outcome: Outcome): string | undefined {
  return outcome.kind === 'retry' && outcome.failure.code === MIGRATION_IMPOSSIBLE
    ? outcome.failure.message
    : undefined;
}

// Its driver has nothing to do, and still it runs on the host that it leaves: that one does not answer.
function stillElsewhere(actual: ServerActual, { host: to, previous }: Home): Outcome | undefined {
  if (previous === undefined || typeof actual.host !== 'string') return undefined;
  return actual.host === to.spec.external ? undefined : waitForHost(previous);
}

function settled(pass: Pass<Server>, server: ServerActual, wanted: Devices): Outcome {
  const { conditions, status } = pass.resource;
  const { pendingRestart } = server;
  const attachedVolumes = notedAfter(wanted, status.attachedVolumes, pendingRestart);
  pass.report({ ...statusOf(server), attachedVolumes });
  const pending = pendingCondition(conditions, pendingRestart);
  if (pending !== undefined) pass.condition(pending);
  const left = Object.keys(status.attachedVolumes ?? {}).filter(
    (id) => attachedVolumes[id] === undefined,
  );
  if (left.length === 0) return { kind: 'done' };
  // Recorded as a step of its own, so that they are told.
  const message = `volumes ${left.join(', ')} have left`;
  return { kind: 'wait', on: 'progress', afterMs: 0, message };
}

/** It is as asked once its network's appliance gives it its address and its name. */
async function leased(
  pass: Pass<Server>,
  driver: NetworkDriver,
  segment: Resource<typeof network>,
): Promise<Outcome> {
  if (pass.resource.status.leased === true) return { kind: 'done' };
  const carried = await carriedOut(pass, driver, segment, LEASE_GENERATION);
  if (carried.kind === 'done') pass.report({ leased: true });
  return carried;
}

async function remove(
  pass: Pass<Server>,
  { network: driver, ...makers }: VirtualmachineDrivers,
): Promise<Outcome> {
  const server = await pass.dissolve(SERVER_PART, makers.compute.servers);
  if (server.kind === 'unsettled') return server.outcome;
  pass.report({ ...statusOf(undefined), attachedVolumes: {} });
  const left = await removeConfigDrive(pass, makers);
  if (left !== undefined) return left;
  const disks = await partWithVolumes(pass);
  if (disks.length > 0) {
    return {
      kind: 'wait',
      on: 'dependency',
      afterMs: 2_000,
      message: 'waiting for its disks to go',
      blockers: disks.map(({ uuid }) => uuid),
    };
  }
  // Its address is given back with its tombstone: only once nobody answers to it by its name.
  const { spec, status } = pass.resource;
  const segment =
    typeof status.hostname === 'string' ? await pass.find(network, spec.networkId) : undefined;
  return (
    (await stillCarried(pass, driver, segment)) ??
    (await forgetConfigDrive(pass, makers)) ?? { kind: 'gone' }
  );
}

async function ingredients(pass: Pass<Server>): Promise<Step<Ingredients>> {
  const { spec, status } = pass.resource;
  const { size, base, segment, place, previous } = await pass.findAll({
    size: { type: offering, id: spec.offering },
    base: { type: image, id: spec.imageId },
    segment: { type: network, id: spec.networkId },
    place: { type: host, id: status.hostId ?? null },
    previous: { type: host, id: status.previousHostId ?? null },
    // Asked for below: one look for all.
    disk: { type: volume, role: ROOT_DISK },
  });
  if (size === undefined) return end(waitFor(pass, `offering ${spec.offering}`, undefined));
  if (base === undefined) return end(waitFor(pass, `image ${spec.imageId}`, undefined));
  if (segment === undefined) return end(waitFor(pass, `network ${spec.networkId}`, undefined));
  return have({ base, size, segment, place, previous });
}

async function rootDisk(
  pass: Pass<Server>,
  base: Resource<typeof image>,
): Promise<Step<Resource<typeof volume>>> {
  const { id, name, spec } = pass.resource;
  const called = name ?? `server ${id}`;
  const adopted = readAdopted(spec.adopted);
  const sizeGb = imageGb(base);
  // Of an image without a size of its own nobody knows it before its content is there.
  if (sizeGb === undefined) return end(waitFor(pass, `image ${base.id}`, base));
  const disk =
    adopted === undefined
      ? await pass.ensureChild(volume, ROOT_DISK, {
          name: `${called} root`,
          spec: {
            ...OF_NO_SNAPSHOT,
            sizeGb,
            imageId: base.id,
            virtualmachineId: id,
            device: ROOT_DEVICE,
            adopted: false,
          },
        })
      : await adoptDisks(pass, called, adopted.disks);
  if (disk === undefined) return end(stall('InvalidDesired', 'it was adopted without a disk'));
  return disk.removed === null ? have(disk) : end(waitFor(pass, `volume ${disk.id}`, undefined));
}

function notReadyYet(
  pass: Pass<Server>,
  { base, segment }: Ingredients,
  disk: Resource<typeof volume>,
): Outcome | undefined {
  for (const dependency of [base, segment, disk]) {
    if (dependency !== segment ? !isReady(dependency) : !isUp(segment))
      return waitFor(pass, `${dependency.type} ${dependency.id}`, dependency);
  }
  return undefined;
}

function desiredServer(
  resource: Resource<Server>,
  { base, size, segment }: Ingredients,
  given: {
    readonly address: string;
    readonly mac: string;
    readonly host: string;
    readonly disks: ServerDesired['disks'];
    readonly cd: ServerDesired['cd'];
  },
): ServerDesired {
  const adopted = readAdopted(resource.spec.adopted);
  return {
    name: resource.name ?? `server-${resource.id}`,
    ...(adopted === undefined ? {} : { adopted: adopted.external }),
    powerState: resource.spec.desiredState === 'running' ? 'running' : 'halted',
    restarts: resource.spec.restarts,
    host: given.host as ServerDesired['host'],
    bootMode: base.spec.bootMode,
    osType: base.spec.osType,
    ramSizeMb: size.spec.ramSizeMb,
    cpuCount: size.spec.cpuCount,
    disks: given.disks,
    ...(given.cd === undefined ? {} : { cd: given.cd }),
    nics: [
      {
        device: 0,
        network: segment.uuid,
        macAddress: given.mac,
        ipv4Address: given.address,
        ...(typeof segment.spec.ipv6Cidr === 'string'
          ? { ipv6Addresses: sendersOf(segment.spec.ipv6Cidr, given.mac) }
          : {}),
      },
    ],
  };
}
