import type { ServerResponse } from 'node:http';
import type { Http2ServerResponse } from 'node:http2';
import type { ApiResponse } from '../response/api-response.js';
import { carry, carryLive } from './carry.js';

/** A response of node:http or, by its compatibility API, of node:http2. */
export type NodeResponse = ServerResponse | Http2ServerResponse;

/**
 * Sends a response. Does nothing when the client is gone or something else has answered already. Bytes are sent as fast
 * as the client takes them; where they fail in the middle the connection ends, so that nobody takes a part for all.
 */
export async function send(response: NodeResponse, answer: ApiResponse): Promise<void> {
  const { status, headers, stream, live } = answer;
  if (response.headersSent || response.writableEnded || isGone(response)) return unsent(answer);
  const isHead = response.req.method === 'HEAD';
  try {
    response.writeHead(
      status,
      response.req.httpVersionMajor > 1 ? withoutConnection(headers) : headers,
    );
  } catch (thrown) {
    await unsent(answer);
    throw thrown;
  }
  if (live !== undefined && !isHead) return carryLive(response, live);
  if (stream !== undefined && !isHead) return carry(response, stream);
  sendWhole(response, answer.bytes ?? answer.body);
  await unsent(answer);
}

// To end with a text makes Node gather it and an empty one, in a call for several: a twentieth of the whole answer’s cost.
function sendWhole(response: NodeResponse, body: string | Uint8Array): void {
  if ('stream' in response || response.socket === null || typeof body !== 'string' || body === '') {
    response.end(body);
    return;
  }
  const { socket } = response;
  socket.cork();
  response.write(body);
  socket.uncork();
  response.end();
}

async function unsent({ stream, live }: ApiResponse): Promise<void> {
  live?.close();
  await stream?.close();
}

function isGone(response: NodeResponse): boolean {
  return response.destroyed || ('stream' in response && response.stream.destroyed);
}

// HTTP/2 has no such header and refuses to send it.
function withoutConnection(headers: ApiResponse['headers']): ApiResponse['headers'] {
  const { connection, ...sendable } = headers;
  return connection === undefined ? headers : sendable;
}
