import t, { type Test } from 'tap';
import { bodyOf, exchange, statusOf } from '../exchange.js';
import { at, listenTo } from '../served.js';
import { afterwards, type BadInput, get, post } from './bad-input.js';
import { BAD_DOCUMENTS, BAD_VALUES } from './bodies.js';
import { BAD_CREDENTIALS } from './credentials.js';
import { BAD_FORMS } from './forms.js';
import { BAD_PATHS } from './paths.js';
import { type Behind, doublePlace, realPlace } from './places.js';
import { BAD_REFERENCES } from './references.js';
import { BAD_WIRE } from './wire.js';

const BAD_INPUTS: readonly BadInput[] = [
  ...BAD_WIRE,
  ...BAD_PATHS,
  ...BAD_CREDENTIALS,
  ...BAD_DOCUMENTS,
  ...BAD_VALUES,
  ...BAD_REFERENCES,
  ...BAD_FORMS,
];

t.test('each of the 112 bad inputs is in the lists', async (t) => {
  const lists = { A: 30, B: 22, C: 16, D: 32, E: 12 };
  const all = Object.entries(lists).flatMap(([list, count]) =>
    Array.from({ length: count }, (_, index) => `${list}${index + 1}`),
  );
  t.equal(all.length, 112);
  const numbers = new Set(BAD_INPUTS.map(({ number }) => number));
  t.same(
    all.filter((number) => !numbers.has(number)),
    [],
    'none is missing',
  );
  t.same(
    [...numbers].filter((number) => !all.includes(number)),
    [],
    'none is made up',
  );
});

t.test('every bad input is answered as listed by the double, and changes nothing', async (t) => {
  await throwAll(
    t,
    await doublePlace(),
    BAD_INPUTS.filter(({ only }) => only === undefined),
  );
});

t.test('every bad input is answered as listed by a real cloud, and changes nothing', async (t) => {
  await throwAll(t, await realPlace(t), BAD_INPUTS);
});

t.test('D31: the same creation at the same moment makes one thing', async (t) => {
  const { place, api: options, state } = await realPlace(t);
  const { port } = await listenTo(t, options);
  const uuid = '0190a0b0-0000-7000-8000-00000000d031';
  const bytes = post(JSON.stringify({ uuid, ipv4Cidr: '10.31.0.0/24' }))(place);
  const answers = await Promise.all(Array.from({ length: 8 }, () => exchange(port, bytes)));
  t.same(
    answers.map(({ answer }) => statusOf(answer)),
    answers.map(() => 201),
  );
  const ids = answers.map(({ answer }) => at(JSON.parse(bodyOf(answer)), 'id'));
  t.equal(new Set(ids).size, 1);
  t.equal((await state()).split(uuid).length - 1, 1);
});

async function throwAll(
  t: Test,
  { place, api: options, state, recorded }: Behind,
  inputs: readonly BadInput[],
): Promise<void> {
  const { port, unhandled } = await listenTo(t, options);
  let before = await state();
  let records = await recorded();
  for (const input of inputs) {
    const name = `${input.number} ${input.what.slice(0, 60)}`;
    const { answer, after } = await exchange(port, input.bytes(place), input.sender);
    checkAnswer(t, name, input, answer);
    if (input.sender === undefined) t.equal(after, afterwards(input), `${name}: the connection`);
    const now = await state();
    if (now !== before)
      t.fail(`${name}: something changed`, { diff: firstDifference(before, now) });
    before = now;
    const onRecord = await recorded();
    if (input.status !== 200) t.equal(onRecord, records, `${name}: nothing is on record`);
    records = onRecord;
    const next = await exchange(port, get('/v1')(place));
    t.equal(statusOf(next.answer), 200, `${name}: the next connection works`);
  }
  t.same(unhandled, [], 'nothing was left unhandled');
  t.equal(Reflect.get({}, 'x'), undefined, 'no prototype was reached');
}

function checkAnswer(t: Test, name: string, input: BadInput, answer: string): void {
  const { status, code, fieldName } = input;
  if (status === 'none') {
    t.equal(answer, '', `${name}: no answer`);
    return;
  }
  t.equal(statusOf(answer), status, `${name} → ${status}`, { answer: answer.slice(0, 1_000) });
  if (status === 200) return;
  const body = bodyOf(answer);
  if (code === undefined) {
    t.notOk(body.startsWith('{'), `${name}: Node answers`);
    return;
  }
  const error: unknown = body.startsWith('{') ? JSON.parse(body) : undefined;
  t.match(error, { type: 'error', status, code }, `${name}: ${code}`);
  if (fieldName !== undefined) t.equal(at(error, 'fieldName'), fieldName, `${name}: the field`);
  if (status === 405) t.match(answer, /\r\nallow: [A-Z, ]*\r\n/i, name);
  t.match(answer, /\r\nx-api-schemas: /i, name);
}

function firstDifference(before: string, now: string): string {
  let at = 0;
  while (at < before.length && before.charAt(at) === now.charAt(at)) at += 1;
  return [before, now].map((text) => text.slice(Math.max(0, at - 100), at + 100)).join('\n');
}
