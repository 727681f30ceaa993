import t from 'tap';
import { sweepCrashes } from '../crash-sweep.js';

// A busy machine takes its time.
t.setTimeout(900_000);

t.test(
  'a driver that dies at any call, before the pool sees it, is followed by one that ends well',
  (t) => sweepCrashes(t, 'before'),
);
