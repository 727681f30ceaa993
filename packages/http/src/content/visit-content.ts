import { type Caller, RequestError, type Resource, type ResourceType } from '@gdcloud/core';
import type { ApiRequest } from '../request/api-request.js';
import { checkCrossSite } from '../request/csrf.js';
import type { Query } from '../request/query.js';
import type { Answer } from '../response/api-response.js';
import { MethodRefusal } from '../response/method-refusal.js';
import { renderOne } from '../routes/rendering.js';
import { isVisible } from '../schema/type-rights.js';
import type { Site } from '../site.js';
import { downloadContent } from './download-content.js';
import { swallow, uploadContent, uploadHeaders } from './upload-content.js';

/** A link that leads to bytes. */
export interface ContentPath {
  readonly type: ResourceType;
  readonly id: string;
  readonly direction: 'download' | 'both';
}

/** One request for bytes of a known caller; its body is not read yet. */
export interface ContentVisit {
  readonly site: Site;
  readonly request: ApiRequest;
  readonly caller: Caller;
  readonly query: Query;
  readonly root: string;
  /** Our own. */
  readonly origin: string;
}

/** Whether a path is that of a link to bytes: `/v1/images/7/content`. */
export function contentPathOf(site: Site, segments: readonly string[]): ContentPath | undefined {
  const [version, plural, id, name, ...more] = segments;
  if (version?.toLowerCase() !== 'v1' || plural === undefined || more.length > 0) return undefined;
  if (id === undefined || name === undefined) return undefined;
  const type = site.types.find(plural);
  const link = Object.entries(type?.links ?? {}).find(
    ([key, { kind }]) => kind === 'content' && key === name.toLowerCase(),
  )?.[1];
  return type === undefined || link?.kind !== 'content'
    ? undefined
    : { type, id, direction: link.direction };
}

/**
 * Takes out or brings the bytes of a resource, which is its account's own business and that of administrators: what
 * everyone may read of an image are not its bytes.
 */
export async function visitContent(visit: ContentVisit, path: ContentPath): Promise<Answer> {
  const { site, request } = visit;
  try {
    return await visitBytes(visit, path);
  } catch (thrown) {
    if (request.method !== 'GET' && request.method !== 'HEAD')
      await swallow(request, site.transfers);
    throw thrown;
  }
}

async function visitBytes(visit: ContentVisit, path: ContentPath): Promise<Answer> {
  const { site, caller, request } = visit;
  const { type, id, direction } = path;
  if (!isVisible(site.resources, caller, type))
    throw new RequestError('NotFound', 'there is nothing at this path');
  const allowed = ['GET', 'HEAD', ...(direction === 'both' ? ['PUT', 'PATCH'] : [])];
  if (!allowed.includes(request.method)) throw new MethodRefusal(request.method, allowed);
  const writes = request.method === 'PUT' || request.method === 'PATCH';
  if (writes) checkCrossSite(request, visit.origin, site.crossOrigin);
  const resource = await site.resources.get(caller, type, id);
  if (caller.kind !== 'admin' && resource.account !== caller.account)
    throw new RequestError(
      'PermissionDenied',
      `${type.id} ${resource.id} belongs to another account`,
    );
  if (writes) return upload(visit, type, resource);
  const format = formatOf(visit.query);
  if (request.method === 'HEAD' && direction === 'both') {
    const standing = await uploadStanding(site, resource);
    if (standing !== undefined) return standing;
  }
  const ended = site.transfers.begin(caller);
  return downloadContent({ transfers: site.transfers, request, resource, format, ended });
}

async function upload(
  visit: ContentVisit,
  type: ResourceType,
  resource: Resource,
): Promise<Answer> {
  const { site, caller, request } = visit;
  if (!site.resources.may(caller, type, 'create'))
    throw new RequestError('PermissionDenied', `this account may not make a ${type.id}`);
  const ended = site.transfers.begin(caller);
  try {
    const { transfers } = site;
    const format = formatOf(visit.query);
    const received = await uploadContent({ transfers, request, resource, format });
    const { next, ...standing } = received;
    const isWhole = standing.receivedBytes === standing.totalBytes;
    const asked = isWhole && next !== undefined;
    const now = asked
      ? await site.resources.act(caller, type, resource.id, next.action, next.input)
      : await site.resources.get(caller, type, resource.id);
    const { body } = await renderOne(visit, type, now);
    return {
      status: 200,
      headers: uploadHeaders(asked ? standing : received),
      body,
      about: type,
    };
  } finally {
    ended();
  }
}

// Whoever wants to go on with an upload asks by HEAD how far it is.
async function uploadStanding(site: Site, resource: Resource): Promise<Answer | undefined> {
  try {
    const { signal } = new AbortController();
    const received = await site.transfers.contents.received(resource, { signal });
    // Of what has content already an upload is told only once one was begun.
    if (received.id === undefined && resource.observedGeneration > 0) return undefined;
    return { status: 204, headers: uploadHeaders(received), body: '' };
  } catch (thrown) {
    if (thrown instanceof RequestError && thrown.code === 'Conflict') return undefined;
    throw thrown;
  }
}

function formatOf(query: Query): 'raw' | 'vhd' {
  const word = query.get('format')?.toLowerCase() ?? 'raw';
  if (word === 'raw' || word === 'vhd') return word;
  throw new RequestError('InvalidQuery', 'format must be raw or vhd', { fieldName: 'format' });
}
