import type { Duplex } from 'node:stream';
import type { Pool } from '../pool.js';
import { openScreen } from './open-screen.js';

const REASONS = { 200: 'OK', 401: 'Unauthorised', 404: 'Not Found' } as const;

/** A CONNECT as it arrives. */
export interface Connection {
  readonly target: string;
  readonly socket: Duplex;
  /** What came along with the request. */
  readonly head: Buffer;
}

/** Answers CONNECT: what it asks for is a screen, or is not there. */
export function answerConnect(pool: Pool, { target, socket, head }: Connection): void {
  socket.on('error', () => undefined);
  const opened = URL.canParse(target, 'http://pool.invalid')
    ? openScreen(pool, target)
    : ({ status: 404 } as const);
  const line = `HTTP/1.1 ${opened.status} ${REASONS[opened.status]}\r\n`;
  if (opened.status !== 200) {
    socket.end(`${line}content-length: 0\r\nconnection: close\r\n\r\n`);
    return;
  }
  socket.write(`${line}connection: keep-alive\r\ncache-control: no-cache, no-store\r\n\r\n`);
  if (head.length > 0) socket.unshift(head);
  opened.serve(socket);
}
