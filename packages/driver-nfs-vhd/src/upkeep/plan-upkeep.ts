import { parseUuid, type ResourceUuid } from '@gdcloud/core';
import { parseStepFileName } from '../share/records/step-files.js';
import { DiskForest, type RecordedDisks } from './disk-forest.js';
import { readerOfJoinFile } from './joiner.js';
import { type Join, planJoins, volumeJoin } from './plan-joins.js';
import type { ScannedDisk, ShareScan } from './scan-share.js';
import { parseEvidenceName, type Subject, subjectOf } from './subject.js';

/** Something that nothing needs, as far as one scan can tell. */
export interface Unneeded {
  readonly subject: Subject;
  /** In words, for the evidence. */
  readonly reasons: readonly string[];
}

/** What a share needs. */
export interface UpkeepPlan {
  readonly unneeded: readonly Unneeded[];
  /** Names of certificates about what is needed after all. */
  readonly void: readonly string[];
  /** Files in the trash that something reads from after all. */
  readonly back: readonly { readonly trashed: string; readonly uuid: ResourceUuid }[];
  /** The more useful first. */
  readonly joins: readonly Join[];
  /** Volumes whose own passes may join them with what they read from. */
  readonly volumes: readonly ResourceUuid[];
  /** What needs a person. */
  readonly problems: readonly string[];
}

/** Decides what a share needs, from what a scan saw and what is recorded. Nothing but evidence ever follows at once. */
export function planUpkeep(
  scan: ShareScan,
  recorded: RecordedDisks,
  settings: { readonly mostFiles: number },
): UpkeepPlan {
  const forest = new DiskForest(scan, recorded);
  // What can't be read may read from anything.
  const unreadable = scan.disks.filter(({ said }) => said === undefined);
  const back = broughtBack(forest);
  const unneeded = [
    ...(unreadable.length === 0
      ? [...unneededDisks(forest, recorded), ...unneededTrash(forest)]
      : []),
    ...unneededRecords(forest, recorded),
    ...unneededTemporaries(forest, recorded),
  ];
  const wanted = new Set(unneeded.map(({ subject }) => subject.text));
  return {
    unneeded,
    void: scan.evidence.filter((name) => {
      const evidence = parseEvidenceName(name);
      if (evidence?.stage !== 'seen' || wanted.has(evidence.subject.text)) return false;
      return isThere(forest, evidence.subject);
    }),
    back,
    joins: unreadable.length === 0 ? planJoins(forest, settings.mostFiles) : [],
    volumes: unreadable.length === 0 ? joinableVolumes(forest, recorded) : [],
    problems: unreadable.map(
      ({ place, name }) =>
        `${place === 'share' ? '' : `.gdcloud/${place}/`}${name} can't be read as a VHD: nothing on the share is joined or removed that it may need`,
    ),
  };
}

function joinableVolumes(forest: DiskForest, recorded: RecordedDisks): readonly ResourceUuid[] {
  const volumes: ResourceUuid[] = [];
  for (const [uuid, use] of recorded) {
    if (use === 'closed' && volumeJoin(forest, uuid) !== undefined) volumes.push(uuid);
  }
  return volumes;
}

function unneededDisks(forest: DiskForest, recorded: RecordedDisks): readonly Unneeded[] {
  return forest.scan.disks.flatMap((disk) => {
    const { place, uuid } = disk;
    if (place !== 'share' || uuid === undefined) return [];
    if (!forest.isOurs(disk) || !forest.isRetired(disk)) return [];
    if (forest.readersOf(uuid).length > 0) return [];
    return [
      {
        subject: subjectOf('disk', uuid),
        reasons: [
          'it is retired by its record',
          `it is none of the ${recorded.size} disks that are recorded`,
          `none of the ${forest.scan.disks.length} files on the share reads from it`,
        ],
      },
    ];
  });
}

function unneededTrash(forest: DiskForest): readonly Unneeded[] {
  return forest.scan.disks.flatMap(({ place, name, uuid }) => {
    if (place !== 'trash' || uuid === undefined) return [];
    const current = forest.onShare(uuid);
    // Nothing took its place, so whoever names it means this very file.
    if (current === undefined && forest.readersOf(uuid).some((reader) => reader.name !== name))
      return [];
    // Servers that began before it was replaced have this file open.
    if (forest.mayBeOpen(uuid)) return [];
    return [
      {
        subject: subjectOf('trash', name),
        reasons: [
          current === undefined
            ? 'it has no name where hypervisors look, and nothing reads from it'
            : 'another file has its name',
          'no server has a disk open that read from it',
        ],
      },
    ];
  });
}

/** Records of files that are not there any more. */
function unneededRecords({ scan }: DiskForest, recorded: RecordedDisks): readonly Unneeded[] {
  const there = new Set(scan.disks.map(({ uuid }) => uuid));
  return [...scan.retired]
    .filter((uuid) => !recorded.has(uuid) && !there.has(uuid))
    .map((uuid) => ({
      subject: subjectOf('retired', uuid),
      reasons: ['there is no file any more that it is about'],
    }));
}

function unneededTemporaries({ scan }: DiskForest, recorded: RecordedDisks): readonly Unneeded[] {
  const there = new Set(scan.disks.map(({ place, uuid }) => (place === 'tmp' ? undefined : uuid)));
  return scan.temporaries
    .filter((name) => {
      if (isUpkeeps(name)) return true;
      const uuid = parseUuid(name.split('.')[0] ?? '');
      // What is wanted still is its own pass's to finish or to give up, and what was decided is in these files.
      if (uuid === undefined || recorded.has(uuid)) return false;
      return parseStepFileName(name) === undefined || !there.has(uuid);
    })
    .map((name) => ({
      subject: subjectOf('tmp', name),
      reasons: ['nobody has written to it or published it for longer than a call may last'],
    }));
}

const OF_UPKEEP: readonly string[] = ['evidence', 'scrub', 'sum', 'share'];

/** What upkeep itself writes, checksums, and the beginnings of a share's own marker. */
function isUpkeeps(name: string): boolean {
  const [what = '', uuid = ''] = name.split('.');
  if (readerOfJoinFile(name) !== undefined) return true;
  return OF_UPKEEP.includes(what) && parseUuid(uuid) !== undefined;
}

function broughtBack(forest: DiskForest): UpkeepPlan['back'] {
  const newest = new Map<ResourceUuid, string>();
  for (const { place, name, uuid } of forest.scan.disks) {
    if (place !== 'trash' || uuid === undefined || forest.onShare(uuid) !== undefined) continue;
    const isRead = forest.readersOf(uuid).some((reader) => reader.place === 'share');
    if (isRead && (newest.get(uuid) ?? '') < name) newest.set(uuid, name);
  }
  return [...newest].map(([uuid, trashed]) => ({ uuid, trashed }));
}

function isThere({ scan }: DiskForest, { kind, name }: Subject): boolean {
  if (kind === 'retired') return scan.retired.has(name as ResourceUuid);
  if (kind === 'tmp') return scan.temporaries.includes(name);
  const here = (disk: ScannedDisk): boolean =>
    kind === 'trash'
      ? disk.place === 'trash' && disk.name === name
      : disk.place === 'share' && disk.uuid === name;
  return scan.disks.some(here);
}
