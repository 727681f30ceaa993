import type { Resource } from '../../model/resource.js';
import { stall } from '../../model/stall.js';
import { isReady } from '../../model/state.js';
import type { Outcome, Pass } from '../../ports/reconciler.js';
import { virtualmachine } from '../virtualmachine/virtualmachine.js';
import { type Devices, placesFor } from './devices.js';
import { isJustAdopted } from './free.js';
import { isRestoring } from './restores.js';
import { isReplacing } from './uploads.js';
import type { volume } from './volume.js';

/** How long to wait for a server that tells when it moves, in case its word is lost; milliseconds. */
const SERVER_PAUSE = 10_000;

type Server = Resource<typeof virtualmachine>;
type Volume = typeof volume;

/**
 * Brings a volume into the server it is to be in, and out of the one it is not to be in any more; undefined once it is
 * so. No volume is ever in two servers, because each row has one writer: the volume says which server may have it
 * (`attachedToId`), and changes that only while that server says it has not got it; a server notes a volume that it may
 * have (`attachedVolumes`) before it plugs it in, and strikes it off only when it was seen without it. `giveUp` makes sure
 * that nobody changes its file any more, before any server may have it.
 */
export async function attachment(
  pass: Pass<Volume>,
  giveUp: () => Promise<Outcome | undefined>,
): Promise<Outcome | undefined> {
  const { spec, status, deleteRequestedAt } = pass.resource;
  const wanted = deleteRequestedAt === null ? spec.virtualmachineId : null;
  const held = status.attachedToId ?? null;
  if (wanted === null && held === null) {
    // Its server has gone before its row said that it was in there.
    if (isJustAdopted(pass.resource)) pass.relate('attachedToId', null);
    return undefined;
  }
  const { server, holder } = await pass.findAll({
    server: { type: virtualmachine, id: wanted },
    holder: { type: virtualmachine, id: held },
  });
  // One that was taken out to be restored, or given other content, leaves, also when it was asked back meanwhile.
  if (
    held !== null &&
    (held !== wanted || isRestoring(pass.resource) || isReplacing(pass.resource))
  )
    return leave(pass, holder);
  if (server !== undefined) {
    return held === null ? reserve(pass, server, giveUp) : join(pass, server);
  }
  // Its server went in the same moment in which it was asked to be in it.
  await pass.requestUnlink(pass.resource.uuid, {
    field: 'virtualmachineId',
    id: String(wanted),
    also: ['device'],
    why: `virtualmachine ${wanted} is gone`,
  });
  return progress(`virtualmachine ${wanted} is gone`);
}

async function leave(pass: Pass<Volume>, holder: Server | undefined): Promise<Outcome> {
  const { id, status } = pass.resource;
  const device = holder === undefined ? undefined : devicesOf(holder)[id];
  if (holder === undefined || device === undefined) {
    pass.relate('attachedToId', null);
    pass.report({ attachedDevice: null });
    settled(pass);
    pass.note('detach', `virtualmachine ${status.attachedToId} has let go of it`);
    return progress(`virtualmachine ${status.attachedToId} has let go of it`);
  }
  return isPending(holder, device)
    ? waitForServer(pass, holder, `virtualmachine ${holder.id} lets go of it at its next restart`)
    : remind(pass, holder, `waiting for virtualmachine ${holder.id} to let go of it`);
}

/** From now on the server may plug it in. That is durable before the server is told. */
async function reserve(
  pass: Pass<Volume>,
  server: Server,
  giveUp: () => Promise<Outcome | undefined>,
): Promise<Outcome> {
  if (server.account !== pass.resource.account) {
    return stall('InvalidDesired', `virtualmachine ${server.id} belongs to another account`, {
      code: 'AnotherAccount',
    });
  }
  const unsettled = await giveUp();
  if (unsettled !== undefined) return unsettled;
  pass.relate('attachedToId', server);
  pass.note('attach', `reserved for virtualmachine ${server.id}`);
  return progress(`virtualmachine ${server.id} may have it`);
}

async function join(pass: Pass<Volume>, server: Server): Promise<Outcome | undefined> {
  const { id, spec, status } = pass.resource;
  const devices = devicesOf(server);
  const device = devices[id];
  if (device === undefined) {
    const obstacle = obstacleFor(pass.resource, server);
    return obstacle === undefined
      ? remind(pass, server, `waiting for virtualmachine ${server.id} to take it`)
      : waitForServer(pass, server, obstacle);
  }
  if (spec.device !== null && spec.device !== device) {
    const message = `waiting for virtualmachine ${server.id} to move it to device ${spec.device}`;
    return remind(pass, server, message);
  }
  // Once it is plugged in, what else its server is busy with is not its concern.
  if (status.attachedDevice !== device && !isReady(server)) {
    return remind(pass, server, `waiting for virtualmachine ${server.id} to take it`);
  }
  pass.report({ attachedDevice: device });
  if (isPending(server, device)) {
    const message = `virtualmachine ${server.id} takes it at its next restart`;
    pass.condition({ type: 'PendingRestart', status: 'True', reason: 'NotPlugged', message });
  } else settled(pass);
  return undefined;
}

/** Why a server has no place for a volume; undefined where it has one. */
function obstacleFor({ id, spec }: Resource<Volume>, server: Server): string | undefined {
  const devices = devicesOf(server);
  if (placesFor([{ id, device: spec.device }], devices)[id] !== undefined) return undefined;
  const [other] = Object.entries(devices).find(([, taken]) => taken === spec.device) ?? [];
  return other === undefined
    ? `virtualmachine ${server.id} has no place for another volume`
    : `device ${spec.device} of virtualmachine ${server.id} is taken by volume ${other}`;
}

/** Waits for what the server can do now. One at rest looks at its volumes seldom, so it is told. */
async function remind(pass: Pass<Volume>, server: Server, message: string): Promise<Outcome> {
  if (isReady(server)) await pass.wake(server);
  return waitForServer(pass, server, message);
}

function waitForServer(pass: Pass<Volume>, server: Server, message: string): Outcome {
  // A server that is as asked, or that stays when the volume goes, explains nothing: the message does.
  const explains = !isReady(server) && pass.resource.deleteRequestedAt === null;
  const blockers = explains ? [server.uuid] : [];
  return { kind: 'wait', on: 'dependency', afterMs: SERVER_PAUSE, message, blockers };
}

function settled(pass: Pass<Volume>): void {
  const pending = pass.resource.conditions.find(({ type }) => type === 'PendingRestart');
  if (pending?.status !== 'True') return;
  pass.condition({
    type: 'PendingRestart',
    status: 'False',
    reason: 'AsAsked',
    message: 'it waits for no restart',
  });
}

function isPending({ status }: Server, device: number): boolean {
  return status.pendingRestart?.includes(`disks.${device}`) === true;
}

function devicesOf({ status }: Server): Devices {
  return status.attachedVolumes ?? {};
}

function progress(message: string): Outcome {
  return { kind: 'wait', on: 'progress', afterMs: 0, message };
}
