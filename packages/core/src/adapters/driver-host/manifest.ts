import { asExternalId, type ExternalId } from '../../model/identity.js';
import type { Json, JsonObject } from '../../model/json.js';
import type { Driver, DriverTraits } from '../../ports/driver.js';
import type { PhysicalNetwork, Segment } from '../../ports/drivers/network.js';
import type { DiskDrivers } from '../../ports/drivers/storage.js';
import type { HostedDrivers } from './hosted-drivers.js';
import { asSent, isNumber, isObject, isText, listOf } from './json-reading.js';
import { type AnsweredQuestions, parseQuestions, questionsOf } from './network-questions.js';

/** What a kernel must know of a driver before it ever reached it. */
export interface DescribedDriver {
  readonly name: string;
  readonly backend?: string | undefined;
  readonly traits: DriverTraits;
  /** Whether it has `quarantine`. */
  readonly quarantine: 'possible' | 'impossible';
  /** Whether it has `foresee`. */
  readonly foresee: 'possible' | 'impossible';
}

/** The drivers of one of several shares. */
export interface DescribedShare extends DescribedDisks {
  readonly external: ExternalId;
}

/** The drivers of everything that is kept in one place. */
export interface DescribedDisks {
  readonly images: DescribedDriver;
  readonly volumes: DescribedDriver;
  readonly snapshots?: DescribedDriver | undefined;
  /** Absent where no volume is moved. */
  readonly arrivals?: DescribedDriver | undefined;
  /** Absent where it makes none. */
  readonly configDrives?: DescribedDriver | undefined;
}

/** What drivers a driver host runs: plain data, to be kept in the configuration of the kernels. */
export interface DriverManifest {
  readonly format: 1;
  readonly compute?:
    | {
        readonly name: string;
        readonly servers: DescribedDriver;
        readonly segments: DescribedDriver;
        readonly disks: DescribedDriver;
        readonly maintenance?: DescribedDriver | undefined;
        readonly shares?: DescribedDriver | undefined;
        readonly snapshots?: DescribedDriver | undefined;
      }
    | undefined;
  readonly storage?:
    | (DescribedDisks & {
        readonly name: string;
        /** Absent where there is only one. */
        readonly shares?: readonly DescribedShare[] | undefined;
        /** Whether it has `upkeep`; absent in manifests of the days before. */
        readonly upkeep?: 'possible' | 'impossible' | undefined;
      })
    | undefined;
  readonly network?:
    | (AnsweredQuestions & {
        readonly name: string;
        readonly appliances: DescribedDriver;
        readonly physicalNetworks: readonly PhysicalNetwork[];
        /** Whether it has `meters`; absent in manifests of the days before. */
        readonly meters?: 'possible' | 'impossible' | undefined;
        /** Whether it is an appliance of a pair; absent in manifests of the days before. */
        readonly member?: 'possible' | 'impossible' | undefined;
      })
    | undefined;
  /** What is swept for orphans besides. */
  readonly others: readonly DescribedDriver[];
}

/** Describes drivers as they are. */
export function manifestOf({ compute, storage, network, others }: HostedDrivers): DriverManifest {
  return {
    format: 1,
    compute: compute && {
      name: compute.name,
      servers: described(compute.servers),
      segments: described(compute.segments),
      disks: described(compute.disks),
      maintenance: compute.maintenance && described(compute.maintenance),
      shares: compute.shares && described(compute.shares),
      snapshots: compute.snapshots && described(compute.snapshots),
    },
    storage: storage && {
      name: storage.name,
      ...describedDisks(storage),
      upkeep: storage.upkeep ? 'possible' : 'impossible',
      shares: storage.shares?.map((share) => ({
        external: share.external,
        ...describedDisks(share),
      })),
    },
    network: network && {
      name: network.name,
      appliances: described(network.appliances),
      physicalNetworks: network.physicalNetworks,
      meters: network.meters ? 'possible' : 'impossible',
      member: network.member ? 'possible' : 'impossible',
      ...questionsOf(network),
    },
    others: others.map(described),
  };
}

/** A manifest as JSON. */
export function writeManifest(manifest: DriverManifest): Json {
  return asSent(manifest);
}

/** Reads what {@link writeManifest} wrote, from a file or a message; undefined when it is something else. */
export function parseManifest(json: Json | undefined): DriverManifest | undefined {
  if (!isObject(json) || json['format'] !== 1) return undefined;
  const compute = optional(json['compute'], parseCompute);
  const storage = optional(json['storage'], parseStorage);
  const network = optional(json['network'], parseNetwork);
  const others = listOf(json['others'], parseDescribed);
  if (compute === 'wrong' || storage === 'wrong' || network === 'wrong') return undefined;
  return others && { format: 1, compute, storage, network, others };
}

function described(driver: Driver<never, unknown>): DescribedDriver {
  const { name, backend, traits } = driver;
  const { identity, fencing, dataBearing } = traits;
  return {
    name,
    backend,
    traits: { identity, fencing, dataBearing },
    quarantine: driver.quarantine ? 'possible' : 'impossible',
    foresee: driver.foresee ? 'possible' : 'impossible',
  };
}

function describedDisks({
  images,
  volumes,
  snapshots,
  arrivals,
  configDrives,
}: DiskDrivers): DescribedDisks {
  return {
    images: described(images),
    volumes: described(volumes),
    snapshots: snapshots && described(snapshots),
    arrivals: arrivals && described(arrivals),
    configDrives: configDrives && described(configDrives),
  };
}

function optional<Part>(
  json: Json | undefined,
  parse: (json: JsonObject) => Part | undefined,
): Part | undefined | 'wrong' {
  if (json === undefined) return undefined;
  return (isObject(json) ? parse(json) : undefined) ?? 'wrong';
}

function parseCompute({ name, ...parts }: JsonObject): DriverManifest['compute'] {
  const servers = parseDescribed(parts['servers']);
  const segments = parseDescribed(parts['segments']);
  const disks = parseDescribed(parts['disks']);
  if (!isText(name) || !servers || !segments || !disks) return undefined;
  const maintenance = optional(parts['maintenance'], parseDescribed);
  const shares = optional(parts['shares'], parseDescribed);
  const snapshots = optional(parts['snapshots'], parseDescribed);
  if (maintenance === 'wrong' || shares === 'wrong' || snapshots === 'wrong') return undefined;
  return { name, servers, segments, disks, maintenance, shares, snapshots };
}

function parseStorage({ name, ...parts }: JsonObject): DriverManifest['storage'] {
  const disks = parseDisks(parts);
  if (!isText(name) || disks === undefined) return undefined;
  const upkeep = parts['upkeep'] === 'possible' ? 'possible' : 'impossible';
  if (parts['shares'] === undefined) return { name, ...disks, upkeep };
  const shares = listOf(parts['shares'], parseShare);
  return shares && { name, ...disks, upkeep, shares };
}

function parseShare(json: Json): DescribedShare | undefined {
  if (!isObject(json)) return undefined;
  const { external } = json;
  const disks = parseDisks(json);
  return isText(external, 4_096) && disks !== undefined
    ? { external: asExternalId(external), ...disks }
    : undefined;
}

function parseDisks(parts: JsonObject): DescribedDisks | undefined {
  const images = parseDescribed(parts['images']);
  const volumes = parseDescribed(parts['volumes']);
  const snapshots = optional(parts['snapshots'], parseDescribed);
  const arrivals = optional(parts['arrivals'], parseDescribed);
  const configDrives = optional(parts['configDrives'], parseDescribed);
  if (!images || !volumes || snapshots === 'wrong') return undefined;
  if (arrivals === 'wrong' || configDrives === 'wrong') return undefined;
  return {
    images,
    volumes,
    ...(snapshots && { snapshots }),
    ...(arrivals && { arrivals }),
    ...(configDrives && { configDrives }),
  };
}

function parseNetwork({ name, ...parts }: JsonObject): DriverManifest['network'] {
  const appliances = parseDescribed(parts['appliances']);
  const physicalNetworks = listOf(parts['physicalNetworks'], parsePhysicalNetwork);
  if (!isText(name) || !appliances || !physicalNetworks) return undefined;
  const meters = parts['meters'] === 'possible' ? 'possible' : 'impossible';
  const member = parts['member'] === 'possible' ? 'possible' : 'impossible';
  return { name, appliances, physicalNetworks, meters, member, ...parseQuestions(parts) };
}

function parseDescribed(json: Json | undefined): DescribedDriver | undefined {
  if (!isObject(json)) return undefined;
  const { name, backend } = json;
  const traits = parseTraits(json['traits']);
  const quarantine = oneOf(['possible', 'impossible'], json['quarantine']);
  const foresee = oneOf(['possible', 'impossible'], json['foresee']);
  if (!isText(name) || !traits || !quarantine || !foresee) return undefined;
  if (backend === undefined) return { name, traits, quarantine, foresee };
  return isText(backend) ? { name, backend, traits, quarantine, foresee } : undefined;
}

function parseTraits(json: Json | undefined): DriverTraits | undefined {
  if (!isObject(json)) return undefined;
  const identity = oneOf(['chosen', 'stamped'], json['identity']);
  const fencing = oneOf(['cas', 'checked', 'none'], json['fencing']);
  const { dataBearing } = json;
  if (!identity || !fencing || typeof dataBearing !== 'boolean') return undefined;
  return { identity, fencing, dataBearing };
}

function parsePhysicalNetwork(json: Json): PhysicalNetwork | undefined {
  if (!isObject(json)) return undefined;
  const { name, firstId, lastId } = json;
  const kinds: readonly Segment['kind'][] = ['vlan', 'qinq', 'vxlan'];
  const kind = oneOf(kinds, json['kind']);
  if (!isText(name) || !kind || !isNumber(firstId) || !isNumber(lastId)) return undefined;
  if (json['outerIds'] === undefined) return { name, kind, firstId, lastId };
  const outerIds = listOf(json['outerIds'], (id) => (isNumber(id) ? id : undefined));
  return outerIds && { name, kind, outerIds, firstId, lastId };
}

function oneOf<const Word extends string>(
  words: readonly Word[],
  json: Json | undefined,
): Word | undefined {
  return words.find((word) => word === json);
}
