import { ManualClock } from '@gdcloud/core/testing';
import { type SimulatedPool, simulatedPool } from '@gdcloud/driver-xenserver/simulator';
import { seededRandom } from '../../pool-in-process.js';
import type { Line } from './line.js';

/** Runs `work` on a simulated pool in this process whose time passes as fast as it has nothing else to do. */
export async function withVirtualTime<Result>(
  fixture: 'bare' | 'base',
  work: (line: Line) => Promise<Result>,
): Promise<Result> {
  const clock = new ManualClock();
  const pool = simulatedPool({ fixture, clock, random: seededRandom(1) });
  try {
    return await work(lineTo(pool, clock));
  } finally {
    pool.close();
  }
}

/** Carries calls only: what is particular to HTTP is played over HTTP. */
function lineTo(pool: SimulatedPool, clock: ManualClock): Line {
  const wire = pool.connect(pool.url);
  return {
    exchange: async ({ method, path, headers = {}, body = '' }, timeoutMs) => {
      if (method !== 'POST' || path !== '/jsonrpc') throw new Error(`no call: ${method} ${path}`);
      const begun = clock.now();
      const { signal } = new AbortController();
      const exchange = { effect: 'write', headers, signal, timeoutMs } as const;
      try {
        const answer = await clock.until(wire.post(body, exchange));
        return { status: 200, contentType: 'application/json', body: answer };
      } catch (error) {
        if (clock.now() - begun >= timeoutMs) return undefined;
        throw error;
      }
    },
    sleep: (milliseconds) => clock.until(clock.wait(milliseconds)),
    now: () => clock.now(),
  };
}
