import type { Resource } from '../../model/resource.js';
import type { Pass } from '../../ports/reconciler.js';
import { host } from '../host/host.js';
import { standingOf } from '../host/standing.js';
import type { offering } from '../offering/offering.js';
import { type Adopted, readAdopted } from './adopted.js';
import { choosePlace, MEMORY, noRoom, type PlacedBy, type Placing } from './choose-place.js';
import { moveAway } from './move-server.js';
import type { virtualmachine } from './virtualmachine.js';

/** The host a server is placed on; chooses and charges one when it has none, or when the one it has is to be left. */
export async function placeServer(
  pass: Pass<typeof virtualmachine>,
  by: PlacedBy,
): Promise<Placing> {
  const { place, previous } = by;
  if (place === undefined) return placeAnew(pass, by);
  const full = await chargeSize(pass, by.size, place);
  if (full !== undefined) return full;
  return standingOf(place) === 'usable' ||
    (previous !== undefined && standingOf(place) === 'evacuating')
    ? { kind: 'have', value: { host: place, previous } }
    : moveAway(pass, by, place);
}

async function chargeSize(
  pass: Pass<typeof virtualmachine>,
  size: Resource<typeof offering>,
  place: Resource<typeof host>,
): Promise<Placing | undefined> {
  const { status, generation, observedGeneration } = pass.resource;
  // What it was charged for last is known only of a generation that was reached: others may have ended in between.
  if (observedGeneration === generation && status.ramSizeMb === size.spec.ramSizeMb)
    return undefined;
  // What it has is charged until it has given it back: see giveBackMemory.
  const charged = await pass.charged(MEMORY);
  if (charged?.holder === place.uuid && charged.amount >= size.spec.ramSizeMb) return undefined;
  if (await pass.charge(place.uuid, MEMORY, size.spec.ramSizeMb)) return undefined;
  const message = `${place.name ?? place.id} has no room for ${size.spec.ramSizeMb} MiB`;
  return { kind: 'end', outcome: noRoom(message) };
}

// It runs where it runs, whatever is thought of that host: it is only charged there.
async function placeAdopted(
  pass: Pass<typeof virtualmachine>,
  { size }: PlacedBy,
  { host: external }: Adopted,
): Promise<Placing> {
  const place = (await pass.all(host)).find(({ spec }) => spec.external === external);
  if (place === undefined) return { kind: 'end', outcome: noRoom(`there is no host ${external}`) };
  const name = place.name ?? place.id;
  if (!(await pass.charge(place.uuid, MEMORY, size.spec.ramSizeMb))) {
    const message = `${name}, where it was found, has no room for ${size.spec.ramSizeMb} MiB`;
    pass.condition({ type: 'Scheduled', status: 'False', reason: 'NoRoom', message });
    return { kind: 'end', outcome: noRoom(message) };
  }
  pass.relate('hostId', place);
  const message = `found on ${name}`;
  pass.condition({ type: 'Scheduled', status: 'True', reason: 'Placed', message });
  pass.note('place', `on ${name}`);
  return { kind: 'have', value: { host: place, previous: undefined } };
}

async function placeAnew(pass: Pass<typeof virtualmachine>, by: PlacedBy): Promise<Placing> {
  const adopted = readAdopted(pass.resource.spec.adopted);
  if (adopted !== undefined) return placeAdopted(pass, by, adopted);
  const chosen = await choosePlace(pass, by, undefined);
  if (chosen.kind === 'nowhere') {
    const { message, details } = chosen;
    pass.condition({ type: 'Scheduled', status: 'False', reason: 'NoRoom', message, details });
    return { kind: 'end', outcome: noRoom(message) };
  }
  const name = chosen.host.name ?? chosen.host.id;
  pass.relate('hostId', chosen.host);
  const message = `placed on ${name}`;
  pass.condition({ type: 'Scheduled', status: 'True', reason: 'Placed', message });
  pass.note('place', `on ${name}`);
  return { kind: 'have', value: { host: chosen.host, previous: undefined } };
}

/** Gives back the memory that a server is charged for and neither has nor is to have any more. */
export async function giveBackMemory(
  pass: Pass<typeof virtualmachine>,
  place: Resource<typeof host>,
  memory: { readonly has: number; readonly wants: number },
): Promise<void> {
  const { status, generation, observedGeneration } = pass.resource;
  // At rest at this very size, it was given back before that was recorded.
  if (observedGeneration === generation && status.ramSizeMb === memory.wants) return;
  const needed = Math.max(memory.has, memory.wants);
  const charged = await pass.charged(MEMORY);
  if (charged !== undefined && charged.amount > needed)
    await pass.charge(place.uuid, MEMORY, needed);
}
