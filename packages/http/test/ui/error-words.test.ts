import { ERROR_CATALOGUE } from '@gdcloud/core';
import t from 'tap';
import { ApiError, ConnectionError } from '../../dist/client/errors.js';
import { WIRE_FAULTS } from '../../dist/response/wire-fault.js';
import { errorWords } from '../../dist/texts/error-words.js';
import { ERROR_TEXTS } from '../../dist/texts/messages.js';
import { problemLine, problemOf, problemWords } from '../../dist-ui/hypermedia/problem.js';

const CODES = { ...ERROR_CATALOGUE, ...WIRE_FAULTS };

function refused(body: object, retryAfterSeconds: number | null = null) {
  return problemOf(new ApiError(409, body, 'request-1', retryAfterSeconds));
}

t.test(
  'each code that there is, and no other, has a title and a remedy in both languages',
  async (t) => {
    t.strictSame(Object.keys(ERROR_TEXTS).sort(), Object.keys(CODES).sort());
    for (const [code, { title, remedy }] of Object.entries(ERROR_TEXTS))
      for (const [english, german] of [title, remedy]) {
        t.match(english, /^[A-Z].{6}/, code);
        t.match(german, /^[A-ZÄÖÜ].{6}/, code);
        t.not(english, german, code);
      }
  },
);

t.test('a detail that the sentence has already is not said twice', async (t) => {
  const message = 'network 1 is still in use by 1 server';
  const { said } = problemWords(refused({ code: 'InUse', message, detail: '1 server' }), 'en');
  t.strictSame(said, [message]);
});

t.test(
  'where the API says no more than of every such error, what to do is said once',
  async (t) => {
    for (const [code, { remedy }] of Object.entries(CODES)) {
      const words = errorWords(
        { code, message: 'a sentence', detail: remedy, retryAfterSeconds: null },
        'de',
      );
      t.strictSame(words.said, ['a sentence'], code);
    }
  },
);

t.test('what the API says of this one error stays as it is', async (t) => {
  const problem = refused({ code: 'InUse', message: 'network 1 is in use', detail: 'by server 7' });
  t.strictSame(problemWords(problem, 'de'), {
    title: 'Es ist noch in Gebrauch',
    said: ['network 1 is in use', 'by server 7'],
    remedy: 'Entfernen Sie zuerst, was es noch braucht, und versuchen Sie es dann noch einmal.',
  });
});

t.test(
  'a code that only a plug-in knows has the general title, and no remedy of ours',
  async (t) => {
    for (const code of ['OutOfPaper', 'constructor', '__proto__']) {
      const words = errorWords(
        { code, message: 'no paper', detail: 'Put some in.', retryAfterSeconds: null },
        'de',
      );
      t.strictSame(words, {
        title: 'Das hat nicht geklappt',
        said: ['no paper', 'Put some in.'],
        remedy: undefined,
      });
    }
    t.equal(
      problemLine(refused({ code: 'X', message: 'no paper' }), 'en'),
      'That did not work: no paper',
    );
  },
);

t.test('how long to wait is said where it is known', async (t) => {
  const busy = (seconds: number | null) =>
    problemWords(refused({ code: 'Overloaded', message: '' }, seconds), 'de').remedy;
  t.match(busy(1), 'in 1 Sekunde noch');
  t.match(busy(7), 'in 7 Sekunden');
  t.match(busy(300), 'in 5 Minuten');
  t.match(busy(null), 'in Kürze');
});

t.test('a connection that is lost is told as that', async (t) => {
  const problem = problemOf(new ConnectionError('no answer within 5 ms'));
  t.match(problemLine(problem, 'de'), /^Die Cloud ist nicht erreichbar: Prüfen Sie/);
});
