import t from 'tap';
import { examineRelease } from './examine.js';

examineRelease(t, process.env['GDCLOUD_XAPI_AS_OF'] ?? 'latest');
