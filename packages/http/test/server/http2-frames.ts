import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Test } from 'tap';

/** Types of frames (RFC 9113, 6). */
export const FRAME = {
  headers: 1,
  reset: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  continuation: 9,
} as const;

/** Flags of frames. */
export const FLAG = { none: 0, endStream: 1, endHeaders: 4 } as const;

/** GET / in the static table of HPACK, with a host `h`. */
export const GET: Buffer = Buffer.from([0x82, 0x84, 0x86, 0x41, 0x01, 0x68]);

/** A frame as it came. */
export interface Frame {
  readonly type: number;
  readonly stream: number;
  readonly payload: Buffer;
}

/** A frame in bytes. */
export function frame(type: number, flags: number, stream: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.byteLength, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** Speaks HTTP/2 to a server by hand: what no client would send. */
export interface Speaker {
  readonly socket: Socket;
  /** All frames that have come. */
  readonly frames: readonly Frame[];
  send(...frames: readonly Buffer[]): void;
  /** Resolves once such a frame has come, or the connection is over. */
  until(there: (frame: Frame) => boolean): Promise<Frame | undefined>;
  /** Resolves when the connection is over. */
  readonly over: Promise<unknown>;
}

/** Connects, and greets as clients do. One that is `half open` does not hang up when the server does. */
export async function speaker(
  t: Test,
  port: number,
  manner: 'polite' | 'half open' = 'polite',
): Promise<Speaker> {
  const options = { port, host: '127.0.0.1', allowHalfOpen: manner === 'half open' };
  const socket = connect(options).on('error', () => undefined);
  t.teardown(() => socket.destroy());
  const frames: Frame[] = [];
  let held = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    held = Buffer.concat([held, chunk]);
    while (held.length >= 9 && held.length >= 9 + held.readUIntBE(0, 3)) {
      const length = held.readUIntBE(0, 3);
      const payload = Buffer.from(held.subarray(9, 9 + length));
      frames.push({ type: held.readUInt8(3), stream: held.readUInt32BE(5), payload });
      held = held.subarray(9 + length);
    }
    socket.emit('frames');
  });
  const over = once(socket, 'close').then(() => socket.emit('frames'));
  await once(socket, 'connect');
  socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
  socket.write(frame(FRAME.settings, FLAG.none, 0, Buffer.alloc(0)));
  return {
    socket,
    frames,
    over,
    send: (...more) => {
      if (!socket.destroyed) socket.write(Buffer.concat(more));
    },
    until: async (there) => {
      for (;;) {
        const found = frames.find(there);
        if (found !== undefined || socket.destroyed) return found;
        await once(socket, 'frames');
      }
    },
  };
}

/** Why a server says that a session is over; undefined where it did not. */
export function goawayCode(frames: readonly Frame[]): number | undefined {
  return frames.find(({ type }) => type === FRAME.goaway)?.payload.readUInt32BE(4);
}
