import { parseArgs } from 'node:util';
import { startSimulator } from '@gdcloud/driver-xenserver/simulator';
import { answerParent } from '../process/measured.js';

// The simulated pool, in a process of its own so that its work is not counted as ours.
const { values } = parseArgs({
  options: {
    state: { type: 'string' },
    share: { type: 'string' },
    latency: { type: 'string' },
    batching: { type: 'string' },
    boot: { type: 'string' },
  },
});
if (values.state === undefined) throw new TypeError('--state is missing');
const milliseconds = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : Number(text);
const latency = milliseconds(values.latency);
const simulator = await startSimulator({
  powerLatencyMs: latency,
  deviceLatencyMs: latency,
  eventDelayMs: milliseconds(values.batching),
  guestAgentDelayMs: milliseconds(values.boot),
  state: values.state,
  storageFolder: values.share,
  hostMemoryMb: 4 * 1024 * 1024,
});
answerParent(Number(new URL(simulator.url).port), { name: 'simulator' });
