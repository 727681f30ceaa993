import { type ObjectKey, parseUuid, type ResourceUuid } from '@gdcloud/core';

/** What the name of an entry in the folder of all records says: whose it is, and what. */
export interface RecordEntry {
  readonly uuid: ResourceUuid;
  readonly epoch: number;
  /**
   * `record`: a folder of its own. `unfinished`: such a folder before it got its name. `earlier`: one of the files that
   * releases before epochs kept of a network.
   */
  readonly kind: 'record' | 'unfinished' | 'earlier';
}

/** What the names in a record's folder say. */
export interface RecordFolderNames {
  /** Tells this record from all that ever had its name; absent once the record is removed. */
  readonly life: string | undefined;
  /** The number of the newest version of this life; 0 when there is none. */
  readonly version: number;
  readonly names: readonly string[];
}

const ENTRY = /^([0-9a-f-]{36})\.([1-9]\d{0,8})(\.[0-9a-f]{16}\.tmp)?$/;
const EARLIER = /^([0-9a-f-]{36})\.(?:json|plan)(?:\.aside|\.[0-9a-f]{16}\.tmp)?$/;
const LIFE = /^life-([0-9a-f]{16})$/;

/** The name of a key's folder. */
export function recordName({ uuid, epoch }: ObjectKey): string {
  return `${uuid}.${epoch}`;
}

/** The name of a folder that is to become a key's, as nobody else calls one. */
export function unfinishedName(key: ObjectKey, chance: string): string {
  return `${recordName(key)}.${chance}.tmp`;
}

/** Reads the name of an entry; absent for what is not ours. */
export function parseEntry(name: string): RecordEntry | undefined {
  const [, owner, epoch, ending] = ENTRY.exec(name) ?? [];
  const [, earlierOwner] = EARLIER.exec(name) ?? [];
  const uuid = parseUuid(owner ?? earlierOwner ?? '');
  if (uuid === undefined) return undefined;
  if (epoch === undefined) return { uuid, epoch: 1, kind: 'earlier' };
  return { uuid, epoch: Number(epoch), kind: ending === undefined ? 'record' : 'unfinished' };
}

/** The name that shows a record to be there: made with it, and the first to go. */
export function lifeName(life: string): string {
  return `life-${life}`;
}

/** The name of a version: whoever makes it has made the change from the one before. */
export function versionName(life: string, version: number): string {
  return `${life}.${version}.plan`;
}

/** Reads the names in a record's folder. */
export function parseFolderNames(names: readonly string[]): RecordFolderNames {
  const life = names.map((name) => LIFE.exec(name)?.[1]).find((found) => found !== undefined);
  const version = names.reduce((newest, name) => {
    const [owner, number, ending] = name.split('.');
    if (owner !== life || ending !== 'plan' || !/^\d{1,15}$/.test(number ?? '')) return newest;
    return Math.max(newest, Number(number));
  }, 0);
  return { life, version, names };
}
