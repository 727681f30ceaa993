import type { Duplex } from 'node:stream';

/** Why a WebSocket is not opened. One answer for every ticket that opens nothing: it says not why. */
export type Refusal = 'BadRequest' | 'Forbidden' | 'NotFound' | 'Unavailable';

const ANSWERS: Readonly<Record<Refusal, readonly [number, string, string]>> = {
  BadRequest: [400, 'Bad Request', 'a console is opened by a WebSocket of subprotocol binary'],
  Forbidden: [403, 'Forbidden', 'this opens nothing: ask for the action console again'],
  NotFound: [404, 'Not Found', 'there is nothing at this path'],
  Unavailable: [503, 'Service Unavailable', 'the console can not be opened now: ask for another'],
};

/** Answers an upgrade with an error body of the API family, and hangs up. */
export function refuse(socket: Duplex, refusal: Refusal): void {
  if (socket.destroyed) return;
  const [status, reason, message] = ANSWERS[refusal];
  const body = JSON.stringify({ type: 'error', status, code: refusal, message });
  socket.end(
    [
      `HTTP/1.1 ${status} ${reason}`,
      'content-type: application/json; charset=utf-8',
      `content-length: ${Buffer.byteLength(body)}`,
      'cache-control: no-store, private',
      'connection: close',
      '',
      body,
    ].join('\r\n'),
  );
}
