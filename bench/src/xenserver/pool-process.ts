import { join } from 'node:path';
import { ServerProcess } from '../process/server-process.js';

/** A simulated pool in a process of its own. */
export interface PoolProcess extends AsyncDisposable {
  readonly url: string;
  readonly process: ServerProcess;
}

/** The password of every simulated pool. */
export const PASSWORD = 'secret';

/** How long XAPI collects changes before it tells of them (reference/xenserver.md 1.4); milliseconds. */
const BATCHING = 50;
/** How soon a guest tells of itself after its start: it has to boot first; milliseconds. */
const BOOT = 30_000;

/**
 * Starts a pool that keeps its state below `folder` and whose operations take no time of their own. Events and guests
 * take theirs, as they do not wait for who counts calls.
 */
export async function startPool(folder: string): Promise<PoolProcess> {
  const parameters = [
    '--state',
    join(folder, 'pool'),
    '--latency',
    '0',
    '--batching',
    String(BATCHING),
    '--boot',
    String(BOOT),
  ];
  const process = await ServerProcess.start('host/simulator-host.js', parameters);
  return {
    url: `http://127.0.0.1:${process.port}`,
    process,
    [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
  };
}
