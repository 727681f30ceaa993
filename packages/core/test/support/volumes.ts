import { conditionOf, type JsonObject, type Resource } from '@gdcloud/core';
import { readyNetwork, server, type TestCloud } from './cloud.js';

/** A volume of 5 GiB that is there. */
export async function disk(world: TestCloud, more: JsonObject = {}): Promise<Resource> {
  const { id } = await world.create('volume', { sizeGb: 5, ...more });
  return world.reaches('volume', id, 'active');
}

/** A server that runs. */
export async function machine(world: TestCloud): Promise<Resource> {
  const { id } = await world.create('virtualmachine', server(await readyNetwork(world)));
  return world.reaches('virtualmachine', id, 'running');
}

/** A snapshot of a volume that is taken. */
export async function snapshot(world: TestCloud, { id }: Resource): Promise<Resource> {
  const asked = await world.create('snapshot', { volumeId: id });
  return world.reaches('snapshot', asked.id, 'active');
}

/** What a volume or a snapshot holds. */
export function held({ outside }: TestCloud, { uuid }: Resource): string | undefined {
  return (outside.volumes.objects.get(uuid) ?? outside.volumeSnapshots.objects.get(uuid))?.actual
    .content;
}

/** A guest, or somebody at the share, writes to a volume. */
export function write({ outside }: TestCloud, { uuid }: Resource, content: string): void {
  const kept = outside.volumes.objects.get(uuid);
  if (kept !== undefined) kept.actual = { ...kept.actual, content };
}

/** Puts a volume into a server. */
export async function attach(world: TestCloud, volume: Resource, into: Resource): Promise<void> {
  await world.actWith('volume', volume.id, 'attach', { virtualmachineId: into.id });
  await world.reaches('volume', volume.id, 'active');
}

/** By what a resource is stalled, if it is. */
export function stalledBy({ conditions }: Resource): string | undefined {
  const stalled = conditionOf(conditions, 'Stalled');
  return stalled?.status === 'True' ? stalled.reason : undefined;
}
