import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { ByteReader } from './byte-reader.js';
import {
  decodeFormat,
  encodeFormat,
  encodePixel,
  NATURAL,
  type PixelFormat,
} from './pixel-format.js';

/** What a screen shows. */
export interface Screen {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  /** Red, green and blue, 0–255 each. */
  readonly colour: readonly [number, number, number];
}

const VERSION = Buffer.from('RFB 003.008\n');
const NO_SECURITY = 1;
/** More than anybody pastes. */
const LARGEST_TEXT = 2 ** 20;

/** Bytes of the messages of a client that have one length, their type included (RFC 6143 section 7.5). */
const LENGTHS: ReadonlyMap<number, number> = new Map([
  [0, 20],
  [2, 4],
  [3, 10],
  [4, 8],
  [5, 6],
  [6, 8],
]);

/**
 * Serves one client a screen of one colour by RFB 3.8 (RFC 6143), without security, as a hypervisor's console does. What
 * is typed and pointed at is taken and means nothing. Ends when the client does, or says what no client may say.
 */
export async function serveScreen(stream: Duplex, screen: Screen): Promise<void> {
  const reader = new ByteReader(stream);
  try {
    if (await greet(stream, reader, screen)) await converse(stream, reader, screen);
  } catch {
    // A connection that breaks is one that ends.
  } finally {
    stream.destroy();
  }
}

/** The colour that a VM's screen has: a different one for almost every name, the same for the same. */
export function colourOf(name: string): Screen['colour'] {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(name)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return [hash & 255, (hash >>> 8) & 255, (hash >>> 16) & 255];
}

async function greet(stream: Duplex, reader: ByteReader, screen: Screen): Promise<boolean> {
  await send(stream, VERSION);
  const version = (await reader.read(VERSION.length))?.toString('latin1');
  if (version === 'RFB 003.003\n') {
    await send(stream, Buffer.from([0, 0, 0, NO_SECURITY]));
  } else if (version === 'RFB 003.007\n' || version === 'RFB 003.008\n') {
    await send(stream, Buffer.from([1, NO_SECURITY]));
    const chosen = await reader.read(1);
    if (chosen?.[0] !== NO_SECURITY) return false;
    if (version === 'RFB 003.008\n') await send(stream, Buffer.alloc(4));
  } else {
    return false;
  }
  if ((await reader.read(1)) === undefined) return false;
  const name = Buffer.from(screen.name);
  const size = Buffer.alloc(4);
  size.writeUInt16BE(screen.width, 0);
  size.writeUInt16BE(screen.height, 2);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(name.length);
  await send(stream, Buffer.concat([size, encodeFormat(NATURAL), length, name]));
  return true;
}

async function converse(stream: Duplex, reader: ByteReader, screen: Screen): Promise<void> {
  let format: PixelFormat | undefined = NATURAL;
  let shown: 'yes' | 'no' = 'no';
  for (;;) {
    const type = (await reader.read(1))?.[0];
    const rest = LENGTHS.get(type ?? -1);
    if (type === undefined || rest === undefined) return;
    const body = await reader.read(rest - 1);
    if (body === undefined) return;
    if (type === 0) {
      format = decodeFormat(body.subarray(3));
      shown = 'no';
      if (format === undefined) return;
    } else if (type === 2) {
      if ((await reader.read(4 * body.readUInt16BE(1))) === undefined) return;
    } else if (type === 6) {
      const length = body.readUInt32BE(3);
      if (length > LARGEST_TEXT || (await reader.read(length)) === undefined) return;
    } else if (type === 3 && (body[0] === 0 || shown === 'no')) {
      // What nobody changes is sent once; a client that asks for changes waits.
      await send(stream, update(screen, format, body));
      shown = 'yes';
    }
  }
}

function update(screen: Screen, format: PixelFormat, request: Buffer): Buffer {
  const left = Math.min(request.readUInt16BE(1), screen.width);
  const top = Math.min(request.readUInt16BE(3), screen.height);
  const width = Math.min(request.readUInt16BE(5), screen.width - left);
  const height = Math.min(request.readUInt16BE(7), screen.height - top);
  const head = Buffer.alloc(16);
  head.writeUInt16BE(1, 2);
  [left, top, width, height].forEach((number, index) => {
    head.writeUInt16BE(number, 4 + 2 * index);
  });
  const pixel = encodePixel(format, screen.colour);
  return Buffer.concat([head, Buffer.alloc(width * height * pixel.length, pixel)]);
}

async function send(stream: Duplex, bytes: Buffer): Promise<void> {
  if (stream.destroyed) throw new Error('the client is gone');
  if (!stream.write(bytes)) await once(stream, 'drain');
}
