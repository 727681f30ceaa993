import t from 'tap';
import { disks } from './disks-subject.js';
import { examine, LIKE_NEWEST, NEWEST } from './examine.js';

examine(t, 'disks', disks, NEWEST, ...LIKE_NEWEST);
