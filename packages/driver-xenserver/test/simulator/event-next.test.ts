import t from 'tap';
import { startCloud } from '../cloud.js';
import type { RawPool } from '../raw-pool.js';

interface Told {
  readonly class: string;
  readonly operation: string;
  readonly ref: string;
}

async function next(raw: RawPool): Promise<readonly Told[]> {
  return (await raw.call('event.next')) as readonly Told[];
}

t.test('a session is told once what happened after it registered', async (t) => {
  const { raw } = await startCloud(t);
  await t.rejects(next(raw), { code: 'SESSION_NOT_REGISTERED' });
  await raw.call('event.register', ['network']);
  const network = await raw.call('network.create', { name_label: 'n', other_config: {} });
  t.match(await next(raw), [{ class: 'network', operation: 'add', ref: network }]);
  await raw.call('network.set_name_label', network, 'm');
  t.match(await next(raw), [{ class: 'network', operation: 'mod', ref: network }]);
});

t.test(
  'a session that waits hears of the next change, of nothing else, and of its end',
  async (t) => {
    const { raw } = await startCloud(t);
    await raw.call('event.register', ['network', 'pool']);
    await raw.call('event.unregister', ['pool']);
    const waiting = next(raw);
    const [pool] = (await raw.call('pool.get_all')) as readonly string[];
    await raw.call('pool.set_name_label', pool, 'p');
    const network = await raw.call('network.create', { name_label: 'n', other_config: {} });
    t.match(await waiting, [{ class: 'network', operation: 'add', ref: network }]);
    const last = next(raw);
    await raw.call('session.logout');
    await t.rejects(last, { code: 'SESSION_INVALID' });
  },
);
