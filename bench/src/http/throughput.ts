import { performance } from 'node:perf_hooks';
import { Connection } from '../load/connection.js';
import type { ServerProcess } from '../process/server-process.js';

/** What a burst of requests showed. */
export interface Burst {
  readonly perSecond: number;
  /** Of the server's process, a request. */
  readonly cpuMicroseconds: number;
  /** Milliseconds, a request each. */
  readonly latencies: readonly number[];
}

/** One request after the other on each of several connections. */
export interface BurstOptions {
  readonly clients: number;
  readonly requests: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Sends one and checks its answer; `index` counts them all. */
  readonly send: (connection: Connection, index: number) => Promise<void>;
}

/** Sends requests as fast as they are answered. */
export async function burst(server: ServerProcess, options: BurstOptions): Promise<Burst> {
  const { clients, requests, headers, send } = options;
  const connections = await Promise.all(
    Array.from({ length: clients }, () => Connection.open(server.port, headers)),
  );
  const latencies: number[] = [];
  let next = 0;
  const before = await server.usage();
  const began = performance.now();
  await Promise.all(
    connections.map(async (connection) => {
      while (next < requests) {
        const asked = performance.now();
        await send(connection, next++);
        latencies.push(performance.now() - asked);
      }
    }),
  );
  const seconds = (performance.now() - began) / 1000;
  const after = await server.usage();
  for (const connection of connections) connection[Symbol.dispose]();
  return {
    perSecond: requests / seconds,
    cpuMicroseconds: ((after.cpuMs - before.cpuMs) * 1000) / requests,
    latencies,
  };
}

/** Asks for a path and refuses any answer but one. */
export function reads(path: string): BurstOptions['send'] {
  return async (connection) => {
    const { status, body } = await connection.get(path);
    if (status !== 200) throw new Error(`${path}: ${status} ${body}`);
  };
}
