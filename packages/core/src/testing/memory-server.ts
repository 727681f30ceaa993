import type { ResourceUuid } from '../model/identity.js';
import type { Change } from '../ports/driver.js';
import type { ServerActual, ServerDesired, ServerDisk } from '../ports/drivers/compute.js';
import { changed } from './memory-objects.js';

/** A server in memory, with the disks that are in it. */
export interface MemoryServer extends ServerActual {
  readonly disks: readonly ServerDisk[];
  /** What is in its CD drive. */
  readonly cd?: ResourceUuid | undefined;
}

/** A server right after it was made: off, with its disks in it. */
export function newServer({
  restarts,
  ramSizeMb,
  cpuCount,
  disks,
  cd,
}: ServerDesired): MemoryServer {
  return { powerState: 'halted', restarts, ramSizeMb, cpuCount, disks, cd, pendingRestart: [] };
}

/** What differs, in the order to be changed. The memory of a server that runs stays as it is. */
export function serverChanges(desired: ServerDesired, actual: MemoryServer): readonly Change[] {
  const power =
    desired.powerState === actual.powerState
      ? []
      : [changed('powerState', desired.powerState, actual.powerState)];
  const restart =
    desired.restarts > actual.restarts && actual.powerState === 'running'
      ? [changed('restarts', desired.restarts, actual.restarts)]
      : [];
  const running = actual.powerState === 'running';
  const sizes = (['ramSizeMb', 'cpuCount'] as const)
    .filter((field) => desired[field] !== actual[field] && (field === 'cpuCount' || !running))
    .map((field) => changed(field, desired[field], actual[field]));
  const medium =
    desired.cd === actual.cd ? [] : [changed('cd', desired.cd ?? null, actual.cd ?? null)];
  const others = [...sizes, ...diskChanges(desired, actual), ...medium];
  return running ? [...power, ...others, ...restart] : [...others, ...power];
}

/** The server after a change other than of its power. */
export function serverAfter<Server extends MemoryServer>(
  desired: ServerDesired,
  actual: Server,
  { field }: Change,
): Server {
  const { restarts, ramSizeMb, cpuCount } = desired;
  if (field === 'restarts') return { ...actual, restarts, ramSizeMb, cpuCount };
  if (field === 'ramSizeMb') return { ...actual, ramSizeMb };
  if (field === 'cpuCount') return { ...actual, cpuCount };
  if (field === 'cd') return { ...actual, cd: desired.cd };
  const device = Number(field.slice('disks.'.length));
  const others = actual.disks.filter((disk) => disk.device !== device);
  const wanted = volumeAt(desired.disks, device);
  // One is taken out before another takes its place.
  const emptied = volumeAt(actual.disks, device) !== undefined;
  return {
    ...actual,
    disks: emptied || wanted === undefined ? others : [...others, { device, volume: wanted }],
  };
}

function diskChanges(desired: ServerDesired, actual: MemoryServer): readonly Change[] {
  const devices = new Set([...actual.disks, ...desired.disks].map(({ device }) => device));
  return [...devices]
    .map((device) => ({
      device,
      has: volumeAt(actual.disks, device),
      wants: volumeAt(desired.disks, device),
    }))
    .filter(({ has, wants }) => has !== wants)
    .map(({ device, has, wants }) => changed(`disks.${device}`, wants ?? null, has ?? null));
}

function volumeAt(disks: readonly ServerDisk[], device: number): ResourceUuid | undefined {
  return disks.find((disk) => disk.device === device)?.volume;
}

/** As {@link serverChanges}, for a server that may run on another host than it should. */
export function placedChanges(
  desired: ServerDesired,
  actual: MemoryServer,
  isLive: (host: ServerDesired['host']) => boolean,
): readonly Change[] {
  const { host } = actual;
  if (host === undefined || host === desired.host) return serverChanges(desired, actual);
  const moved = changed('host', desired.host, host);
  if (desired.lostHosts?.includes(host) === true) return [moved];
  // What runs on a host that does not answer is left as it is, until it is certain that it does not run.
  if (!isLive(host)) return [];
  // What is to stop needs not be moved before.
  return desired.powerState === 'running' ? [moved] : serverChanges(desired, actual);
}

/** The server after any change. */
export function placedAfter<Server extends MemoryServer>(
  desired: ServerDesired,
  actual: Server,
  change: Change,
): Server {
  const halted = { ...actual, powerState: 'halted', host: undefined } as const;
  switch (change.field) {
    case 'host':
      return actual.host !== undefined && desired.lostHosts?.includes(actual.host) === true
        ? halted
        : { ...actual, host: desired.host };
    case 'powerState':
      return desired.powerState === 'running'
        ? { ...actual, powerState: 'running', host: desired.host }
        : halted;
    default:
      return serverAfter(desired, actual, change);
  }
}
