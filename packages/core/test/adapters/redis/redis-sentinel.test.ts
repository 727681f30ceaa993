import { startRedis } from '@gdcloud/services';
import t from 'tap';
import { eventually } from '../../support/eventually.js';
import { openBus, withoutRedis } from './open-bus.js';

const skip = withoutRedis();
if (skip !== false) t.plan(0, skip);
else
  t.test('Sentinels that agree on another server move the events there', async (t) => {
    const first = await startRedis();
    t.teardown(() => first.close());
    const second = await startRedis({ settings: [`replicaof 127.0.0.1 ${first.port}`] });
    t.teardown(() => second.close());
    const sentinel = await startRedis({
      mode: 'sentinel',
      settings: [
        `sentinel monitor main 127.0.0.1 ${first.port} 1`,
        'sentinel down-after-milliseconds main 300',
        'sentinel failover-timeout main 3000',
      ],
    });
    t.teardown(() => sentinel.close());
    // Nobody listens at the first; the next is asked.
    const url = `redis+sentinel://127.0.0.1:1,127.0.0.1:${sentinel.port}/main`;
    const here = openBus(t, url);
    const there = openBus(t, url);
    const heard = new Set<string>();
    await there.bus.subscribe('news', (message) => heard.add(message));
    await eventually(() => {
      here.bus.publish('news', 'before');
      return heard.has('before');
    });
    await first.kill();
    await eventually(() => {
      here.bus.publish('news', 'after');
      return heard.has('after');
    }, 'a failover');
    t.match(
      there.lines.map(({ message }) => message),
      ['events are carried', 'events are away; work goes on by the scan', 'events are carried'],
    );
  });
