import { EVENT_BUS } from '@gdcloud/core';
import { listenerOf, startMeasured } from '../../host/serve-cloud.js';
import { answerParent, serveMeasured } from '../../process/measured.js';
import { told } from '../place.js';
import { PassWatch } from './pass-watch.js';
import { sharedMemoryDrivers } from './shared-memory.js';
import { adapters, roleOptions } from './wiring.js';

// One process of a gdcloud of several: its API, or a kernel of it. What is outside is memory.
const { place, text } = told('role', 'strategy', 'watch');
const role = text('role') === 'api' ? 'api' : 'kernel';
const strategy = text('strategy') === 'partition' ? 'partition' : 'resource';
// Only where asked for: it adds a type, and work to each hint.
const watch = text('watch') === 'gadgets' ? new PassWatch() : undefined;
const cloud = await startMeasured({
  plugins: [
    ...adapters(place, strategy),
    sharedMemoryDrivers(),
    ...(watch === undefined ? [] : [watch.plugin]),
  ],
  // Whoever watches wraps the bus.
  replaceable: [EVENT_BUS],
  ...roleOptions(role),
});
const measured = { name: `gdcloud ${role}`, passes: watch && (() => watch.take()) };
if (role === 'api') await serveMeasured(listenerOf(cloud), measured);
else answerParent(0, measured);
