import t from 'tap';
import { hasOwn, opens, turned } from '../../dist-ui/panel/pages/keys/scopes.js';

t.test('a scope for all types opens each of them, but is no scope of its own', async (t) => {
  t.equal(opens(['*:read'], 'volume', 'read'), true);
  t.equal(opens(['*:read'], 'volume', 'delete'), false);
  t.equal(hasOwn(['*:read'], 'volume', 'read'), false);
});

t.test('a verb that is turned on is opened, and closed when it is turned again', async (t) => {
  const opened = turned(['*:read'], 'snapshot', 'create');
  t.strictSame(opened, ['*:read', 'snapshot:create']);
  t.strictSame(turned(opened, 'snapshot', 'create'), ['*:read']);
});

t.test('all verbs of a type are written as one, and taken apart again', async (t) => {
  const four = ['read', 'create', 'update', 'delete'].map((verb) => `volume:${verb}`);
  const all = turned(four, 'volume', 'act');
  t.strictSame(all, ['volume:*']);
  t.strictSame(turned(all, 'volume', 'act'), four);
});
