import { DriverFailure } from '../model/errors.js';
import { asUuid, type ResourceUuid } from '../model/identity.js';
import type { Change } from '../ports/driver.js';
import type {
  DiskFileActual,
  VolumeActual,
  VolumeContent,
  VolumeDesired,
} from '../ports/drivers/storage.js';
import { changed } from './memory-objects.js';

/** A volume or a snapshot in memory: what it holds is one word, which tests write as guests do. */
export interface MemoryVolume extends VolumeActual {
  readonly content: string;
  /** Whose its file is, as the storage driver has it: `attached` until that needs it for itself. */
  readonly use: 'free' | 'attached';
  /** The move by which it leaves the share, if it does. */
  readonly leaving?: number | undefined;
}

/** What volumes are made from, and restored to. */
export interface MemoryOrigins {
  /** A snapshot of a volume; undefined where it is not there. */
  snapshot(uuid: ResourceUuid): Pick<MemoryVolume, 'content'> | undefined;
  /** A volume that has come from another share; undefined where it is not there. */
  arrival(uuid: ResourceUuid): MemoryArrival | undefined;
  /** What was brought for a volume, or why it can't be given to it. */
  upload(id: string): { readonly content: string } | { readonly refused: string };
}

/** A volume that has come from another share, in memory. */
export interface MemoryArrival extends DiskFileActual {
  readonly content: string;
  /** Which of its moves it came by. */
  readonly move: number;
}

/** Where there are none. */
export const NO_ORIGINS: MemoryOrigins = {
  snapshot: () => undefined,
  arrival: () => undefined,
  upload: (id) => ({ content: `upload ${id}` }),
};

/** What a volume holds that nobody has written to. */
export const EMPTY_CONTENT = 'nothing';

const SNAPSHOTS = 'snapshots.';

/** A volume right after it was made. Throws `OriginMissing` where its snapshot, or what has come of it, is not there. */
export function newVolume(
  { sizeBytes, origin }: VolumeDesired,
  origins: MemoryOrigins,
): MemoryVolume {
  const file = { virtualBytes: sizeBytes, physicalBytes: 65_536, use: 'attached' } as const;
  if (origin === undefined) return { ...file, content: EMPTY_CONTENT };
  if ('volume' in origin) {
    const arrived = origins.arrival(origin.volume);
    if (arrived?.move !== origin.move) throw originMissing(`what has come of ${origin.volume}`);
    const { content, virtualBytes } = arrived;
    return { ...file, content, virtualBytes };
  }
  return 'image' in origin
    ? { ...file, content: `image ${origin.image}` }
    : { ...file, content: snapshotOf(origin.snapshot, origins).content };
}

/** What differs, in the order to be changed; of a file that a server may have open only that it is left alone. */
export function volumeChanges(
  { use, leaving, snapshots, restore, content, sizeBytes }: VolumeDesired,
  { restores, contents = 0, virtualBytes, use: now, leaving: known }: MemoryVolume,
  origins: MemoryOrigins,
): readonly Change[] {
  if (use !== 'free') {
    if (now !== 'attached') return [changed('use', 'attached', now)];
    return leaving === known ? [] : [changed('leaving', leaving ?? null, known ?? null)];
  }
  const untaken = (snapshots ?? []).filter((uuid) => origins.snapshot(uuid) === undefined);
  const done = restores ?? 0;
  const changes = [
    ...(sizeBytes > virtualBytes ? [changed('sizeBytes', sizeBytes, virtualBytes)] : []),
    ...untaken.map((uuid) => changed(`${SNAPSHOTS}${uuid}`, true, false)),
    ...(restore === undefined || restore.count <= done
      ? []
      : [changed('restores', restore.count, done)]),
    ...(content === undefined || content.count <= contents
      ? []
      : [changed('contents', content.count, contents)]),
  ];
  return changes.length === 0 || now === 'free'
    ? changes
    : [changed('use', 'free', now), ...changes];
}

/** The volume after a change. What it takes a snapshot of stays as it is. */
export function volumeAfter(
  { leaving, restore, content: brought, sizeBytes, use }: VolumeDesired,
  actual: MemoryVolume,
  { field }: Change,
  origins: MemoryOrigins,
): MemoryVolume {
  if (field === 'use' || field === 'leaving') return { ...actual, use: use ?? 'attached', leaving };
  if (field === 'sizeBytes')
    return { ...actual, virtualBytes: Math.max(sizeBytes, actual.virtualBytes) };
  if (field === 'contents' && brought !== undefined) return given(brought, actual, origins);
  if (field !== 'restores' || restore === undefined) return actual;
  // A late call brings nothing back once more.
  if (restore.count <= (actual.restores ?? 0)) return actual;
  const { content } = snapshotOf(restore.snapshot, origins);
  return { ...actual, content, restores: restore.count };
}

function given(
  { upload, count }: VolumeContent,
  actual: MemoryVolume,
  origins: MemoryOrigins,
): MemoryVolume {
  if (count <= (actual.contents ?? 0)) return actual;
  const { refused: _before, ...its } = actual;
  return { ...its, ...origins.upload(upload), contents: count };
}

/** Which snapshot a change takes; undefined for one that takes none. */
export function takenBy({ field }: Change): ResourceUuid | undefined {
  return field.startsWith(SNAPSHOTS) ? asUuid(field.slice(SNAPSHOTS.length)) : undefined;
}

/** What a driver says of a snapshot that no volume has taken. */
export function notTaken(uuid: ResourceUuid): DriverFailure {
  return new DriverFailure('rejected', 'NotTaken', `no volume has taken snapshot ${uuid}`, {
    remedy: 'It is taken while its volume is in no server, or made of a copy.',
  });
}

function snapshotOf(uuid: ResourceUuid, origins: MemoryOrigins): Pick<MemoryVolume, 'content'> {
  const found = origins.snapshot(uuid);
  if (found !== undefined) return found;
  throw originMissing(`snapshot ${uuid}`);
}

function originMissing(what: string): DriverFailure {
  return new DriverFailure('rejected', 'OriginMissing', `${what} is not there`, {
    remedy: 'It is looked for again by itself.',
  });
}
