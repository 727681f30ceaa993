import type { HookRegistration, Refusal } from '../../ports/hooks.js';
import type { Store } from '../../ports/store.js';
import { liveRow } from '../live-row.js';
import { isRootDisk } from '../volume/devices.js';
import { isMoving } from '../volume/moves.js';
import { isRestoring } from '../volume/restores.js';
import { isReplacing } from '../volume/uploads.js';
import { volume } from '../volume/volume.js';
import { snapshot } from './snapshot.js';

/** A snapshot is of one thing, and its moment is the one at which it was asked for. */
export const SNAPSHOT_HOOKS: readonly ((store: Pick<Store, 'find'>) => HookRegistration)[] = [
  () => ({
    point: 'admit.validate',
    name: 'gdcloud/snapshot-of-something',
    run: ({ operation, type, desired }) =>
      operation === 'create' && type === snapshot.id
        ? ofOneThing(desired['virtualmachineId'], desired['volumeId'])
        : undefined,
  }),
  (store) => ({
    point: 'admit.validate',
    name: 'gdcloud/snapshot-of-a-volume',
    run: ({ operation, type, desired }) =>
      operation === 'create' && type === snapshot.id
        ? ofVolume(store, desired['volumeId'])
        : undefined,
  }),
];

function ofOneThing(server: unknown, disk: unknown): Refusal | undefined {
  const given = [server, disk].filter((id) => typeof id === 'string').length;
  if (given === 1) return undefined;
  return given === 0
    ? {
        message:
          'say what it is to be of: a server with virtualmachineId, or a single volume with volumeId',
        fieldName: 'virtualmachineId',
      }
    : {
        message: 'it is of a server or of a volume: leave out virtualmachineId or volumeId',
        fieldName: 'volumeId',
      };
}

async function ofVolume(store: Pick<Store, 'find'>, id: unknown): Promise<Refusal | undefined> {
  const of = await liveRow(store, volume, id);
  if (of === undefined) return undefined;
  const fieldName = 'volumeId';
  if (isRootDisk(of.spec)) {
    const server = of.spec.virtualmachineId;
    const message = `volume ${of.id} is the root disk of virtualmachine ${server}: ask for a snapshot of that, with virtualmachineId, which takes all its disks at once`;
    return { message, fieldName };
  }
  if (isRestoring(of))
    return { message: `volume ${of.id} is being restored: ask again once it is`, fieldName };
  if (isReplacing(of)) {
    const message = `volume ${of.id} is being given what was brought for it: ask again once it is`;
    return { message, fieldName };
  }
  return isMoving(of)
    ? { message: `volume ${of.id} is being moved: ask again once it is there`, fieldName }
    : undefined;
}
