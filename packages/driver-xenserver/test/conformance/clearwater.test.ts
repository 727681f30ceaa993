import t from 'tap';
import { examineRelease } from './examine.js';

examineRelease(t, 'clearwater');
