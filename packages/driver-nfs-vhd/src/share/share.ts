import { type Clock, DriverFailure, type Random, type ResourceUuid } from '@gdcloud/core';
import { errnoName } from '../files/errno.js';
import type { FileSystem, OpenFile } from '../files/file-system.js';
import { makeFolderDurably } from '../files/folders.js';
import type { Checkpoint } from '../files/guarded.js';
import { namesIfThere } from '../files/names-if-there.js';
import { type FileContent, publishFile, unlinkIfThere, writeFile } from '../files/publish-file.js';
import { readText } from '../files/read-text.js';
import { demandOwnFolders } from './own-folders.js';
import { randomUuid } from './random-uuid.js';
import {
  encodeShareMarker,
  type FirstUse,
  judgeShare,
  parseShareMarker,
  type ShareVerdict,
} from './share-marker.js';
import type { SharePaths } from './share-paths.js';

const MARKER_NAME = 'share';

/** What the driver is made of: where, and through which doors it touches the world. */
export interface Share {
  readonly name: string;
  readonly paths: SharePaths;
  /** Against other shares; absent where it is the only one, or like them. */
  readonly weight?: number | undefined;
  readonly firstUse: FirstUse;
  readonly files: FileSystem;
  readonly clock: Clock;
  readonly random: Random;
}

/** Looks whether the share is there. Changes nothing. */
export async function lookAtShare(
  share: Share,
  recorded: 'recorded' | 'unrecorded',
): Promise<ShareVerdict> {
  const { files, paths } = share;
  await demandOwnFolders(files, paths);
  const marker = await readMarker(files, paths.marker);
  const witness = await readMarker(files, `${paths.witnessFolder}/${paths.witnessName}`);
  const folder = marker === undefined && (await isBare(files, paths)) ? 'bare' : 'used';
  return judgeShare({ marker, witness, folder }, share.firstUse, recorded);
}

/**
 * Like {@link lookAtShare}, but a share that is missing or another one is a failure: `unavailable`, so that nothing is
 * ever taken for absent that is only out of sight.
 */
export async function demandShare(
  share: Share,
  recorded: 'recorded' | 'unrecorded',
): Promise<Extract<ShareVerdict, { readonly kind: 'ready' | 'firstUse' }>> {
  const verdict = await lookAtShare(share, recorded);
  if (verdict.kind === 'ready' || verdict.kind === 'firstUse') return verdict;
  throw shareFailure(verdict, share.paths);
}

/** Makes the share usable: folders, marker and witness on first use, nothing later. May be repeated at any point. */
export async function prepareShare(
  share: Share,
  recorded: 'recorded' | 'unrecorded',
  checkpoint: Checkpoint,
): Promise<void> {
  const { files, paths } = share;
  const { kind, witness } = { witness: undefined, ...(await demandShare(share, recorded)) };
  if (kind === 'firstUse' || witness === 'missing') {
    await takeIntoUse(share, recorded, checkpoint);
  }
  if ((await files.status(paths.temporaryFolder)) === undefined)
    await files.makeFolder(paths.temporaryFolder);
}

// Creates that meet here, in this process or in another, get past each other: every step may be repeated, and the one
// that decides is a link, which exactly one of them makes.
async function takeIntoUse(
  share: Share,
  recorded: 'recorded' | 'unrecorded',
  checkpoint: Checkpoint,
): Promise<void> {
  const verdict = await demandShare(share, recorded);
  const id = verdict.kind === 'ready' ? verdict.id : await mark(share, checkpoint);
  if (verdict.kind === 'firstUse' || verdict.witness === 'missing') {
    await sweepMarkers(share);
    // Whoever made the marker may have died before its name was durable.
    await share.files.syncFolder(share.paths.ownFolder);
    // Last, so that a crash before it leaves a share that is there and not one that seems to have gone.
    await writeWitness(share, id);
  }
}

async function mark(share: Share, checkpoint: Checkpoint): Promise<ResourceUuid> {
  const { files, paths } = share;
  await makeFolderDurably(files, paths.ownFolder);
  await files.makeFolder(paths.temporaryFolder);
  const chosen = randomUuid(share.random);
  const publication = {
    temporary: `${paths.temporaryFolder}/${MARKER_NAME}.${chosen}`,
    folder: paths.ownFolder,
    name: MARKER_NAME,
    mode: 0o644,
    content: markerFile(chosen),
  };
  await publishFile(files, publication, checkpoint);
  // Another may have been first, and may have swept ours away after that: its id counts.
  const id = await readMarker(files, paths.marker);
  if (id === undefined) throw shareFailure({ kind: 'missing' }, paths);
  return id;
}

// Only once there is a marker: then whoever misses its own finds that.
async function sweepMarkers({ files, paths }: Share): Promise<void> {
  for (const name of await namesIfThere(files, paths.temporaryFolder)) {
    if (name.startsWith(`${MARKER_NAME}.`))
      await unlinkIfThere(files, `${paths.temporaryFolder}/${name}`);
  }
}

// In place, unlike all else: half of a witness counts as none, and the marker is there already. A call that was given
// up finishes it too, as half of one is what others would have to clear away.
async function writeWitness({ files, paths }: Share, id: ResourceUuid): Promise<void> {
  const path = `${paths.witnessFolder}/${paths.witnessName}`;
  let file = await makeUnlessThere(files, path);
  if (file === undefined && (await readMarker(files, path)) === undefined) {
    await unlinkIfThere(files, path);
    file = await makeUnlessThere(files, path);
  }
  // Another writes the same just now. Should it fail at that, the next create does it.
  if (file !== undefined) await writeFile(file, markerFile(id), () => undefined);
  await files.syncFolder(paths.witnessFolder);
}

async function makeUnlessThere(files: FileSystem, path: string): Promise<OpenFile | undefined> {
  try {
    return await files.make(path, 0o644);
  } catch (thrown) {
    if (errnoName(thrown) === 'EEXIST') return undefined;
    throw thrown;
  }
}

function markerFile(id: ResourceUuid): FileContent {
  const bytes = Buffer.from(encodeShareMarker(id));
  return { pieces: [{ position: 0, bytes }] };
}

/** Why a share can't be used, for the operator. */
export function shareFailure(
  verdict: Extract<ShareVerdict, { readonly kind: 'missing' | 'changed' }>,
  paths: SharePaths,
): DriverFailure {
  if (verdict.kind === 'changed') {
    return new DriverFailure(
      'unavailable',
      'ShareChanged',
      `${paths.folder} holds another share than before`,
      {
        remedy: `Mount the right share, or remove ${paths.witnessFolder}/${paths.witnessName} if the change is meant.`,
      },
    );
  }
  return new DriverFailure(
    'unavailable',
    'ShareMissing',
    `${paths.folder} is not mounted: ${paths.marker} is missing`,
    {
      remedy: `Mount the share at ${paths.folder}; work resumes by itself.`,
    },
  );
}

async function readMarker(files: FileSystem, path: string): Promise<ResourceUuid | undefined> {
  const text = await readText(files, path, 512);
  return text === undefined ? undefined : parseShareMarker(text);
}

async function isBare(files: FileSystem, paths: SharePaths): Promise<boolean> {
  try {
    const names = await files.names(paths.folder);
    return names.every((name) => name === '.gdcloud' || name === 'lost+found');
  } catch (thrown) {
    if (errnoName(thrown) === 'ENOENT') return true;
    throw thrown;
  }
}
