import { asExternalId, asFence, asId, asOperationKey, asUuid, parseUuid } from '@gdcloud/core';
import t from 'tap';

t.test('a uuid is lower-case and canonical', async (t) => {
  const good = '0192f3a0-1234-7abc-8def-0123456789ab';
  t.equal(parseUuid(good), good);
  for (const bad of [
    '',
    good.toUpperCase(),
    good.replaceAll('-', ''),
    ` ${good}`,
    `${good}\n`,
    `{${good}}`,
    good.slice(1),
    `${good}0`,
    good.replace('a', 'g'),
  ])
    t.equal(parseUuid(bad), undefined, JSON.stringify(bad));
});

t.test('what is known to be well formed is taken as it is', async (t) => {
  for (const as of [asUuid, asId, asExternalId, asFence, asOperationKey]) t.equal(as('x'), 'x');
});
