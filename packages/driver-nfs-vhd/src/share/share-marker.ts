import { parseUuid, type ResourceUuid } from '@gdcloud/core';

/** What is known about the share before any disk is looked at. */
export interface ShareEvidence {
  /** The id in the share's own marker. */
  readonly marker: ResourceUuid | undefined;
  /** The id that this machine has seen here before. */
  readonly witness: ResourceUuid | undefined;
  /** Whether the folder holds nothing but perhaps the beginnings of our own folder, or is not there at all. */
  readonly folder: 'bare' | 'used';
}

/** Whether an empty folder without any trace may be made a share of its own accord. */
export type FirstUse = 'prepare' | 'refuse';

/** What the evidence means. */
export type ShareVerdict =
  | { readonly kind: 'ready'; readonly id: ResourceUuid; readonly witness: 'there' | 'missing' }
  | { readonly kind: 'firstUse' }
  | { readonly kind: 'missing' }
  | { readonly kind: 'changed' };

/**
 * Tells a share's first use from a share that is not there. An unmounted share looks like an empty folder, so "empty"
 * never is enough: a first use is a bare folder of which neither this machine (the witness beside the folder) nor the
 * caller (an object already recorded) knows that there ever was a share.
 */
export function judgeShare(
  evidence: ShareEvidence,
  firstUse: FirstUse,
  recorded: 'recorded' | 'unrecorded',
): ShareVerdict {
  const { marker, witness, folder } = evidence;
  if (marker !== undefined) {
    if (witness !== undefined && witness !== marker) return { kind: 'changed' };
    return { kind: 'ready', id: marker, witness: witness === undefined ? 'missing' : 'there' };
  }
  const unknown = witness === undefined && recorded === 'unrecorded' && folder === 'bare';
  return unknown && firstUse === 'prepare' ? { kind: 'firstUse' } : { kind: 'missing' };
}

/** The text of marker and witness: `{"gdcloudShare":"<uuid>"}`. */
export function encodeShareMarker(id: ResourceUuid): string {
  return `${JSON.stringify({ gdcloudShare: id })}\n`;
}

/** Reads a marker; absent when the text is no marker. */
export function parseShareMarker(text: string): ResourceUuid | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null || !('gdcloudShare' in parsed))
    return undefined;
  return typeof parsed.gdcloudShare === 'string' ? parseUuid(parsed.gdcloudShare) : undefined;
}
