import { parseArgs } from 'node:util';
import { sqlite } from '@gdcloud/core/sqlite';
import { memoryDrivers } from '@gdcloud/core/testing';
import { serveCloud } from './serve-cloud.js';

// A cloud whose outside is memory: what is measured is gdcloud alone.
const { values } = parseArgs({
  options: {
    file: { type: 'string' },
    synchronous: { type: 'string', default: 'full' },
  },
});
if (values.file === undefined) throw new TypeError('--file is missing');
const { plugin } = memoryDrivers({ hosts: 2, hostMemoryMb: 1024 * 1024 * 1024 });
const synchronous = values.synchronous === 'normal' ? 'normal' : 'full';
await serveCloud([sqlite({ file: values.file, synchronous }), plugin]);
