import type { ServerResponse } from 'node:http';
import type { ApiResponse } from '../response/api-response.js';

/** Sends a response. Does nothing when the client is gone or something else has answered already. */
export function send(response: ServerResponse, { status, headers, body }: ApiResponse): void {
  if (response.headersSent || response.destroyed) return;
  const sendable = response.req.httpVersionMajor > 1 ? withoutConnection(headers) : headers;
  response.writeHead(status, sendable).end(body);
}

// HTTP/2 has no such header and refuses to send it.
function withoutConnection(headers: ApiResponse['headers']): ApiResponse['headers'] {
  const { connection, ...sendable } = headers;
  return connection === undefined ? headers : sendable;
}
