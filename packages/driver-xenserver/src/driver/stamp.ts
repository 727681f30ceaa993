import { asUuid, type ObjectKey, type ResourceUuid } from '@gdcloud/core';

/** The fields of `other_config` that say whose an object is. XAPI writes them with the row itself, in one step. */
export const ID = 'gdcloud:id';
export const EPOCH = 'gdcloud:epoch';
export const OWNER = 'gdcloud:owner';
/** The object's own uuid. Clones and copies take over all the rest, and get a uuid of their own. */
export const SELF = 'gdcloud:self';

/** Of which resource an object is. */
export interface Stamp {
  readonly uuid: ResourceUuid;
  readonly epoch: number;
}

type Config = Readonly<Record<string, string>>;

/** The description of an object of ours: one field that XAPI can be asked for, so finding it is one call. */
export function descriptionOf(stamp: Stamp): string {
  return `gdcloud:${stamp.uuid}:${stamp.epoch}`;
}

/** What goes into `other_config` when an object is made. */
export function stampFor(key: ObjectKey, deployment: string): Config {
  return { [ID]: key.uuid, [EPOCH]: String(key.epoch), [OWNER]: deployment };
}

/** Reads an object's stamp; undefined if it is none of this deployment's. */
export function readStamp(config: Config, deployment: string): Stamp | undefined {
  const { [ID]: uuid, [EPOCH]: epoch, [OWNER]: owner } = config;
  if (uuid === undefined || owner !== deployment) return undefined;
  return { uuid: asUuid(uuid), epoch: Number(epoch ?? 1) };
}

/** An object with its own name and its marks. */
export interface Marked {
  readonly uuid: string;
  readonly other_config: Config;
}

/** Whether an object says itself which one it is. One that was just made does not yet. */
export function isClaimed({ uuid, other_config: config }: Marked): boolean {
  return config[SELF] === uuid;
}

/** Whether an object got our marks by being copied from one of ours, by somebody else: then it is none of ours. */
export function isCopy({ uuid, other_config: config }: Marked): boolean {
  return config[SELF] !== undefined && config[SELF] !== uuid;
}

/** The stamp of an object; undefined if it is none of this deployment's, or only a copy of one. */
export function stampOf(object: Marked, deployment: string): Stamp | undefined {
  return isCopy(object) ? undefined : readStamp(object.other_config, deployment);
}

/** Whether an object carries just this key. */
export function carries(object: Marked, key: ObjectKey, deployment: string): boolean {
  const stamp = stampOf(object, deployment);
  return stamp !== undefined && stamp.uuid === key.uuid && stamp.epoch === key.epoch;
}

/** A query for the objects that carry `stamp`. Field names double their underscores in XAPI's query language. */
export function queryFor(stamp: Stamp): string {
  return `field "name__description" = "${descriptionOf(stamp)}"`;
}
