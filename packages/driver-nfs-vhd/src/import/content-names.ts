import type { ResourceUuid } from '@gdcloud/core';

const NO_HASH = '0'.repeat(16);
/** Digits of a position: more bytes than any disk has. */
const POSITION_DIGITS = 14;

// All of these have the form of a temporary name of an image, also where a volume is to hold it, so that whatever removes an image's half-written files,
// or lists them, knows them too.

/** The name of the record that says what an image's content is of: one for each image, so that a link decides. */
export function recordName(uuid: ResourceUuid): string {
  return `${uuid}.image.${NO_HASH}.0`;
}

/** The name of a part of the content that begins at `position`. `content` is the record's own id. */
export function partName(uuid: ResourceUuid, content: string, position: number): string {
  return `${uuid}.image.${content}.${position.toString(16).padStart(POSITION_DIGITS, '0')}`;
}

/** Where the part begins that has this name; absent for a name of something else. */
export function partPosition(
  uuid: ResourceUuid,
  content: string,
  name: string,
): number | undefined {
  const before = `${uuid}.image.${content}.`;
  const digits = name.slice(before.length);
  return name.startsWith(before) && digits.length === POSITION_DIGITS
    ? Number.parseInt(digits, 16)
    : undefined;
}

/** The name of a file that is being written for an image; `attempt` is 32 digits by chance. */
export function draftName(uuid: ResourceUuid, content: string, attempt: string): string {
  return `${uuid}.image.${content}.${attempt}`;
}

/** Whether a file of an image is one that is being written. */
export function isDraft(name: string): boolean {
  return /\.[0-9a-f]{32}$/.test(name);
}
