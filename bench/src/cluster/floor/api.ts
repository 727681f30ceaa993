import { told } from '../place.js';
import { ClusterRows } from './cluster-rows.js';
import { EventChannel } from './event-channel.js';
import { serveFront } from './front.js';

// The API process of the floors on PostgreSQL, Redis and ZooKeeper.
const { place } = told();
const rows = new ClusterRows(place.database, 'batched');
const channel = new EventChannel(place.redis);
await rows.make();
await serveFront(rows, (first) => channel.publish(first));
