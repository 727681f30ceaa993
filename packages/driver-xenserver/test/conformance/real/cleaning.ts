import type { Json } from '@gdcloud/core';
import { objectIn, type PoolAccess, type Row } from './pool-access.js';

/** The mark of what the kit makes itself; what the driver makes carries its own. */
export const MARK = 'gdcloud:conformance';
const OWNER = 'gdcloud:owner';

/** Every run is a deployment of its own, so that nothing else on the pool is ever its own. */
const DEPLOYMENT = /^conformance-[0-9a-f]{12}$/;

/** A deployment that no cloud has. */
export function newDeployment(random: Uint8Array): string {
  return `conformance-${Buffer.from(random).toString('hex').slice(0, 12)}`;
}

/** Whether a deployment is one of the kit's, of this run or of any before. */
export function isOfTheKit(deployment: string): boolean {
  return DEPLOYMENT.test(deployment);
}

/** The deployment that an object belongs to, if any. */
export function deploymentOf({ record }: Row): string | undefined {
  const { [MARK]: marked, [OWNER]: owner } = objectIn(record['other_config']);
  const found = marked ?? owner;
  return typeof found === 'string' ? found : undefined;
}

/** The kit's deployments that have something on the pool. */
export async function deploymentsOn(access: PoolAccess): Promise<readonly string[]> {
  const rows = await Promise.all(['VM', 'network', 'VDI'].map((name) => access.rows(name)));
  const found = rows.flat().map(deploymentOf);
  return [...new Set(found)].filter((name) => name !== undefined).filter(isOfTheKit);
}

/** Removes all that one run of the kit has made, and returns what it was. Touches nothing of any other deployment. */
export async function removeAll(
  access: PoolAccess,
  deployment: string,
): Promise<readonly string[]> {
  if (!isOfTheKit(deployment)) throw new RangeError(`not a deployment of the kit: ${deployment}`);
  const ours = async (className: string): Promise<readonly Row[]> =>
    (await access.rows(className)).filter((row) => deploymentOf(row) === deployment);
  const removed: string[] = [];
  for (const { ref, record } of await ours('VM')) {
    if (record['power_state'] !== 'Halted') await access.call('VM.hard_shutdown', ref);
    await access.call('VM.destroy', ref);
    removed.push(`VM ${nameOf(record['name_label'])}`);
  }
  for (const { ref, record } of await ours('network')) {
    await removeTags(access, ref);
    await access.call('network.destroy', ref);
    removed.push(`network ${nameOf(record['name_label'])}`);
  }
  for (const { ref, record } of await ours('VDI')) {
    await access.call('VDI.destroy', ref);
    removed.push(`VDI ${nameOf(record['name_label'])}`);
  }
  return removed;
}

async function removeTags(access: PoolAccess, network: string): Promise<void> {
  const interfaces = (await access.rows('PIF')).filter(
    ({ record }) => record['network'] === network,
  );
  for (const { record } of interfaces) {
    await access.call('VLAN.destroy', record['VLAN_master_of'] ?? null);
  }
}

function nameOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
