import { conditionOf } from '../../model/condition.js';
import type { Resource } from '../../model/resource.js';
import type { Outcome, Pass } from '../../ports/reconciler.js';
import type { host } from '../host/host.js';
import { standingOf } from '../host/standing.js';
import {
  choosePlace,
  type Home,
  noRoom,
  type PlacedBy,
  type Placing,
  placementRequest,
} from './choose-place.js';
import type { virtualmachine } from './virtualmachine.js';

/** How long to wait for word of a host that does not answer; milliseconds. */
const HOST_PAUSE = 30_000;

/** How long a server that could not be moved is not tried to be moved again; milliseconds. */
const REFUSAL_HOLDS = 10 * 60_000;

type Server = typeof virtualmachine;
type Host = Resource<typeof host>;

/** What a driver says of a server that can't be moved as it runs: then it stays where it is. */
export const MIGRATION_IMPOSSIBLE = 'MigrationImpossible';

/** Finds another home for a server whose host `place` is to be left, or says why it has to stay or wait. */
export async function moveAway(pass: Pass<Server>, by: PlacedBy, place: Host): Promise<Placing> {
  switch (standingOf(place)) {
    case 'usable':
      return stay(place, by.previous);
    case 'evacuating':
      return takeTurn(pass, by, place);
    case 'unreachable':
      // What does not run can be started anywhere else.
      return by.previous === undefined && pass.resource.status.powerState === 'halted'
        ? flee(pass, by, place)
        : { kind: 'end', outcome: waitForHost(place) };
    case 'fenced': {
      const { previous } = by;
      if (previous === undefined) return flee(pass, by, place);
      return standingOf(previous) === 'fenced'
        ? fleeFromBoth(pass, by, { place, previous })
        : turnBack(pass, by, { place, previous });
    }
  }
}

// Trying costs the backend more than a look: a refusal holds for a while.
function wasRefused({ resource, now }: Pass<Server>, { uuid }: Host): boolean {
  const movable = conditionOf(resource.conditions, 'Movable');
  const { host: refusedAt, at } = movable?.details ?? {};
  return (
    movable?.status === 'False' &&
    refusedAt === uuid &&
    typeof at === 'number' &&
    now - at < REFUSAL_HOLDS &&
    resource.status.powerState !== 'halted'
  );
}

function stay(place: Host, previous: Host | undefined): Placing {
  return { kind: 'have', value: { host: place, previous } };
}

/** Waits for a host that does not answer, or for somebody to confirm that it is off. */
export function waitForHost(place: Host): Outcome {
  const message = `its host ${place.name ?? place.id} does not answer; it is started elsewhere once an administrator confirms with the action fence that the host is off`;
  const blockers = [place.uuid];
  return { kind: 'wait', on: 'dependency', afterMs: HOST_PAUSE, message, blockers };
}

// One at a time leaves a host, so that moving does not take all of the network between hosts.
function turnsOf({ uuid }: Host): string {
  return `evacuation/${uuid}`;
}

async function takeTurn(pass: Pass<Server>, by: PlacedBy, place: Host): Promise<Placing> {
  if (wasRefused(pass, place)) return stay(place, undefined);
  if ((await pass.allocate(turnsOf(place), ['1'])) === undefined) return stay(place, undefined);
  const chosen = await choosePlace(pass, by, place);
  if (chosen.kind === 'chosen') return depart(pass, place, chosen.host);
  await pass.release(turnsOf(place));
  cannotMove(pass, place, 'NoRoom', chosen.message);
  return stay(place, undefined);
}

async function flee(pass: Pass<Server>, by: PlacedBy, place: Host): Promise<Placing> {
  const chosen = await choosePlace(pass, by, place);
  if (chosen.kind === 'chosen') return depart(pass, place, chosen.host);
  const { message, details } = chosen;
  pass.condition({ type: 'Scheduled', status: 'False', reason: 'NoRoom', message, details });
  return { kind: 'end', outcome: noRoom(message) };
}

function depart(pass: Pass<Server>, from: Host, to: Host): Placing {
  const [old, now] = [from, to].map(({ name, id }) => name ?? id);
  pass.relate('hostId', to);
  pass.relate('previousHostId', from);
  const message = `placed on ${now}, leaving ${old}`;
  pass.condition({ type: 'Scheduled', status: 'True', reason: 'Placed', message });
  pass.note('move', `from ${old} to ${now}`);
  return { kind: 'have', value: { host: to, previous: from } };
}

// Where it was going has died: it never left, or has died there. Either way it goes on where it came from.
async function turnBack(
  pass: Pass<Server>,
  by: PlacedBy,
  { place, previous }: { readonly place: Host; readonly previous: Host },
): Promise<Placing> {
  await pass.endMove(placementRequest(pass.resource, by, [], previous), place.uuid, 'back');
  return depart(pass, place, previous);
}

async function fleeFromBoth(
  pass: Pass<Server>,
  by: PlacedBy,
  { place, previous }: { readonly place: Host; readonly previous: Host },
): Promise<Placing> {
  await pass.endMove(placementRequest(pass.resource, by, [], previous), place.uuid, 'arrived');
  await pass.release(turnsOf(previous));
  return flee(pass, by, place);
}

/** Ends a move: it certainly is not at its previous host any more. Can be repeated. */
export async function arrive(pass: Pass<Server>, by: PlacedBy, home: Home): Promise<void> {
  const { host: to, previous } = home;
  if (previous === undefined) return;
  await pass.endMove(placementRequest(pass.resource, by, [], previous), to.uuid, 'arrived');
  await pass.release(turnsOf(previous));
  pass.relate('previousHostId', null);
  const message = `it has left ${previous.name ?? previous.id}`;
  pass.condition({ type: 'Movable', status: 'True', reason: 'Moved', message });
  pass.note('arrive', `on ${to.name ?? to.id}`);
  pass.wakeAfterwards([previous]);
}

/** Gives a move up that the backend refuses for good: it stays where it runs. Can be repeated. */
export async function giveUpMove(
  pass: Pass<Server>,
  by: PlacedBy,
  home: Home,
  why: string,
): Promise<Outcome> {
  const { host: to, previous } = home;
  if (previous === undefined) throw new Error('there is no move to give up');
  await pass.endMove(placementRequest(pass.resource, by, [], previous), to.uuid, 'back');
  await pass.release(turnsOf(previous));
  pass.relate('hostId', previous);
  pass.relate('previousHostId', null);
  cannotMove(pass, previous, MIGRATION_IMPOSSIBLE, why);
  pass.note('move', `given up: ${why}`);
  pass.wakeAfterwards([previous]);
  return { kind: 'wait', on: 'progress', afterMs: 0, message: 'it stays where it is' };
}

function cannotMove(pass: Pass<Server>, place: Host, reason: string, message: string): void {
  const details =
    reason === MIGRATION_IMPOSSIBLE ? { host: place.uuid, at: pass.now } : { host: place.uuid };
  pass.condition({ type: 'Movable', status: 'False', reason, message, details });
}
