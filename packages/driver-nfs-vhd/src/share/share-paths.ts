import { createHash } from 'node:crypto';
import { basename, dirname, resolve } from 'node:path';
import { type OperationKey, parseUuid, type ResourceUuid } from '@gdcloud/core';
import { VhdError } from '../vhd/vhd-error.js';

/** Whether a file is the base of others, a disk of its own, or a server's first reading. */
export type DiskKind = 'image' | 'volume' | 'configdrive';

const KINDS: readonly string[] = ['image', 'volume', 'configdrive'] satisfies DiskKind[];

/** Names in a share. Every name of a disk is made of its uuid and nothing else. */
export interface SharePaths {
  /** The share itself: where `<uuid>.vhd` lie. */
  readonly folder: string;
  /** Ours alone; XenServer's scan looks at `*.vhd` directly in the folder only. */
  readonly ownFolder: string;
  readonly temporaryFolder: string;
  /** Volumes that have come from another share and have no name here yet: `<uuid>.<move>`, each used once. */
  readonly arrivedFolder: string;
  /** Files that no resource owns any more. */
  readonly quarantineFolder: string;
  /** What was decided of each volume: `<uuid>/<generation>`. */
  readonly volumeFolder: string;
  /** Records of snapshots, by uuid. */
  readonly snapshotFolder: string;
  /** Records of files that no resource is any more, and that others may still read from; by uuid. */
  readonly retiredFolder: string;
  /** Files that were replaced or removed, `<uuid>.<n>`: servers may still have them open. */
  readonly trashFolder: string;
  /** Why files were allowed to go. */
  readonly evidenceFolder: string;
  /** Volumes whose file may be joined with what it reads from, by uuid. */
  readonly joinFolder: string;
  /** Checksums of files that are never written again, by uuid. */
  readonly sumFolder: string;
  /** Says which share this is. */
  readonly marker: string;
  /** Beside the folder, so on this machine even when the share is not mounted: which share was there. */
  readonly witnessFolder: string;
  readonly witnessName: string;
}

/** The names in and beside the share at `folder`. */
export function sharePaths(folder: string): SharePaths {
  const absolute = resolve(folder);
  return {
    folder: absolute,
    ownFolder: `${absolute}/.gdcloud`,
    temporaryFolder: `${absolute}/.gdcloud/tmp`,
    arrivedFolder: `${absolute}/.gdcloud/arrived`,
    quarantineFolder: `${absolute}/.gdcloud/quarantine`,
    volumeFolder: `${absolute}/.gdcloud/volume`,
    snapshotFolder: `${absolute}/.gdcloud/snapshot`,
    retiredFolder: `${absolute}/.gdcloud/retired`,
    trashFolder: `${absolute}/.gdcloud/trash`,
    evidenceFolder: `${absolute}/.gdcloud/evidence`,
    joinFolder: `${absolute}/.gdcloud/join`,
    sumFolder: `${absolute}/.gdcloud/sum`,
    marker: `${absolute}/.gdcloud/share`,
    witnessFolder: dirname(absolute),
    witnessName: `.${basename(absolute)}.gdcloud-share`,
  };
}

/** All folders of ours, which lie in `ownFolder`. */
export function foldersIn(paths: SharePaths): readonly string[] {
  return [
    paths.temporaryFolder,
    paths.arrivedFolder,
    paths.quarantineFolder,
    paths.volumeFolder,
    paths.snapshotFolder,
    paths.retiredFolder,
    paths.trashFolder,
    paths.evidenceFolder,
    paths.joinFolder,
    paths.sumFolder,
  ];
}

/** A disk's file name. Throws VhdError `InvalidUuid` where the type was not kept and the text could name another file. */
export function diskFileName(uuid: ResourceUuid): string {
  if (parseUuid(uuid) === undefined) throw new VhdError('InvalidUuid', 'not a canonical uuid');
  return `${uuid}.vhd`;
}

/** The uuid of a disk's file name; absent for every other file. */
export function uuidOfFileName(name: string): ResourceUuid | undefined {
  return name.endsWith('.vhd') ? parseUuid(name.slice(0, -'.vhd'.length)) : undefined;
}

/** The name of a volume that has come by a move of its. */
export function arrivedName(volume: ResourceUuid, move: number): string {
  return `${volume}.${move}`;
}

/** Reads a name made by {@link arrivedName}; absent for every other file. */
export function parseArrivedName(
  name: string,
): { readonly volume: ResourceUuid; readonly move: number } | undefined {
  const [first = '', move = '', ...more] = name.split('.');
  const volume = parseUuid(first);
  if (volume === undefined || more.length > 0) return undefined;
  return /^[1-9][0-9]{0,14}$/.test(move) ? { volume, move: Number(move) } : undefined;
}

/** A file that is being written. */
export interface TemporaryName {
  readonly uuid: ResourceUuid;
  readonly kind: DiskKind;
}

/**
 * The name of a file being written. `attempt` is random: a paused process must not publish, under the name it chose
 * itself, what its successor has half written. It must not end in `.vhd`: one unreadable such file fails XenServer's
 * whole scan.
 */
export function temporaryName(
  uuid: ResourceUuid,
  kind: DiskKind,
  operation: OperationKey,
  attempt: string,
): string {
  const hash = createHash('sha256').update(operation).digest('hex').slice(0, 16);
  return `${uuid}.${kind}.${hash}.${attempt}`;
}

/** Reads a name made by {@link temporaryName}; absent for every other file. */
export function parseTemporaryName(name: string): TemporaryName | undefined {
  const [first = '', kind, hash = '', attempt = '', ...more] = name.split('.');
  const uuid = parseUuid(first);
  if (uuid === undefined || !isKind(kind) || more.length > 0) return undefined;
  return /^[0-9a-f]{16}$/.test(hash) && /^[0-9a-f]+$/.test(attempt) ? { uuid, kind } : undefined;
}

function isKind(word: string | undefined): word is DiskKind {
  return word !== undefined && KINDS.includes(word);
}
