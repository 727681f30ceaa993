import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { withFolder } from '../measure.js';
import { ServerProcess } from '../process/server-process.js';
import { figure } from '../report/figure.js';
import type { HttpPart } from './http-part.js';
import { preparedCloud } from './prepared-cloud.js';

/** Opened before the first look, so that what a server takes once is not counted. */
const FIRST = 100;
/** How many are being opened at a time. */
const AT_ONCE = 50;
/** Long enough for every stream to be told twice that nothing happened; milliseconds. */
const WHILE = 31_000;
/** What one stream may take, in kB (issue 8). */
const MOST = 20;

/** What idle streams of events cost the server. */
export interface StreamCost {
  readonly bytesPerStream: number;
  readonly openedPerSecond: number;
}

/**
 * Opens `count` streams of events of a server on a port of the loopback, lets them be idle for half a minute, and closes
 * them. `memoryMb` says what memory the server has. Nothing collects garbage but the server itself.
 */
export async function idleStreams(
  server: { readonly port: number; memoryMb(): Promise<number> },
  headers: Readonly<Record<string, string>>,
  count: number,
): Promise<StreamCost> {
  const streams = await openStreams(server.port, headers, FIRST);
  try {
    const before = await server.memoryMb();
    const began = performance.now();
    streams.push(...(await openStreams(server.port, headers, count)));
    const seconds = (performance.now() - began) / 1_000;
    await pause(WHILE);
    const after = await server.memoryMb();
    return {
      bytesPerStream: ((after - before) * 1024 * 1024) / count,
      openedPerSecond: count / seconds,
    };
  } finally {
    for (const stream of streams) stream.destroy();
  }
}

/** The part of the benchmark. */
export const streams: HttpPart = {
  name: 'streams',
  what: 'memory of idle streams of events',
  measure: ({ folder: parent, streams: count, tell }) =>
    withFolder(parent, async (folder) => {
      const { file, headers } = await preparedCloud(folder, 10);
      const server = await ServerProcess.start('http/streams-server.js', ['--file', file]);
      try {
        const { bytesPerStream, openedPerSecond } = await idleStreams(server, headers, count);
        tell(`${count} streams, ${bytesPerStream.toFixed(0)} bytes each`);
        return [
          figure(`memory of an idle stream, of ${count}`, bytesPerStream / 1_000, 'kB', {
            most: MOST,
          }),
          figure('streams opened', openedPerSecond, '1/s'),
        ];
      } finally {
        await server[Symbol.asyncDispose]();
      }
    }),
};

async function openStreams(
  port: number,
  headers: Readonly<Record<string, string>>,
  count: number,
): Promise<Socket[]> {
  const opened: Socket[] = [];
  while (opened.length < count) {
    const some = Math.min(AT_ONCE, count - opened.length);
    opened.push(
      ...(await Promise.all(Array.from({ length: some }, () => openStream(port, headers)))),
    );
  }
  return opened;
}

async function openStream(
  port: number,
  headers: Readonly<Record<string, string>>,
): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(
    `GET /v1/events HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\naccept: text/event-stream\r\n${lines.join('')}\r\n`,
  );
  const [head] = (await once(socket, 'data')) as [Buffer];
  if (!head.toString('latin1').startsWith('HTTP/1.1 200 '))
    throw new Error(`a stream was not opened: ${head.toString('latin1').slice(0, 200)}`);
  socket.resume();
  return socket;
}
