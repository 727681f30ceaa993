import { parseArgs } from 'node:util';
import { listenerOf } from '../host/serve-cloud.js';
import { serveMeasured } from '../process/measured.js';
import { apiCloud } from './api-cloud.js';

// What is measured: the API of a cloud over SQLite, as it is mounted into node:http.
const { values } = parseArgs({ options: { file: { type: 'string' } } });
if (values.file === undefined) throw new TypeError('--file is missing');
const { cloud } = await apiCloud(values.file);
await serveMeasured(listenerOf(cloud), { name: 'gdcloud' });
