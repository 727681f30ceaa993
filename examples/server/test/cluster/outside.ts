import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { poolAt, type XapiRecord } from '../support/pool.js';
import { type Cluster, POOL_PASSWORD } from './cluster.js';

/** An object in a backend, by whose it says it is. */
export interface OutsideObject {
  readonly uuid: string;
  readonly name: string;
}

/** What there really is, asked of the backends past everything of ours. */
export interface Outside {
  readonly servers: readonly (OutsideObject & { readonly power: string })[];
  readonly disks: readonly OutsideObject[];
  readonly networks: readonly OutsideObject[];
  /** Tags of the VLANs on hosts, one entry a host. */
  readonly tags: readonly number[];
  /** Files on the share. */
  readonly files: readonly string[];
  /** Files that are half written or set aside. */
  readonly remains: readonly string[];
  /** Records of appliances. */
  readonly records: readonly string[];
  /** What networks have carried, a file each. */
  readonly meters: readonly string[];
}

/** Where it is kept, beside the records, what networks have carried. */
const METERS = 'meters';

/** Takes stock. */
export async function lookOutside(
  cluster: Pick<Cluster, 'poolUrl' | 'share' | 'records'>,
): Promise<Outside> {
  const pool = await poolAt(cluster.poolUrl, POOL_PASSWORD);
  const [servers, disks, networks, vlans] = await Promise.all([
    pool.servers(),
    pool.disks(),
    pool.networks(),
    pool.vlans(),
  ]);
  const inside = async (folder: string): Promise<readonly string[]> =>
    (await readdir(join(cluster.share, '.gdcloud', folder)).catch(() => [])).map(
      (name) => `${folder}/${name}`,
    );
  return {
    servers: servers.map((vm) => ({ ...owned(vm), power: vm.power_state })),
    disks: disks.map(({ uuid, name_label: name }) => ({ uuid, name })),
    networks: networks
      .filter(({ other_config }) => other_config['gdcloud:id'] !== undefined)
      .map(owned),
    tags: vlans.map(({ tag }) => Number(tag)),
    files: (await readdir(cluster.share)).filter((name) => !name.startsWith('.')),
    remains: [...(await inside('tmp')), ...(await inside('quarantine'))],
    records: (await readdir(cluster.records)).filter((name) => name !== METERS),
    meters: await readdir(join(cluster.records, METERS)).catch(() => []),
  };
}

function owned({ other_config, name_label: name }: XapiRecord): OutsideObject {
  return { uuid: other_config['gdcloud:id'] ?? 'nobody', name };
}
