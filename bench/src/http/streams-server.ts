import { parseArgs } from 'node:util';
import { api } from '@gdcloud/http';
import { TRAFFIC } from '../host/serve-cloud.js';
import { serveMeasured } from '../process/measured.js';
import { apiCloud } from './api-cloud.js';

// What is measured: the change feed of a cloud over SQLite, with room for all streams on one account.
const { values } = parseArgs({ options: { file: { type: 'string' } } });
if (values.file === undefined) throw new TypeError('--file is missing');
const most = 1_000_000;
const { cloud } = await apiCloud(values.file, { perAccount: most, listeners: most });
const { types, resources, feed } = cloud;
const listener = api({ types, resources, feed, traffic: TRAFFIC });
await serveMeasured((request, response) => void listener(request, response), { name: 'gdcloud' });
