import {
  DriverFailure,
  ERROR_CATALOGUE,
  type ErrorCode,
  ensureError,
  PortUnavailable,
  RequestError,
} from '@gdcloud/core';
import t from 'tap';

t.test(
  'every code of the catalogue has an error status, and says what it means and what to do',
  async (t) => {
    for (const [code, { status, meaning, remedy }] of Object.entries(ERROR_CATALOGUE)) {
      t.match(code, /^[A-Z][A-Za-z]+$/, `${code} is one CamelCase word`);
      t.ok(status >= 400 && status <= 599, `${code} is answered with ${status}`);
      t.match(meaning, /^[A-Z].+\.$/s, `${code} has a meaning that is a sentence`);
      t.match(remedy, /^[A-Z].+\.$/s, `${code} has a remedy that is a sentence`);
    }
  },
);

t.test('a request error takes status and remedy from the catalogue', async (t) => {
  for (const code of Object.keys(ERROR_CATALOGUE) as ErrorCode[]) {
    const error = new RequestError(code, 'no');
    t.equal(error.status, ERROR_CATALOGUE[code].status);
    t.equal(error.remedy, ERROR_CATALOGUE[code].remedy);
  }
});

t.test('a request error keeps field, detail and cause', async (t) => {
  const cause = new Error('below');
  const error = new RequestError('NotUnique', 'taken', {
    fieldName: 'name',
    detail: 'more',
    cause,
  });
  t.match(error, { name: 'RequestError', fieldName: 'name', detail: 'more', message: 'taken' });
  t.equal(error.cause, cause);
  t.notOk('cause' in new RequestError('NotFound', 'no'), 'no cause where none was given');
});

t.test('a driver failure says how it ended and what to do', async (t) => {
  const cause = new Error('below');
  const failure = new DriverFailure('rejected', 'Full', 'no space', {
    remedy: 'Free some.',
    cause,
  });
  t.match(failure, { outcome: 'rejected', code: 'Full', remedy: 'Free some.' });
  t.equal(failure.cause, cause);
  t.notOk('cause' in new DriverFailure('invalid', 'Bad', 'no', { remedy: 'None.' }));
});

t.test('an unavailable port is named', async (t) => {
  const cause = new Error('below');
  const away = new PortUnavailable('store', 'full', { remedy: 'Free some.', cause });
  t.match(away, { port: 'store', message: 'full', remedy: 'Free some.' });
  t.equal(away.cause, cause);
  t.notOk('cause' in new PortUnavailable('locks', 'away', { remedy: 'Wait.' }));
});

t.test('whatever is thrown becomes an error without being lost', async (t) => {
  const error = new TypeError('as it is');
  t.equal(ensureError(error), error);
  t.match(ensureError('text'), { message: 'text', cause: 'text' });
  t.match(ensureError(null), { message: 'null' });
  t.match(ensureError(undefined), { message: 'undefined' });
});
