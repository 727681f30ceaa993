import { randomBytes, randomUUID } from 'node:crypto';
import { asExternalId, asUuid, type ExternalId, type ResourceUuid } from '@gdcloud/core';
import { createXenserverDriver, type XenserverOptions } from '@gdcloud/driver-xenserver';
import { isSince } from '../../../dist/client/api-version.js';
import { converge, keyOf } from '../../cloud.js';
import type { Parts } from '../server-specs.js';
import { deploymentsOn, MARK, newDeployment, removeAll } from './cleaning.js';
import { PoolAccess, type Row } from './pool-access.js';
import { type RealPoolSettings, TAGS } from './settings.js';

/** How many servers one check has at a time, and disks each may have. */
const SERVERS = 16;
const DEVICES = 2;
const DISK_BYTES = 8 * 2 ** 20;
/** How many of the tags are for the networks of servers: the last ones. */
const NETWORKS = 2;
/** XenServer 6.1. */
const FILTERS_SINCE = { major: 1, minor: 10 };

/** What the kit has made on a pool for a run, and the way to remove it. */
export class Premises implements Parts {
  readonly access: PoolAccess;
  /** The driver's options, with the run's own deployment. */
  readonly options: XenserverOptions & { readonly deployment: string };
  readonly firstTag: number;
  readonly networks: readonly ResourceUuid[];
  /** Where servers run. */
  readonly host: ExternalId;
  /** As hosts call themselves: `XAPI 1.9`. */
  readonly release: string;
  /** Whether cards can be kept to addresses. */
  readonly filters: 'vif' | 'none';
  /** What runs that were killed have left there, and was not to be removed. */
  readonly leftovers: readonly string[];
  readonly #disks: readonly ResourceUuid[];

  private constructor(
    access: PoolAccess,
    facts: Pick<
      Premises,
      'options' | 'firstTag' | 'networks' | 'host' | 'release' | 'filters' | 'leftovers'
    >,
    disks: readonly ResourceUuid[],
  ) {
    this.access = access;
    this.options = facts.options;
    this.firstTag = facts.firstTag;
    this.networks = facts.networks;
    this.host = facts.host;
    this.release = facts.release;
    this.filters = facts.filters;
    this.leftovers = facts.leftovers;
    this.#disks = disks;
  }

  /** Makes networks and disks for servers. What it made is removed again when that fails. */
  static async prepare(settings: RealPoolSettings): Promise<Premises> {
    const access = await PoolAccess.open(settings);
    const { url, username, password, tls, trunk, firstTag } = settings;
    const deployment = newDeployment(randomBytes(6));
    const options = {
      url,
      username,
      password,
      tls,
      deployment,
      trunks: { physnet1: trunk },
      // A guest without a system never shuts down by itself.
      shutdownGraceSeconds: 5,
    };
    try {
      const leftovers = await deploymentsOn(access);
      if (settings.leftovers === 'removed') {
        for (const earlier of leftovers) await removeAll(access, earlier);
      }
      await demandFreeTags(access, settings);
      const { record } = await readyHost(access);
      const version = {
        major: Number(record['API_version_major']),
        minor: Number(record['API_version_minor']),
      };
      const disks = await makeDisks(access, await repositoryIn(access, settings), deployment);
      const networks = await makeNetworks(options, firstTag + TAGS - NETWORKS);
      const facts = {
        options,
        firstTag,
        networks,
        host: asExternalId(String(record['uuid'])),
        release: `XAPI ${version.major}.${version.minor}`,
        filters: isSince(version, FILTERS_SINCE) ? ('vif' as const) : ('none' as const),
        leftovers: settings.leftovers === 'removed' ? [] : leftovers,
      };
      return new Premises(access, facts, disks);
    } catch (error) {
      await removeAll(access, deployment);
      await access.close();
      throw error;
    }
  }

  volume(nth: number, device: number): ResourceUuid {
    const disk = this.#disks[nth * DEVICES + device];
    if (disk === undefined) throw new RangeError(`server ${nth} has no disk ${device}`);
    return disk;
  }

  /** Removes all that this run has made, what a failed check left included, and logs out. */
  async clear(): Promise<void> {
    await removeAll(this.access, this.options.deployment);
    await this.access.close();
  }
}

// A tag in use is somebody's network, and a host without the trunk would have servers without any.
async function demandFreeTags(
  access: PoolAccess,
  { trunk, firstTag }: RealPoolSettings,
): Promise<void> {
  const interfaces = (await access.rows('PIF')).filter(({ record }) => record['device'] === trunk);
  const tags = interfaces.map(({ record }) => Number(record['VLAN']));
  const hosts = await access.rows('host');
  // -1 is XAPI's tag of interfaces without one.
  if (tags.filter((tag) => tag === -1).length < hosts.length)
    throw new Error(`not every host of the pool has the device ${trunk}`);
  const taken = tags.find((tag) => tag >= firstTag && tag < firstTag + TAGS);
  if (taken !== undefined) throw new Error(`VLAN ${taken} on ${trunk} is in use`);
}

async function readyHost(access: PoolAccess): Promise<Row> {
  const hosts = await access.rows('host');
  const found = hosts.find(({ record }) => record['enabled'] === true);
  if (found === undefined) throw new Error('the pool has no host that is enabled');
  return found;
}

async function repositoryIn(access: PoolAccess, { repository }: RealPoolSettings): Promise<string> {
  if (repository === undefined) {
    const [pool] = await access.rows('pool');
    return String(pool?.record['default_SR']);
  }
  const named = (await access.rows('SR')).filter(
    ({ record }) => record['uuid'] === repository || record['name_label'] === repository,
  );
  const [found, ...others] = named;
  if (found === undefined || others.length > 0)
    throw new Error(`the pool has ${named.length} repositories called ${repository}`);
  return found.ref;
}

async function makeDisks(
  access: PoolAccess,
  repository: string,
  deployment: string,
): Promise<readonly ResourceUuid[]> {
  const disks: ResourceUuid[] = [];
  for (let nth = 0; nth < SERVERS * DEVICES; nth += 1) {
    const ref = await access.call('VDI.create', {
      name_label: `gdcloud conformance ${nth}`,
      name_description: deployment,
      SR: repository,
      virtual_size: String(DISK_BYTES),
      type: 'user',
      sharable: false,
      read_only: false,
      other_config: { [MARK]: deployment },
    });
    disks.push(asUuid(String(await access.call('VDI.get_uuid', ref))));
  }
  return disks;
}

async function makeNetworks(
  options: XenserverOptions,
  firstTag: number,
): Promise<readonly ResourceUuid[]> {
  const driver = createXenserverDriver(options);
  const networks = Array.from({ length: NETWORKS }, () => asUuid(randomUUID()));
  try {
    for (const [nth, network] of networks.entries()) {
      const segment = { kind: 'vlan', physicalNetwork: 'physnet1', id: firstTag + nth } as const;
      await converge(driver.segments, keyOf(network), { name: 'gdcloud conformance', segment });
    }
    return networks;
  } finally {
    await driver.close();
  }
}
