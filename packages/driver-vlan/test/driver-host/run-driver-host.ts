import type { Plugin } from '@gdcloud/core';
import { serveDrivers } from '@gdcloud/core/driver-host';
import { redis } from '@gdcloud/core/redis';
import { appliance, HOST, KEY } from './host-settings.js';

// A driver host as a program, as it runs on an appliance: `run-driver-host.js REDIS_URL FOLDER`.

const [url = '', folder = ''] = process.argv.slice(2);
const plugins: readonly Plugin[] = [redis({ url }), appliance(folder)];
await serveDrivers({ name: HOST, keys: [KEY], plugins }).start();
process.stdout.write('started\n');
