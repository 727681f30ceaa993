import { answerParent } from '../../process/measured.js';
import { told } from '../place.js';
import { ClusterRows } from './cluster-rows.js';
import { EventChannel } from './event-channel.js';
import { heldLocks, partitionLeases } from './ownership.js';
import { type Step, takeStep } from './step.js';

// A worker of the floor: carries out the events of the servers that it owns, one after the other for each.
const { place, text } = told('ownership', 'worker', 'workers');
const share = { worker: Number(text('worker')), workers: Number(text('workers')) };
const rows = new ClusterRows(place.database, 'batched');
const channel = new EventChannel(place.redis);
const ownership = await (text('ownership') === 'held' ? heldLocks : partitionLeases)(
  place.zookeeper,
  share,
);
await channel.subscribe(ownership.partitions, (step) => void work(step));
answerParent(0, { name: 'floor worker' });

// What throws ends the process, and with it the benchmark: this is a floor, it need not survive anything.
async function work(step: Step): Promise<void> {
  const next = await takeStep(rows, step, await ownership.fenceAt(step));
  ownership.after(step);
  if (next !== 'done') channel.publish(next);
}
