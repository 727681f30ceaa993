import { asUuid } from '../../model/identity.js';
import type { Json, JsonObject } from '../../model/json.js';
import type { Resource } from '../../model/resource.js';
import type { AdmissionInput, HookRegistration, Refusal } from '../../ports/hooks.js';
import type { Scope, Store } from '../../ports/store.js';
import { liveRow } from '../live-row.js';
import { snapshot } from '../snapshot/snapshot.js';
import { CD_DEVICE, isRootDisk } from './devices.js';
import { isMoving, movesAsked } from './moves.js';
import { isRestoring } from './restores.js';
import { isAwaited } from './snapshots-to-take.js';
import { contentsAsked, isReplacing, obstacleToContent } from './uploads.js';
import { volume } from './volume.js';

type Reads = Pick<Store, 'find' | 'referrers'>;
type Volume = Resource<typeof volume>;

/**
 * A volume goes only when it is in no server: a root disk with its server, any other once it is detached. A copy of a
 * snapshot is at least as large, no volume ever shrinks, and one is restored to a snapshot of its own.
 */
export const VOLUME_HOOKS: readonly ((store: Reads) => HookRegistration)[] = [
  (store) => ({
    point: 'admit.mutate',
    name: 'gdcloud/size-of-the-snapshot',
    run: (input) =>
      input.operation === 'create' && input.type === volume.id
        ? sizeOfSnapshot(store, input)
        : undefined,
  }),
  (store) => ({
    point: 'admit.validate',
    name: 'gdcloud/copy-of-a-snapshot',
    run: ({ operation, type, desired }) =>
      operation === 'create' && type === volume.id ? copyRefusal(store, desired) : undefined,
  }),
  () => ({
    point: 'admit.validate',
    name: 'gdcloud/volumes-never-shrink',
    run: ({ operation, type, before, desired }) =>
      operation === 'act' && type === volume.id
        ? shrinkRefusal(before as Volume | undefined, desired['sizeGb'])
        : undefined,
  }),
  (store) => ({
    point: 'admit.validate',
    name: 'gdcloud/restored-to-its-own-snapshot',
    run: ({ operation, type, before, desired }) =>
      operation === 'act' && type === volume.id
        ? restoreRefusal(store, before as Volume | undefined, desired['restoredFromId'])
        : undefined,
  }),
  (store) => ({
    point: 'admit.validate',
    name: 'gdcloud/given-content-by-itself',
    run: ({ operation, type, before, desired }) =>
      operation === 'act' && type === volume.id
        ? contentRefusal(store, before as Volume | undefined, desired['contents'])
        : undefined,
  }),
  (store) => ({
    point: 'admit.validate',
    name: 'gdcloud/moves-by-itself',
    run: ({ operation, type, before, desired }) =>
      operation === 'act' && type === volume.id
        ? moveRefusal(store, before as Volume | undefined, desired['moves'])
        : undefined,
  }),
  () => ({
    point: 'admit.validate',
    name: 'gdcloud/disk-stays-in-its-server',
    run: ({ operation, type, before }) => {
      if (operation !== 'delete' || type !== volume.id) return undefined;
      const { virtualmachineId, device } = (before?.spec ?? {}) as {
        readonly virtualmachineId?: string | null;
        readonly device?: number | null;
      };
      if (typeof virtualmachineId !== 'string') return undefined;
      const way = isRootDisk({ device: device ?? null })
        ? 'remove that instead'
        : 'detach it from there first';
      return { message: `it is in virtualmachine ${virtualmachineId}; ${way}` };
    },
  }),
  () => ({
    point: 'admit.validate',
    name: 'gdcloud/place-of-the-cd',
    run: ({ type, desired }) =>
      type === volume.id && desired['device'] === CD_DEVICE
        ? { message: `device ${CD_DEVICE} is kept for the CD`, fieldName: 'device' }
        : undefined,
  }),
];

const BEING_MOVED = 'it is being moved to another storage pool: ask again once it is there';

const BEING_GIVEN = 'it is being given what was brought for it: ask again once it is';

/** The least there is: for what is refused by the name of its snapshot, which nobody sees. */
const LEAST_GB = 1;

async function sizeOfSnapshot(
  store: Reads,
  { desired, account, accountKind }: AdmissionInput,
): Promise<JsonObject | undefined> {
  const { snapshotId, sizeGb } = desired;
  const isLeftOut = sizeGb === undefined || sizeGb === null || sizeGb === '';
  if (typeof snapshotId !== 'string' || snapshotId === '' || !isLeftOut) return undefined;
  const scope: Scope =
    accountKind === 'admin' ? { kind: 'all' } : { kind: 'account', account: asUuid(account) };
  const source = await store.find(scope, snapshot, snapshotId);
  const size = source === undefined ? undefined : await smallestCopy(store, source);
  return { sizeGb: size ?? LEAST_GB };
}

// One that is still to be taken is as large as its volume is.
async function smallestCopy(store: Reads, { spec, status }: Resource): Promise<number | undefined> {
  const { sizeGb } = status;
  if (typeof sizeGb === 'number') return sizeGb;
  return (await liveRow(store, volume, spec['volumeId']))?.spec.sizeGb;
}

async function copyRefusal(
  store: Reads,
  { snapshotId, imageId, sizeGb }: JsonObject,
): Promise<Refusal | undefined> {
  const source = await liveRow(store, snapshot, snapshotId);
  if (source === undefined) return undefined;
  if (typeof imageId === 'string') {
    const message = 'it is made from an image or from a snapshot: leave out imageId or snapshotId';
    return { message, fieldName: 'imageId' };
  }
  if (typeof source.spec.volumeId !== 'string') {
    const message = `snapshot ${source.id} is of a server: volumes are made from snapshots of volumes`;
    return { message, fieldName: 'snapshotId' };
  }
  const least = await smallestCopy(store, source);
  return typeof sizeGb === 'number' && least !== undefined && sizeGb < least
    ? {
        message: `snapshot ${source.id} has ${least} GiB, so its copy needs as many: ask for ${least} or more, or leave sizeGb out`,
        fieldName: 'sizeGb',
      }
    : undefined;
}

function shrinkRefusal(before: Volume | undefined, sizeGb: Json | undefined): Refusal | undefined {
  const has = before?.spec.sizeGb ?? 0;
  return typeof sizeGb === 'number' && sizeGb < has
    ? {
        message: `it has ${has} GiB, and a volume never shrinks: ask for ${has} or more`,
        fieldName: 'sizeGb',
      }
    : undefined;
}

async function moveRefusal(
  store: Reads,
  before: Volume | undefined,
  moves: Json | undefined,
): Promise<Refusal | undefined> {
  if (before === undefined || moves === undefined || moves === movesAsked(before.spec))
    return undefined;
  const fieldName = 'storagepoolId';
  const { spec, status } = before;
  if (spec.virtualmachineId !== null) {
    const message = `it is in virtualmachine ${spec.virtualmachineId}: detach it, and it can be moved`;
    return { message, fieldName };
  }
  if (isRestoring(before))
    return { message: 'it is being restored: ask again once it is', fieldName };
  if (isReplacing(before)) return { message: BEING_GIVEN, fieldName };
  if (typeof status.storagepoolId !== 'string') {
    const message =
      'it is known to be on none of several storage pools: there is only one, or it is not made yet';
    return { message, fieldName };
  }
  const all = await store.referrers(before.uuid, snapshot.id, 'volumeId');
  return all.length === 0
    ? undefined
    : {
        message: `snapshot ${all.map(({ id }) => id).join(', ')} of it can’t come along: delete it before, or make a volume from it`,
        fieldName,
      };
}

async function restoreRefusal(
  store: Reads,
  before: Volume | undefined,
  id: Json | undefined,
): Promise<Refusal | undefined> {
  const source = await liveRow(store, snapshot, id);
  if (before === undefined || source === undefined) return undefined;
  const fieldName = 'snapshotId';
  if (isMoving(before)) return { message: BEING_MOVED, fieldName };
  if (isReplacing(before)) return { message: BEING_GIVEN, fieldName };
  if (source.spec.volumeId !== before.id) {
    const message = `snapshot ${source.id} is not of volume ${before.id}: make a volume from it instead`;
    return { message, fieldName };
  }
  return untakenRefusal(store, before, fieldName);
}

async function contentRefusal(
  store: Reads,
  before: Volume | undefined,
  contents: Json | undefined,
): Promise<Refusal | undefined> {
  if (before === undefined || contents === undefined || contents === contentsAsked(before.spec))
    return undefined;
  const fieldName = 'uploadId';
  const obstacle = obstacleToContent(before);
  if (obstacle !== undefined) return { message: `it ${obstacle}`, fieldName };
  return untakenRefusal(store, before, fieldName);
}

// What is changed would take with it what they are to hold.
async function untakenRefusal(
  store: Reads,
  { uuid }: Volume,
  fieldName: string,
): Promise<Refusal | undefined> {
  const all = await store.referrers(uuid, snapshot.id, 'volumeId');
  const due = all.filter(isAwaited).map((row) => row.id);
  return due.length === 0
    ? undefined
    : {
        message: `snapshot ${due.join(', ')} of it is still to be taken: ask again once it is, or delete it`,
        fieldName,
      };
}
