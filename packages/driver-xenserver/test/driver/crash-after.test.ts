import t from 'tap';
import { sweepCrashes } from '../crash-sweep.js';

// A busy machine takes its time.
t.setTimeout(900_000);

t.test(
  'a driver that dies at any call, after the pool has carried it out, is followed by one that ends well',
  (t) => sweepCrashes(t, 'after'),
);
