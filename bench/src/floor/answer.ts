import type { ServerResponse } from 'node:http';

/** Answers with JSON, in no more steps than that takes. */
export function answer(response: ServerResponse, status: number, body: object): void {
  const json = JSON.stringify(body);
  response
    .writeHead(status, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(json),
    })
    .end(json);
}
