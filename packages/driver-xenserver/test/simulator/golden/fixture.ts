import { startSimulator } from '@gdcloud/driver-xenserver/simulator';
import type { Line } from './line.js';
import { overHttp } from './over-http.js';

/** Runs `work` on a simulated pool of its own that listens on a port, which is the recordings' fresh host. */
export async function withFixture<Result>(
  fixture: 'bare' | 'base',
  work: (line: Line) => Promise<Result>,
): Promise<Result> {
  const simulator = await startSimulator({ fixture });
  try {
    return await work(overHttp(simulator.url));
  } finally {
    await simulator.close();
  }
}
