import type { Resource } from '../../model/resource.js';
import type { AdoptableDisk, AdoptableServer } from '../../ports/drivers/compute.js';
import type { Refusal } from '../../ports/hooks.js';
import type { account } from '../account/account.js';
import type { image } from '../image/image.js';
import { isServerAddress } from '../network/ipv4-range.js';
import type { network } from '../network/network.js';
import type { offering } from '../offering/offering.js';
import { bytesOfGb, gbOfBytes } from '../sizes.js';
import type { Adopted, AdoptedDisk } from '../virtualmachine/adopted.js';
import { CD_DEVICE, LAST_DEVICE, ROOT_DEVICE } from '../volume/devices.js';
import { LARGEST_VOLUME_GB } from '../volume/volume.js';
import type { AdoptionWish } from './adoption-wish.js';

/** What an adoption depends on, as it was found. */
export interface AdoptionFacts {
  /** What the pool calls the host that is asked. */
  readonly host: string;
  readonly server: AdoptableServer | undefined;
  readonly account: Resource<typeof account> | undefined;
  readonly network: Resource<typeof network> | undefined;
  readonly offerings: readonly Resource<typeof offering>[];
  readonly images: readonly Resource<typeof image>[];
}

/** What a server is adopted as. */
export interface Adoption {
  readonly account: Resource<typeof account>;
  readonly network: Resource<typeof network>;
  readonly offering: Resource<typeof offering>;
  readonly image: Resource<typeof image>;
  readonly name: string;
  readonly desiredState: 'running' | 'stopped';
  readonly adopted: Adopted;
}

/** Whether a server can be adopted as is wished: as what, or why not. */
export type Assessment =
  | { readonly kind: 'fits'; readonly adoption: Adoption }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

const LONGEST_NAME = 255;

/** Decides whether a server can be adopted without changing anything about it. Pure. */
export function assessAdoption(
  external: string,
  wish: AdoptionWish,
  facts: AdoptionFacts,
): Assessment {
  const { server, account: owner, network: joined } = facts;
  if (server === undefined) return refused('virtualmachine', `the pool has no server ${external}`);
  if (owner === undefined) return refused('accountId', `there is no account ${wish.accountId}`);
  if (joined === undefined) return refused('networkId', `there is no network ${wish.networkId}`);
  const obstacle =
    whyNot(server, facts.host) ?? whyNotIn(server, joined, owner) ?? whyNotDisks(server.disks);
  if (obstacle !== undefined) return { kind: 'refused', refusal: obstacle };
  const size = sizeFor(server, wish, facts.offerings);
  if ('message' in size) return { kind: 'refused', refusal: size };
  const base = imageFor(server, wish, facts.images);
  if ('message' in base) return { kind: 'refused', refusal: base };
  const address = addressFor(server, wish, joined);
  if (typeof address !== 'string') return { kind: 'refused', refusal: address };
  const name = server.name.slice(0, LONGEST_NAME);
  return {
    kind: 'fits',
    adoption: {
      account: owner,
      network: joined,
      offering: size,
      image: base,
      name,
      desiredState: server.powerState === 'running' ? 'running' : 'stopped',
      adopted: {
        external: server.external,
        host: server.host ?? (facts.host as Adopted['host']),
        macAddress: server.nics[0]?.macAddress ?? '',
        ipv4Address: address,
        disks: server.disks.flatMap(diskOf),
      },
    },
  };
}

function whyNot(server: AdoptableServer, host: string): Refusal | undefined {
  const { owner, powerState, name } = server;
  if (owner !== undefined) return refusal('virtualmachine', `it belongs to ${owner}`);
  if (powerState !== 'running' && powerState !== 'halted')
    return refusal('virtualmachine', `it is ${powerState}: let it run, or stop it`);
  if (server.host !== undefined && server.host !== host)
    return refusal('virtualmachine', `it runs on another host, ${server.host}: adopt it there`);
  return name === '' ? refusal('virtualmachine', 'it has no name: give it one') : undefined;
}

function whyNotIn(
  { nics }: AdoptableServer,
  joined: Resource<typeof network>,
  owner: Resource<typeof account>,
): Refusal | undefined {
  const [nic, other] = nics;
  if (nic === undefined) return refusal('networkId', 'it has no network card');
  if (other !== undefined)
    return refusal('virtualmachine', `it has ${nics.length} network cards; a server here has one`);
  if (nic.device !== 0)
    return refusal('virtualmachine', `its network card is device ${nic.device}; it must be 0`);
  if (nic.network === undefined)
    return refusal('networkId', `its card is in ${nic.description}, which is no network here`);
  if (nic.network !== joined.uuid)
    return refusal('networkId', `its card is in ${nic.description}, not in network ${joined.id}`);
  return joined.account === owner.uuid
    ? undefined
    : refusal('networkId', `network ${joined.id} does not belong to account ${owner.id}`);
}

function whyNotDisks(disks: readonly AdoptableDisk[]): Refusal | undefined {
  for (const { device, disk, sizeBytes, description } of disks) {
    const what = `its disk ${description}`;
    if (!Number.isInteger(device) || device > LAST_DEVICE || device === CD_DEVICE)
      return refusal('virtualmachine', `${what} is at a place that no volume can have`);
    if (disk === undefined)
      return refusal('virtualmachine', `${what} is not on the share of this cloud: move it there`);
    const sizeGb = gbOfBytes(sizeBytes);
    if (bytesOfGb(sizeGb) !== sizeBytes)
      return refusal('virtualmachine', `${what} has ${sizeBytes} bytes, which is no whole GiB`);
    if (sizeGb > LARGEST_VOLUME_GB)
      return refusal('virtualmachine', `${what} is larger than ${LARGEST_VOLUME_GB} GiB`);
  }
  return disks[0]?.device === ROOT_DEVICE
    ? undefined
    : refusal('virtualmachine', `it has no disk at device ${ROOT_DEVICE}`);
}

function sizeFor(
  { ramSizeMb, cpuCount, sizeProblem }: AdoptableServer,
  wish: AdoptionWish,
  offerings: readonly Resource<typeof offering>[],
): Resource<typeof offering> | Refusal {
  if (sizeProblem !== undefined) return refusal('offering', sizeProblem);
  const fits = ({ spec }: Resource<typeof offering>): boolean =>
    spec.ramSizeMb === ramSizeMb && spec.cpuCount === cpuCount;
  const size = `${ramSizeMb} MiB and ${cpuCount} processors`;
  if (wish.offering === null) {
    return offerings.find(fits) ?? refusal('offering', `it has ${size}: no offering is like that`);
  }
  const given = offerings.find(({ name, id }) => name === wish.offering || id === wish.offering);
  if (given === undefined) return refusal('offering', `there is no offering ${wish.offering}`);
  return fits(given)
    ? given
    : refusal('offering', `it has ${size}, which ${wish.offering} is not: resize it afterwards`);
}

function imageFor(
  { bootMode }: AdoptableServer,
  wish: AdoptionWish,
  images: readonly Resource<typeof image>[],
): Resource<typeof image> | Refusal {
  if (wish.imageId === null) {
    return (
      images.find(({ spec }) => spec.bootMode === bootMode) ??
      refusal('imageId', `it boots by ${bootMode}, and no image does: name one`)
    );
  }
  return (
    images.find(({ id }) => id === wish.imageId) ??
    refusal('imageId', `there is no image ${wish.imageId}`)
  );
}

function addressFor(
  { addresses }: AdoptableServer,
  { privateIpv4Address: given }: AdoptionWish,
  { id, spec }: Resource<typeof network>,
): string | Refusal {
  const field = 'privateIpv4Address';
  if (given !== null) {
    return isServerAddress(spec.ipv4Cidr, given)
      ? given
      : refusal(field, `${given} is no address of a server in network ${id}`);
  }
  return (
    addresses.find((address) => isServerAddress(spec.ipv4Cidr, address)) ??
    refusal(field, `its guest tells no address that it has in network ${id}: name it`)
  );
}

function diskOf({ device, disk, sizeBytes }: AdoptableDisk): readonly AdoptedDisk[] {
  return disk === undefined ? [] : [{ device, volume: disk, sizeGb: gbOfBytes(sizeBytes) }];
}

function refused(fieldName: string, message: string): Assessment {
  return { kind: 'refused', refusal: refusal(fieldName, message) };
}

function refusal(fieldName: string, message: string): Refusal {
  return { message, fieldName };
}
