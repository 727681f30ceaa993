import type { Resource } from '../../model/resource.js';
import { isReady } from '../../model/state.js';
import type { ComputeDriver, ServerDesired } from '../../ports/drivers/compute.js';
import type { NetworkDriver } from '../../ports/drivers/network.js';
import type { Random } from '../../ports/random.js';
import type { Outcome, Pass, Reconciler } from '../../ports/reconciler.js';
import { host } from '../host/host.js';
import { image } from '../image/image.js';
import { serverAddresses } from '../network/ipv4-range.js';
import { network } from '../network/network.js';
import { offering } from '../offering/offering.js';
import { volume } from '../volume/volume.js';
import { waitFor } from '../wait-for.js';
import { placeServer } from './place-server.js';
import { virtualmachine } from './virtualmachine.js';

/** How long to wait for a free address before looking again; milliseconds. */
const ADDRESS_PAUSE = 30_000;
/** How many MAC addresses are tried before giving up on a pass; a collision of two is rare already. */
const MAC_TRIES = 16;
/** The role of its root disk. */
const ROOT_DISK = 'root';

type Server = typeof virtualmachine;
type Step<Result> =
  | { readonly kind: 'have'; readonly value: Result }
  | { readonly kind: 'end'; readonly outcome: Outcome };

/** Everything a server is made of before the hypervisor is asked for it. */
interface Ingredients {
  readonly base: Resource<typeof image>;
  readonly size: Resource<typeof offering>;
  readonly segment: Resource<typeof network>;
  /** Where it is placed already. */
  readonly place: Resource<typeof host> | undefined;
}

/** Brings a server up: address, place, root disk, then the server itself. */
export function virtualmachineReconciler(
  compute: ComputeDriver,
  driver: NetworkDriver,
  random: Random,
): Reconciler<Server> {
  return {
    type: virtualmachine,
    async reconcile(pass) {
      if (pass.resource.deleteRequestedAt !== null) return remove(pass, compute);
      const found = await ingredients(pass);
      if (found.kind === 'end') return found.outcome;
      // All at once: none needs another, and each is held for good whatever becomes of the rest.
      const [address, mac, place, disk] = await Promise.all([
        allocateAddress(pass, found.value.segment, random),
        allocateMac(pass, driver),
        placeServer(pass, found.value.size, found.value.place),
        rootDisk(pass, found.value.base),
      ]);
      if (address.kind === 'end') return address.outcome;
      if (mac.kind === 'end') return mac.outcome;
      if (place.kind === 'end') return place.outcome;
      if (disk.kind === 'end') return disk.outcome;
      const waiting = notReadyYet(pass, found.value, disk.value);
      if (waiting !== undefined) return waiting;
      pass.condition({
        type: 'DependenciesReady',
        status: 'True',
        reason: 'Ready',
        message: 'network, image and root disk are ready',
      });

      const desired = desiredServer(pass.resource, found.value, disk.value, {
        address: address.value,
        mac: mac.value,
        host: place.value.spec.external,
      });
      const server = await pass.converge('server', compute.servers, desired);
      if (server.kind === 'unsettled') return server.outcome;
      pass.report({
        powerState: server.actual.powerState,
        restartsDone: server.actual.restarts,
        ramSizeMb: desired.ramSizeMb,
        cpuCount: desired.cpuCount,
      });
      return { kind: 'done' };
    },
  };
}

async function remove(pass: Pass<Server>, compute: ComputeDriver): Promise<Outcome> {
  const server = await pass.dissolve('server', compute.servers);
  if (server.kind === 'unsettled') return server.outcome;
  pass.report({ powerState: null });
  const disks = await pass.children(volume, 'virtualmachineId');
  for (const disk of disks) await pass.requestDelete(disk.uuid);
  if (disks.length > 0) {
    return {
      kind: 'wait',
      on: 'dependency',
      afterMs: 2_000,
      message: 'waiting for its disks to go',
      blockers: disks.map(({ uuid }) => uuid),
    };
  }
  return { kind: 'gone' };
}

async function ingredients(pass: Pass<Server>): Promise<Step<Ingredients>> {
  const { spec, status } = pass.resource;
  const { size, base, segment, place } = await pass.findAll({
    size: { type: offering, id: spec.offering },
    base: { type: image, id: spec.imageId },
    segment: { type: network, id: spec.networkId },
    place: { type: host, id: status.hostId ?? null },
    // Asked for below: one look for all.
    disk: { type: volume, role: ROOT_DISK },
  });
  if (size === undefined) return end(waitFor(pass, `offering ${spec.offering}`, undefined));
  if (base === undefined) return end(waitFor(pass, `image ${spec.imageId}`, undefined));
  if (segment === undefined) return end(waitFor(pass, `network ${spec.networkId}`, undefined));
  return have({ base, size, segment, place });
}

async function allocateAddress(
  pass: Pass<Server>,
  segment: Resource<typeof network>,
  random: Random,
): Promise<Step<string>> {
  const known = pass.resource.status.privateIpv4Address;
  if (typeof known === 'string') return have(known);
  const candidates = serverAddresses(segment.spec.ipv4Cidr, random.fraction());
  const address = await pass.allocate(`ipv4/${segment.uuid}`, candidates);
  if (address === undefined) {
    const message = `every address of network ${segment.id} is in use`;
    return end({ kind: 'wait', on: 'capacity', afterMs: ADDRESS_PAUSE, message });
  }
  pass.report({ privateIpv4Address: address });
  pass.note('address.allocate', address);
  return have(address);
}

async function allocateMac(pass: Pass<Server>, driver: NetworkDriver): Promise<Step<string>> {
  const known = pass.resource.status.macAddress;
  if (typeof known === 'string') return have(known);
  const { uuid } = pass.resource;
  const candidates = Array.from({ length: MAC_TRIES }, (_, attempt) =>
    driver.macAddress({ server: uuid, device: 0, attempt }),
  );
  const mac = await pass.allocate('mac', candidates);
  if (mac === undefined) {
    return end({
      kind: 'wait',
      on: 'capacity',
      afterMs: ADDRESS_PAUSE,
      message: 'no MAC address is free',
    });
  }
  pass.report({ macAddress: mac });
  pass.note('mac.allocate', mac);
  return have(mac);
}

async function rootDisk(
  pass: Pass<Server>,
  base: Resource<typeof image>,
): Promise<Step<Resource<typeof volume>>> {
  const { id, name } = pass.resource;
  const disk = await pass.ensureChild(volume, ROOT_DISK, {
    name: `${name ?? `server ${id}`} root`,
    spec: { sizeGb: base.spec.sizeGb, imageId: base.id, virtualmachineId: id, device: 0 },
  });
  return disk.removed === null ? have(disk) : end(waitFor(pass, `volume ${disk.id}`, undefined));
}

function notReadyYet(
  pass: Pass<Server>,
  { base, segment }: Ingredients,
  disk: Resource<typeof volume>,
): Outcome | undefined {
  for (const dependency of [base, segment, disk]) {
    if (!isReady(dependency))
      return waitFor(pass, `${dependency.type} ${dependency.id}`, dependency);
  }
  return undefined;
}

function desiredServer(
  resource: Resource<Server>,
  { base, size, segment }: Ingredients,
  disk: Resource<typeof volume>,
  given: { readonly address: string; readonly mac: string; readonly host: string },
): ServerDesired {
  return {
    name: resource.name ?? `server-${resource.id}`,
    powerState: resource.spec.desiredState === 'running' ? 'running' : 'halted',
    restarts: resource.spec.restarts,
    host: given.host as ServerDesired['host'],
    bootMode: base.spec.bootMode,
    osType: base.spec.osType,
    ramSizeMb: size.spec.ramSizeMb,
    cpuCount: size.spec.cpuCount,
    disks: [{ device: 0, volume: disk.uuid }],
    nics: [{ device: 0, network: segment.uuid, macAddress: given.mac, ipv4Address: given.address }],
  };
}

function have<Result>(value: Result): Step<Result> {
  return { kind: 'have', value };
}

function end(outcome: Outcome): { readonly kind: 'end'; readonly outcome: Outcome } {
  return { kind: 'end', outcome };
}
