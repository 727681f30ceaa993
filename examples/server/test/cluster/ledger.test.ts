import t from 'tap';
import { type Entry, Ledger } from './ledger.js';

const MADE = {
  id: '1',
  name: 'virtualmachine-1',
  description: null,
  desiredState: 'running',
  restarts: 0,
};

function made(): { readonly ledger: Ledger; readonly entry: Entry } {
  const ledger = new Ledger();
  const entry = ledger.add('virtualmachine', 0, undefined);
  ledger.made(entry, MADE);
  return { ledger, entry };
}

t.test(
  'a read that shows an older value than the acknowledged one is a contradiction',
  async (t) => {
    const { ledger, entry } = made();
    ledger.changed(entry, { description: 'b' }, { ...MADE, description: 'b' });
    ledger.seen(entry, { ...MADE, description: 'b' });
    t.same(ledger.contradictions, []);
    ledger.seen(entry, MADE);
    t.match(ledger.contradictions, [{ kind: 'lost', what: /description/ }]);
  },
);

t.test('an unanswered change may be seen or not, until a later one is acknowledged', async (t) => {
  const { ledger, entry } = made();
  ledger.maybeChanged(entry, { description: 'b' });
  ledger.seen(entry, MADE);
  ledger.seen(entry, { ...MADE, description: 'b' });
  ledger.changed(entry, { name: 'n' }, { ...MADE, name: 'n' });
  t.same(ledger.contradictions, []);
  ledger.seen(entry, { ...MADE, name: 'n', description: 'b' });
  t.match(ledger.contradictions, [{ kind: 'lost' }]);
});

t.test('an unanswered action may come at any later time', async (t) => {
  const { ledger, entry } = made();
  ledger.maybePowered(entry, 'stopped');
  ledger.powered(entry, 'running');
  ledger.seen(entry, { ...MADE, desiredState: 'stopped' });
  t.same(ledger.contradictions, []);
});

t.test(
  'more restarts than were asked for, or fewer than were acknowledged, are contradictions',
  async (t) => {
    const { ledger, entry } = made();
    entry.restarts = 1;
    ledger.seen(entry, { ...MADE, restarts: 1 });
    t.same(ledger.contradictions, []);
    ledger.seen(entry, MADE);
    ledger.seen(entry, { ...MADE, restarts: 2 });
    t.match(ledger.contradictions, [{ kind: 'lost' }, { kind: 'doubled' }]);
  },
);
