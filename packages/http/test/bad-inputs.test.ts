import t from 'tap';
import { BAD_BODIES } from './bad-bodies.js';
import { BAD_FORMS } from './bad-forms.js';
import { BAD_MESSAGES } from './bad-messages.js';
import { at, serve } from './served.js';

t.test('every bad input is refused as listed and changes nothing', async (t) => {
  const served = await serve(t);
  const before = JSON.stringify([...served.cloud.rows.values()]);
  for (const { name, bytes, status, code, fieldName } of [
    ...BAD_MESSAGES,
    ...BAD_BODIES,
    ...BAD_FORMS,
  ]) {
    const answer = await served.raw(bytes(served));
    const answered = Number(/^HTTP\/1\.1 ([0-9]{3})/.exec(answer)?.[1] ?? Number.NaN);
    t.ok([status].flat().includes(answered), `${name} → ${answered}`, {
      answer: answer.slice(0, 2000),
    });
    const body = answer.slice(answer.indexOf('\r\n\r\n') + 4);
    const error: unknown = body.startsWith('{') ? JSON.parse(body) : undefined;
    if (code !== undefined) t.match(error, { type: 'error', status: answered, code }, name);
    if (fieldName !== undefined) t.equal(at(error, 'fieldName'), fieldName, name);
    if (answered === 405) t.match(answer, /\r\nallow: [A-Z, ]*\r\n/i, name);
    if (error !== undefined) t.match(answer, /\r\nx-api-schemas: /i, name);
  }
  t.equal(JSON.stringify([...served.cloud.rows.values()]), before, 'nothing changed');
  t.equal(served.cloud.writes, 0);
  t.same(served.unhandled, [], 'nothing was left unhandled');
  t.equal(Reflect.get({}, 'x'), undefined, 'no prototype was reached');
  t.equal((await served.fetch('/v1')).status, 200, 'the next request works');
});
