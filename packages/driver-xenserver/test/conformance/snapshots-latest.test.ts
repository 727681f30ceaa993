import t from 'tap';
import { examine, NEWEST } from './examine.js';
import { snapshots } from './snapshots-subject.js';

examine(t, 'snapshots', snapshots, NEWEST);
