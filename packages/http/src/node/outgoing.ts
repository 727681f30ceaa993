import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { AnswerStream, ApiResponse } from '../response/api-response.js';

/**
 * Sends a response. Does nothing when the client is gone or something else has answered already. Bytes are sent as fast
 * as the client takes them; where they fail in the middle the connection ends, so that nobody takes a part for all.
 */
export async function send(response: ServerResponse, answer: ApiResponse): Promise<void> {
  const { status, headers, body, stream } = answer;
  try {
    if (response.headersSent || response.destroyed) return;
    const sendable = response.req.httpVersionMajor > 1 ? withoutConnection(headers) : headers;
    response.writeHead(status, sendable);
    if (stream === undefined || response.req.method === 'HEAD') response.end(body);
    else await carry(response, stream);
  } finally {
    await stream?.close();
  }
}

async function carry(response: ServerResponse, { chunks, idleMs }: AnswerStream): Promise<void> {
  // The first bytes may take a while, and who waits for them sees that they will come.
  response.flushHeaders();
  response.setTimeout(idleMs, () => response.destroy());
  await pipeline(Readable.from(chunks, { objectMode: false }), response);
}

// HTTP/2 has no such header and refuses to send it.
function withoutConnection(headers: ApiResponse['headers']): ApiResponse['headers'] {
  const { connection, ...sendable } = headers;
  return connection === undefined ? headers : sendable;
}
