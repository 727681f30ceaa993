import t from 'tap';
import { withoutNames } from '../../../dist/kernel/explain/hidden-names.js';

const host = (name: string) => ({ name, instead: 'a host' });

t.test('names are taken out as whole words, the longest first', (t) => {
  const text = 'host1 (full), host10 (off), my-host1, host1.lan: placed on host1.';
  t.equal(
    withoutNames(text, [host('host1'), host('host1.lan')]),
    'a host (full), host10 (off), my-host1, a host: placed on a host.',
  );
  t.end();
});

t.test('a name is text and no pattern, and a bare number is left alone', (t) => {
  t.equal(
    withoutNames('a+b (c) and $& 7', [host('a+b (c)'), host('7'), host('')]),
    'a host and $& 7',
  );
  t.end();
});
