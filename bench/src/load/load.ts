import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { Connection } from './connection.js';

/** A system that starts servers, as its clients see it. */
export interface Target {
  readonly port: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Where servers are asked for, and read below it by id. */
  readonly path: string;
  /** The form that asks for one. */
  readonly form: (index: number) => string;
}

/** How much to ask for. */
export interface LoadOptions {
  readonly clients: number;
  readonly servers: number;
  /** How long any server may take; milliseconds. */
  readonly patienceMs?: number | undefined;
  /** Between looks at a server; {@link CLOSE_LOOKS} by default. */
  readonly looks?: Looks | undefined;
}

/** What came of it. */
export interface LoadResult {
  readonly seconds: number;
  /** From the request to the first answer that said `running`, a server each; milliseconds. */
  readonly latencies: readonly number[];
  /** How many servers did not run in time. */
  readonly late: number;
  readonly polls: number;
}

/** How long a client pauses before each look at its server: longer by a half each time, from first to last. */
export interface Looks {
  readonly firstMs: number;
  readonly lastMs: number;
}

/** For latencies that count in milliseconds. */
const CLOSE_LOOKS: Looks = { firstMs: 1, lastMs: 20 };

/** Starts servers, so many at a time: each client asks for one, looks until it runs, and asks for the next. */
export async function runLoad(target: Target, options: LoadOptions): Promise<LoadResult> {
  const { clients, servers, patienceMs = 60_000, looks = CLOSE_LOOKS } = options;
  const connections = await Promise.all(
    Array.from({ length: clients }, () => Connection.open(target.port, target.headers)),
  );
  const latencies: number[] = [];
  let next = 0;
  let polls = 0;
  let late = 0;
  const began = performance.now();
  await Promise.all(
    connections.map(async (connection) => {
      while (next < servers) {
        const index = next++;
        const asked = performance.now();
        const path = await ask(connection, target, index);
        let state = '';
        for (let wait = looks.firstMs; state !== 'running'; wait = longer(wait, looks)) {
          if (performance.now() - asked > patienceMs) break;
          await pause(wait);
          polls += 1;
          state = stateOf((await connection.get(path)).body);
        }
        if (state === 'running') latencies.push(performance.now() - asked);
        else late += 1;
      }
    }),
  );
  const seconds = (performance.now() - began) / 1000;
  for (const connection of connections) connection[Symbol.dispose]();
  return { seconds, latencies, late, polls };
}

function longer(wait: number, { lastMs }: Looks): number {
  return Math.min(wait * 1.5, lastMs);
}

async function ask(connection: Connection, target: Target, index: number): Promise<string> {
  const { status, body } = await connection.post(target.path, target.form(index));
  if (status !== 201 && status !== 202)
    throw new Error(`a request for a server: ${status} ${body}`);
  const { id } = JSON.parse(body) as { readonly id: string };
  return `${target.path}/${id}`;
}

function stateOf(body: string): string {
  return (JSON.parse(body) as { readonly state: string }).state;
}
