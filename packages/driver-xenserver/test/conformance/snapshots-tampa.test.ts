import t from 'tap';
import { examine } from './examine.js';
import { snapshots } from './snapshots-subject.js';

examine(t, 'snapshots', snapshots, 'tampa');
