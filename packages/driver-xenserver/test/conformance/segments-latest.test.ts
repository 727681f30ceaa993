import t from 'tap';
import { examine, LIKE_NEWEST, NEWEST } from './examine.js';
import { segments } from './segments-subject.js';

examine(t, 'segments', segments, NEWEST, ...LIKE_NEWEST);
