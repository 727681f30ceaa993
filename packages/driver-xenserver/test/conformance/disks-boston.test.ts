import t from 'tap';
import { disks } from './disks-subject.js';
import { examine } from './examine.js';

examine(t, 'disks', disks, 'boston', 'tampa');
