import { RequestError } from '@gdcloud/core';
import Negotiator from 'negotiator';
import { EventStream } from '../events/event-stream.js';
import { includeOf, listenRequestOf } from '../events/listen-request.js';
import { LimitRefusal } from '../limits/limit-refusal.js';
import type { ApiRequest } from '../request/api-request.js';
import type { Answer } from '../response/api-response.js';
import { MethodRefusal } from '../response/method-refusal.js';
import type { Visit } from './visit.js';

const EVENT_STREAM = 'text/event-stream';
/** When to ask again for whom there is no room; milliseconds. */
const RETRY_AFTER = 30_000;

/** Whether a path is that of the change feed: what it answers is neither JSON nor a page. */
export function isEventsPath([version, name, ...more]: readonly string[]): boolean {
  return version?.toLowerCase() === 'v1' && name?.toLowerCase() === 'events' && more.length === 0;
}

/**
 * `GET /v1/events`: changes as they happen, as server-sent events; for a browser that wants a page, how to listen.
 * Throws RequestError, PortUnavailable.
 */
export async function visitEvents(visit: Visit): Promise<Answer> {
  const { site, request, caller, root, method } = visit;
  const { feed } = site;
  if (feed === undefined) throw new RequestError('NotFound', 'there is nothing at this path');
  if (method !== 'GET') throw new MethodRefusal(method, ['GET', 'HEAD']);
  if (wantsPage(request)) return page(root);
  if (!takesEvents(request))
    throw new RequestError('NotAcceptable', `answers are ${EVENT_STREAM}`, {
      detail: `Accept ${EVENT_STREAM}.`,
    });
  const include = includeOf(visit);
  const wanted = await listenRequestOf(visit);
  try {
    const listening = await feed.listen(caller, wanted);
    return {
      status: 200,
      headers: {
        'content-type': EVENT_STREAM,
        // A proxy that gathers what it passes on would keep events back.
        'x-accel-buffering': 'no',
      },
      body: '',
      live: new EventStream({ site, caller, root, include }, listening),
    };
  } catch (thrown) {
    if (thrown instanceof RequestError && thrown.code === 'TooManyStreams')
      throw new LimitRefusal(thrown.code, 'streams', thrown.message, { afterMs: RETRY_AFTER });
    throw thrown;
  }
}

function takesEvents(request: ApiRequest): boolean {
  const accept = request.header('accept');
  if (accept === undefined || accept === '') return true;
  return new Negotiator({ headers: { accept } }).mediaTypes([EVENT_STREAM]).length > 0;
}

// A page's script that fetches takes anything, and names no kind of page.
function wantsPage(request: ApiRequest): boolean {
  const accept = request.header('accept')?.toLowerCase() ?? '';
  return accept.includes('text/html') && !accept.includes(EVENT_STREAM);
}

function page(root: string): Answer {
  return {
    status: 200,
    body: {
      id: 'events',
      type: 'events',
      description:
        'Changes as they happen, as server-sent events: curl -N -u "$ACCESS_KEY:$SECRET_KEY" of this URL, or an EventSource. With resourceType, resourceId, include=resource, and after to go on where you were.',
      links: { self: `${root}/events`, root, openapi: `${root}/openapi.json` },
      actions: {},
    },
  };
}
