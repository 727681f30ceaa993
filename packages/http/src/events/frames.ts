import type { ByeReason, FeedNotice, JsonObject, ResourceChange } from '@gdcloud/core';
import { isoSeconds } from '../render/moment.js';
import { resourceUrl } from '../render/urls.js';

/** How long a browser waits before it connects again; milliseconds. */
const RETRY = 2_000;

/** The first frame: how long to wait before connecting again, and where the stream begins. */
export function readyFrame(position: string): string {
  return `retry: ${RETRY}\n${frame('ready', position, { type: 'ready', position })}`;
}

/** A change. `resource` is embedded where it is given: null for one that the caller does not see any more. */
export function changeFrame(
  change: ResourceChange,
  position: string,
  root: string,
  resource?: JsonObject | null,
): string {
  return frame('change', position, {
    type: 'change',
    id: position,
    time: isoSeconds(change.at),
    timeTS: change.at,
    resourceType: change.type.id,
    resourceId: change.id,
    resourceUuid: change.uuid,
    accountId: change.accountId,
    generation: change.generation,
    state: change.state,
    transitioning: change.transitioning,
    removed: change.removed === null ? null : isoSeconds(change.removed),
    ...(change.removed === null ? {} : { removedTS: change.removed }),
    events: change.events.map(({ at, what, why, result }) => ({
      what,
      why,
      result,
      time: isoSeconds(at),
      timeTS: at,
    })),
    links: { resource: resourceUrl(root, change.type, change.id) },
    ...(resource === undefined ? {} : { resource }),
  });
}

/** What changed before is not known any more: list again. */
export function resetFrame({ reason, position }: FeedNotice & { readonly kind: 'reset' }): string {
  return frame('reset', position, { type: 'reset', reason, position });
}

/** Nothing happened. Without data nobody is told of it, but the position is remembered for the next connection. */
export function stillFrame(position: string): string {
  return `: keep-alive\nid: ${position}\n\n`;
}

/** The last frame. Without an id: the position stays what it was. */
export function byeFrame(reason: ByeReason): string {
  return `event: bye\ndata: ${JSON.stringify({ type: 'bye', reason })}\n\n`;
}

function frame(event: string, position: string, data: JsonObject): string {
  return `event: ${event}\nid: ${position}\ndata: ${JSON.stringify(data)}\n\n`;
}
