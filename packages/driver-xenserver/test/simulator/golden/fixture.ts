import { startSimulator } from '@gdcloud/driver-xenserver/simulator';

/** Runs `work` on a simulated pool of its own, which is the recordings' fresh host. */
export async function withFixture<Result>(
  fixture: 'bare' | 'base',
  work: (url: string) => Promise<Result>,
): Promise<Result> {
  const simulator = await startSimulator({ fixture });
  try {
    return await work(simulator.url);
  } finally {
    await simulator.close();
  }
}
