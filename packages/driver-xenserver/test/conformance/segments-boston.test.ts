import t from 'tap';
import { examine } from './examine.js';
import { segments } from './segments-subject.js';

examine(t, 'segments', segments, 'boston', 'tampa');
