import { parseArgs } from 'node:util';
import { startSimulator } from '@gdcloud/driver-xenserver/simulator';
import { answerParent } from '../process/measured.js';

// The simulated pool, in a process of its own so that its work is not counted as ours.
const { values } = parseArgs({
  options: { state: { type: 'string' }, share: { type: 'string' }, latency: { type: 'string' } },
});
if (values.state === undefined) throw new TypeError('--state is missing');
const latency = values.latency === undefined ? undefined : Number(values.latency);
const simulator = await startSimulator({
  powerLatencyMs: latency,
  deviceLatencyMs: latency,
  state: values.state,
  storageFolder: values.share,
  hostMemoryMb: 4 * 1024 * 1024,
});
answerParent(Number(new URL(simulator.url).port), { name: 'simulator' });
