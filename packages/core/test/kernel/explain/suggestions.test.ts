import t from 'tap';
import { type CauseKind, cause } from '../../../dist/kernel/explain/cause.js';
import { type Helpable, suggestionsFor } from '../../../dist/kernel/explain/suggestions.js';

const KINDS: readonly CauseKind[] = [
  'unattempted',
  'working',
  'progress',
  'backend-away',
  'backend-busy',
  'hook',
  'refused',
  'capacity',
  'dependency',
  'unblocked',
  'leaving',
  'staying',
  'cycle',
  'failing',
  'stalled',
  'hidden',
];

t.test('there is always something to suggest, whatever may not be asked for', (t) => {
  const helpless: Helpable = { type: 'widget', id: '1', possible: [], freedBy: [] };
  for (const kind of KINDS) {
    for (const root of [helpless, undefined]) {
      const suggestions = suggestionsFor(cause(kind, 'Any', 'any'), {
        asked: helpless,
        waiting: helpless,
        root,
        owner: undefined,
        account: undefined,
      });
      t.ok(suggestions.length > 0, kind);
    }
  }
  t.end();
});

t.test('nobody is told to wait for what does not move by itself', (t) => {
  const any: Helpable = {
    type: 'widget',
    id: '1',
    possible: ['reconcile', 'update', 'delete', 'recreate', 'keep'],
    freedBy: ['update', 'reconcile', 'delete'],
  };
  const concerned = { asked: any, waiting: any, root: any, owner: any, account: any };
  const waiting = KINDS.filter((kind) =>
    suggestionsFor(cause(kind, 'Any', 'any'), concerned).some(({ action }) => action === 'wait'),
  );
  t.same(waiting, [
    'unattempted',
    'working',
    'progress',
    'backend-away',
    'backend-busy',
    'refused',
    'unblocked',
    'failing',
  ]);
  t.notOk(
    suggestionsFor(cause('refused', 'LimitExceeded', 'any'), concerned).some(
      ({ action }) => action === 'wait',
    ),
  );
  t.end();
});
