import type { DriverManifest } from '@gdcloud/core/driver-host';
import t from 'tap';
import type { Envelope } from '../../../dist/adapters/driver-host/envelope.js';
import { HostPresence } from '../../../dist/adapters/driver-host/presence.js';

const manifest: DriverManifest = { format: 1, others: [] };
const from = (life: string, at = 1_000_000): Envelope => ({
  kind: 'announce',
  id: 'id',
  from: 'rack-1',
  to: '*',
  life,
  at,
  until: at,
  body: null,
});

t.test('a host is there for fifteen seconds after a word of it', async (t) => {
  const presence = new HostPresence(manifest);
  t.equal(presence.current(0), undefined);
  t.equal(presence.hear(from('a'), { since: 1, manifest }, 0), 'another life');
  t.equal(presence.hear(from('a'), { since: 1, manifest }, 5_000), 'nothing new');
  t.equal(presence.current(19_999)?.life, 'a');
  t.equal(presence.current(20_000), undefined);
});

t.test('the later life counts, however late the earlier one’s words come', async (t) => {
  const presence = new HostPresence(manifest);
  presence.hear(from('a'), { since: 1_000_000, manifest }, 0);
  t.equal(presence.hear(from('b'), { since: 1_010_000, manifest }, 10), 'another life');
  t.equal(
    presence.hear(from('a', 1_011_000), { since: 1_000_000, manifest }, 20),
    'nothing new',
    'it was under way when the later one began',
  );
  t.equal(
    presence.hear(from('a', 1_013_000), { since: 1_000_000, manifest }, 30),
    'an earlier life speaks',
  );
  t.equal(presence.current(30)?.life, 'b');
});

t.test('after silence any life will do, also one that began earlier by its clock', async (t) => {
  const presence = new HostPresence(manifest);
  presence.hear(from('a'), { since: 1_000_000, manifest }, 0);
  t.equal(presence.hear(from('b'), { since: 5, manifest }, 15_000), 'another life');
  t.equal(presence.current(15_000)?.life, 'b');
});

t.test('its time is told by the announcement that came fastest, lately', async (t) => {
  const presence = new HostPresence(manifest);
  const hear = (at: number, now: number): void => {
    presence.hear(from('a', at), { since: 1, manifest }, now);
  };
  hear(1_000_000, 100);
  t.equal(presence.current(100)?.ahead, 999_900);
  hear(1_001_000, 1_050);
  t.equal(presence.current(1_050)?.ahead, 999_950, 'under way for 50 ms less');
  hear(1_002_000, 3_050);
  t.equal(presence.current(3_050)?.ahead, 999_948, 'a late one says little');
  for (let second = 4; second < 1_000; second += 1) hear(1_000_000 + second * 999, second * 1_000);
  const { ahead = 0 } = presence.current(999_000) ?? {};
  t.equal(ahead, 1_000_000 - 999, 'a clock that is slow is followed');
});
