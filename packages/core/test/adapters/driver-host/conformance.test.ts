import {
  CLOCK,
  type Clock,
  type Driver,
  type InjectionToken,
  LOGGER,
  MESSAGE_BUS,
  type Plugin,
  RANDOM,
} from '@gdcloud/core';
import { describeDrivers, remoteDrivers, serveDrivers } from '@gdcloud/core/driver-host';
import { CHECKS, conform, type Subject } from '@gdcloud/core/testing';
import t from 'tap';
import { driverContainer } from '../../../dist/adapters/driver-host/hosted-drivers.js';
import { MemoryMessageBus } from '../../../dist/adapters/messages/memory-message-bus.js';
import { silentLogger } from '../../../dist/adapters/system/silent-logger.js';
import { documents } from '../../testing/conformance/support/documents.js';
import type {
  DocumentActual,
  DocumentDesired,
} from '../../testing/conformance/support/file-driver.js';
import { HOST, KEY } from './support/hosted.js';

/** `SWEPT_DRIVER`, with the types of the one driver that is registered here. */
const DOCUMENTS: InjectionToken<Driver<DocumentDesired, DocumentActual>> = Symbol.for(
  '@gdcloud/core/SweptDriver',
);

// A busy machine takes its time.
t.setTimeout(300_000);

/**
 * The kit's correct driver, reached through a driver host. Host and client live and die together, as one process of the
 * kit; what the kit strikes are the driver's own I/O points.
 */
function remoteDocuments(): Subject<DocumentDesired, DocumentActual> {
  const local = documents();
  return {
    ...local,
    name: 'remote-directory-of-files',
    backend: async (env) => {
      const backend = await local.backend(env);
      return {
        ...backend,
        open: (process) => {
          const driver = backend.open(process);
          const bus = new MemoryMessageBus();
          const ports =
            (clock: Clock): Plugin =>
            (container) => {
              container.register(MESSAGE_BUS, { useValue: bus });
              container.register(CLOCK, { useValue: clock });
              container.register(RANDOM, { useValue: process.random });
              container.register(LOGGER, { useValue: silentLogger });
            };
          const runs: Plugin = (container) => {
            container.register(DOCUMENTS, { useValue: driver });
          };
          // A host goes on announcing itself, which is no timer that the driver forgot.
          const hostClock: Clock = {
            now: () => process.clock.now(),
            monotonic: () => process.clock.monotonic(),
            schedule: (ms, fire) => env.clock.schedule(ms, fire),
          };
          const replaceable = [CLOCK, RANDOM, LOGGER];
          const host = serveDrivers({
            name: HOST,
            keys: [KEY],
            plugins: [ports(hostClock), runs],
            replaceable,
          });
          void host.start();
          process.atEnd(() => void host.stop());
          const plugins = [
            ports(process.clock),
            remoteDrivers({ host: HOST, keys: [KEY], manifest: describeDrivers([runs]) }),
          ];
          return driverContainer(plugins, { replaceable }).resolve(DOCUMENTS);
        },
      };
    },
  };
}

t.test('a remote driver keeps the contract that its driver keeps, at every fault', async (t) => {
  const report = await conform(remoteDocuments());
  t.comment(report.text);
  t.same(report.failed, []);
  t.equal(report.document.checks.length, CHECKS.length);
  t.equal(report.document.driver, 'files.documents');
  t.same(
    report.document.checks
      .filter(({ id, state }) => state === 'skipped' && !id.includes('quarantine'))
      .map(({ id }) => id),
    ['observe-foresees', 'delete-only-what-it-names'],
    'nothing was left out but what the driver has not',
  );
  for (const { struck, reached } of Object.values(report.document.points)) {
    t.ok(reached > 0);
    t.equal(struck, reached);
  }
});
