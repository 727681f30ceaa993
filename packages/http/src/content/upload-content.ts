import {
  type BroughtContent,
  type ContentFormat,
  RequestError,
  type Resource,
} from '@gdcloud/core';
import type { ApiRequest } from '../request/api-request.js';
import { WireFault } from '../response/wire-fault.js';
import { TransferRefusal } from './transfer-refusal.js';
import type { Transfers } from './transfers.js';
import { digestField, lengthField } from './upload-fields.js';

/** What bytes may be sent as: that of the IETF's draft, that of tus, and what says nothing. */
const TYPES = /^(application\/(partial-upload|offset\+octet-stream|octet-stream))?\s*(;|$)/i;

/** How much of a body is read after it was refused. */
const MOST_SWALLOWED = 16 * 1024 * 1024;

/** What is to be brought. */
export interface Upload {
  readonly transfers: Transfers;
  readonly request: ApiRequest;
  readonly resource: Resource;
  /** What the whole is said to be, where the resource does not say it itself. */
  readonly format: ContentFormat;
}

/** Takes the whole content (`PUT`), or what follows on that of `Upload-Offset` (`PATCH`). Tells how far it is now. */
export async function uploadContent(upload: Upload): Promise<BroughtContent> {
  const { transfers, request, resource, format } = upload;
  const from = request.method === 'PUT' ? 0 : offsetOf(request);
  if (request.header('content-range') !== undefined)
    throw new RequestError('InvalidBodyContent', 'parts are sent by PATCH with Upload-Offset');
  if (request.header('content-encoding') !== undefined)
    throw new RequestError('UnsupportedMediaType', 'content is sent as it is, not encoded');
  if (request.method === 'PATCH' && !TYPES.test(request.header('content-type') ?? ''))
    throw new RequestError('UnsupportedMediaType', 'parts are sent as application/partial-upload');
  const length = lengthField(request, 'content-length');
  const said = lengthField(request, 'upload-length');
  const whole = request.method === 'PUT' ? length : undefined;
  const sha256 = digestField(request);
  const part = {
    from,
    format,
    ...(said === undefined && whole === undefined ? {} : { totalBytes: said ?? whole }),
    ...(sha256 === undefined ? {} : { sha256 }),
  };
  const { signal } = new AbortController();
  let broke: unknown;
  const chunks = told(transfers.paced(transfers.alive(request.body)), (thrown) => {
    broke = thrown;
  });
  try {
    return await transfers.contents.receive(resource, part, chunks, { signal });
  } catch (thrown) {
    // What came is kept; that no more did is no fault of the share.
    if (broke !== undefined)
      throw new WireFault('BadRequest', 'the body broke off', { cause: broke });
    throw await refused(upload, thrown);
  }
}

/** How far an upload is, as headers. */
export function uploadHeaders({
  receivedBytes,
  totalBytes,
  id,
  next,
}: BroughtContent): Readonly<Record<string, string>> {
  return {
    'upload-offset': String(receivedBytes),
    // Not before it was asked for what is to become of it: a PATCH with nothing more does that too.
    'upload-complete': receivedBytes === totalBytes && next === undefined ? '?1' : '?0',
    ...(id === undefined ? {} : { 'upload-id': id }),
    ...(totalBytes === undefined ? {} : { 'upload-length': String(totalBytes) }),
  };
}

function offsetOf(request: ApiRequest): number {
  const offset = lengthField(request, 'upload-offset');
  if (offset !== undefined) return offset;
  throw new RequestError('InvalidBodyContent', 'say with Upload-Offset where the part goes on');
}

async function* told(
  chunks: AsyncIterable<Uint8Array>,
  tell: (thrown: unknown) => void,
): AsyncGenerator<Uint8Array, void, void> {
  try {
    yield* chunks;
  } catch (thrown) {
    tell(thrown);
    throw thrown;
  }
}

/**
 * Reads on for a while what nobody wants: a client that is still sending would see a reset in place of the answer. Never
 * throws.
 */
export async function swallow(request: ApiRequest, transfers: Transfers): Promise<void> {
  let swallowed = 0;
  try {
    for await (const chunk of transfers.alive(request.body)) {
      swallowed += chunk.byteLength;
      if (swallowed > MOST_SWALLOWED) break;
    }
  } catch {
    // It broke off: nobody reads the answer either.
  }
}

// Part of the body may still be under way, and who sends it wants to know where to go on.
async function refused({ transfers, resource }: Upload, thrown: unknown): Promise<unknown> {
  if (!(thrown instanceof RequestError)) return thrown;
  const { signal } = new AbortController();
  const received = await transfers.contents.received(resource, { signal }).catch(() => undefined);
  return new TransferRefusal(
    thrown.code,
    thrown.message,
    { connection: 'close', ...(received === undefined ? {} : uploadHeaders(received)) },
    { detail: thrown.detail, cause: thrown },
  );
}
