import type { ContentFormat, OpenContent, Resource } from '@gdcloud/core';
import type { ApiRequest } from '../request/api-request.js';
import type { Answer, AnswerStream } from '../response/api-response.js';
import { byteRangeOf } from './byte-range.js';
import { TransferRefusal } from './transfer-refusal.js';
import type { Transfers } from './transfers.js';

/** What is to be taken out. */
export interface Download {
  readonly transfers: Transfers;
  readonly request: ApiRequest;
  readonly resource: Resource;
  readonly format: ContentFormat;
  /** Called once the transfer is over. */
  readonly ended: () => void;
}

/** Answers with the bytes of a disk, or with the range of them that is asked for. */
export async function downloadContent(download: Download): Promise<Answer> {
  const { transfers, resource, format, ended } = download;
  const gone = new AbortController();
  let content: OpenContent;
  try {
    content = await transfers.contents.open(resource, format, { signal: gone.signal });
  } catch (thrown) {
    ended();
    throw thrown;
  }
  const close = async (): Promise<void> => {
    gone.abort();
    ended();
    await content.close();
  };
  try {
    return answerOf(download, content, { gone: gone.signal, close });
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

interface Ending {
  readonly gone: AbortSignal;
  readonly close: () => Promise<void>;
}

function answerOf(
  { transfers, request, resource, format }: Download,
  content: OpenContent,
  { gone, close }: Ending,
): Answer {
  const etag = `"${content.tag}"`;
  const { sizeBytes } = content;
  const ending = format === 'raw' ? 'raw' : 'vhd';
  const headers = {
    'content-type': 'application/octet-stream',
    'content-disposition': `attachment; filename="${resource.type}-${resource.id}.${ending}"`,
    'accept-ranges': 'bytes',
    etag,
  };
  const stream = (start: number, end: number): AnswerStream => ({
    chunks: transfers.paced(content.stream(start, end, gone)),
    idleMs: transfers.limits.idleMs,
    close,
  });
  const known = request.header('if-none-match');
  if (known?.split(',').some((tag) => tag.trim() === etag) === true)
    return { status: 304, headers: { etag }, body: '', stream: nothing(close) };
  const same = request.header('if-range');
  const wanted = same === undefined || same.trim() === etag ? request.header('range') : undefined;
  const range = byteRangeOf(wanted, sizeBytes);
  if (range.kind === 'unsatisfiable')
    throw new TransferRefusal('RangeNotSatisfiable', `there are ${sizeBytes} bytes`, {
      'content-range': `bytes */${sizeBytes}`,
    });
  const { start, end } = range.kind === 'all' ? { start: 0, end: sizeBytes } : range;
  const sent = { ...headers, 'content-length': String(end - start) };
  return range.kind === 'all'
    ? { status: 200, headers: sent, body: '', stream: stream(start, end) }
    : {
        status: 206,
        headers: { ...sent, 'content-range': `bytes ${start}-${end - 1}/${sizeBytes}` },
        body: '',
        stream: stream(start, end),
      };
}

function nothing(close: () => Promise<void>): AnswerStream {
  return { chunks: (async function* () {})(), idleMs: 1_000, close };
}
