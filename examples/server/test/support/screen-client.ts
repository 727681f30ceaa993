import { WebSocket } from 'ws';

/** What a console showed. */
export interface Shown {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  /** The first pixel, as it came: blue, green, red, nothing. */
  readonly pixel: readonly number[];
  /** Whether every other pixel is like it. */
  readonly plain: 'yes' | 'no';
}

/** A client of RFB in a WebSocket, as noVNC is one. */
export interface ScreenClient {
  /** Asks for the whole screen. */
  look(): Promise<Shown>;
  type(key: number): void;
  /** Resolves when the connection has ended, with the code of the WebSocket. */
  readonly closed: Promise<number>;
  close(): void;
}

/** Opens a console by its URL and greets. Rejects when it is not let in, with the HTTP status. */
export async function openScreen(url: string): Promise<ScreenClient> {
  const socket = new WebSocket(url, 'binary');
  const pieces: Buffer[] = [];
  let wake = (): void => undefined;
  let gone: Error | undefined;
  socket.on('message', (data) => {
    pieces.push(data);
    wake();
  });
  const closed = new Promise<number>((resolve) => {
    socket.on('close', (code) => {
      gone = new Error(`closed with ${code}`);
      wake();
      resolve(code);
    });
  });
  socket.on('error', () => undefined);
  await new Promise<void>((resolve, reject) => {
    socket.on('open', resolve);
    socket.on('unexpected-response', (_request, response) => {
      reject(new Error(`refused with ${response.statusCode}`));
      socket.terminate();
    });
  });
  const read = async (count: number): Promise<Buffer> => {
    let held = Buffer.concat(pieces);
    while (held.length < count) {
      if (gone !== undefined) throw gone;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
      held = Buffer.concat(pieces);
    }
    pieces.length = 0;
    pieces.push(held.subarray(count));
    return held.subarray(0, count);
  };

  const version = await read(12);
  if (version.toString() !== 'RFB 003.008\n') throw new Error(`version ${version.toString()}`);
  socket.send(version);
  const [count = 0] = await read(1);
  if (!(await read(count)).includes(1)) throw new Error('the server wants security');
  socket.send(Buffer.from([1]));
  if ((await read(4)).readUInt32BE() !== 0) throw new Error('not let in');
  socket.send(Buffer.from([1]));
  const [width, height] = [(await read(2)).readUInt16BE(), (await read(2)).readUInt16BE()];
  await read(16);
  const name = (await read((await read(4)).readUInt32BE())).toString();
  const encodings = Buffer.from([2, 0, 0, 1, 0, 0, 0, 0]);
  socket.send(encodings);
  return {
    closed,
    close: () => socket.close(),
    type: (key) => {
      const event = Buffer.alloc(8);
      event.set([4, 1]);
      event.writeUInt32BE(key, 4);
      socket.send(event);
    },
    look: async () => {
      const request = Buffer.alloc(10);
      request[0] = 3;
      request.writeUInt16BE(width, 6);
      request.writeUInt16BE(height, 8);
      socket.send(request);
      const head = await read(16);
      if (head[0] !== 0 || head.readUInt16BE(2) !== 1)
        throw new Error('no update of one rectangle');
      const pixels = await read(4 * width * height);
      const first = pixels.subarray(0, 4);
      const plain = pixels.equals(Buffer.alloc(pixels.length, first)) ? 'yes' : 'no';
      return { name, width, height, pixel: [...first], plain };
    },
  };
}
