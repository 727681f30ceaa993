// A process of its own that holds a lock, for tests that stop and continue it. It says in lines of JSON what it sees.
import { createInterface } from 'node:readline';
import { systemClock } from '../../dist/adapters/system/system-clock.js';
import { systemRandom } from '../../dist/adapters/system/system-random.js';
import { zookeeperLocks } from '../../dist/adapters/zookeeper/zookeeper-locks.js';
import { collectingLogger } from './collecting-logger.js';

const [connect = '', sessionTimeoutMs = '', strategy = '', key = '', incarnation = ''] =
  process.argv.slice(2);

const locks = zookeeperLocks(
  {
    connect,
    sessionTimeoutMs: Number(sessionTimeoutMs),
    strategy: strategy === 'partition' ? 'partition' : 'resource',
    name: 'child',
  },
  {
    clock: systemClock,
    random: systemRandom,
    logger: collectingLogger(),
    drawIncarnation: () => Promise.resolve(Number(incarnation)),
    process: { host: 'here', pid: process.pid },
  },
);

function say(what: object): void {
  process.stdout.write(`${JSON.stringify(what)}\n`);
}

const lease = await locks.tryAcquire(key);
let told = 0;
lease?.signal.addEventListener('abort', () => (told += 1));
say({ fence: lease?.fence });
// Whatever comes in stands for an answer of the database, after which a pass would go on.
createInterface({ input: process.stdin }).on('line', () =>
  say({ aborted: lease?.signal.aborted, told, remainingMs: lease?.remainingMs() }),
);
