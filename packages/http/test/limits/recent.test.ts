import t from 'tap';
import { Recent } from '../../dist/limits/recent.js';

t.test('who is asked for often stays, whoever else comes, and memory is bounded', (t) => {
  const recent = new Recent<number>(100);
  recent.set('owner', 7);
  for (let stranger = 0; stranger < 10_000; stranger += 1) {
    recent.set(`stranger ${stranger}`, stranger);
    if (stranger % 40 === 0) t.equal(recent.get('owner'), 7);
  }
  t.ok(recent.size <= 100, `${recent.size} are kept`);
  t.equal(recent.get('stranger 1'), undefined);
  t.equal(recent.get('stranger 9999'), 9_999);
  recent.delete('owner');
  t.equal(recent.get('owner'), undefined);
  t.end();
});
