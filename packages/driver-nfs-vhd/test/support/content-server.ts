import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server of one content, and how it misbehaves. */
export interface ContentServer {
  readonly url: string;
  readonly requests: readonly { readonly range: string | undefined; readonly url: string }[];
  content: Buffer;
  etag: string | undefined;
  /** Bytes after which each connection is cut; none cut where undefined. */
  cutAfter: number | undefined;
  ranges: 'yes' | 'no';
  length: 'said' | 'unsaid';
  /** Answers in place of the content. */
  answer: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
  close(): Promise<void>;
}

/** Starts a server on loopback. */
export async function contentServer(content: Buffer): Promise<ContentServer> {
  const requests: { range: string | undefined; url: string }[] = [];
  const server = createServer((request, response) => {
    requests.push({ range: request.headers.range, url: request.url ?? '' });
    if (served.answer?.(request, response) === true) return;
    serve(served, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const served: ContentServer = {
    url: `http://127.0.0.1:${port}/disk.raw`,
    requests,
    content,
    etag: '"one"',
    cutAfter: undefined,
    ranges: 'yes',
    length: 'said',
    answer: undefined,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return served;
}

function serve(
  { content, etag, cutAfter, ranges, length }: ContentServer,
  { headers }: IncomingMessage,
  response: ServerResponse,
): void {
  const isSame = headers['if-range'] === undefined || headers['if-range'] === etag;
  const asked = /^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1];
  const from = ranges === 'yes' && isSame && asked !== undefined ? Number(asked) : 0;
  if (etag !== undefined) response.setHeader('etag', etag);
  if (length === 'said') response.setHeader('content-length', content.byteLength - from);
  if (from > 0)
    response.setHeader(
      'content-range',
      `bytes ${from}-${content.byteLength - 1}/${content.byteLength}`,
    );
  response.writeHead(from > 0 ? 206 : 200);
  if (cutAfter === undefined) {
    response.end(content.subarray(from));
    return;
  }
  response.write(content.subarray(from, from + cutAfter), () => response.destroy());
}
