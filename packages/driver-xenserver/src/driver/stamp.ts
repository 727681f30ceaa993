import { asUuid, type ObjectKey, type ResourceUuid } from '@gdcloud/core';

/** The fields of `other_config` that say whose an object is. XAPI writes them with the row itself, in one step. */
export const ID = 'gdcloud:id';
export const EPOCH = 'gdcloud:epoch';
export const OWNER = 'gdcloud:owner';

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

/** Whether an object carries just this key. */
export function carries(config: Config, key: ObjectKey, deployment: string): boolean {
  const stamp = readStamp(config, deployment);
  return stamp !== undefined && stamp.uuid === key.uuid && stamp.epoch === key.epoch;
}

/** A query for the objects that carry `stamp`. Field names double their underscores in XAPI's query language. */
export function queryFor(stamp: Stamp): string {
  return `field "name__description" = "${descriptionOf(stamp)}"`;
}
