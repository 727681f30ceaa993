import { connect } from 'node:net';
import t from 'tap';
import { get, message, type Place, post, put } from '../bad-inputs/bad-input.js';
import { realPlace } from '../bad-inputs/places.js';
import { BAD_WIRE } from '../bad-inputs/wire.js';
import { exchange, statusOf } from '../exchange.js';
import { basic, listenTo } from '../served.js';
import { type Dice, dice } from './dice.js';
import { mutated } from './mutations.js';

const SEEDS = [20_261_129, 1, 2, 3];
const MESSAGES_OF_A_SEED = 1_500;
const AT_ONCE = 16;
/** Whoever has not answered by then hangs. Milliseconds. */
const PATIENCE = 15_000;
/** What may be answered beyond the fault of who asks: not done here, not possible now, not this version. */
const DEFINED: readonly number[] = [501, 503, 505];

/** Messages that are all right. */
const GOOD = [
  get('/v1'),
  get('/v1/networks?limit=1&sort=name&order=desc&name_like=%25a'),
  get(({ network }) => `/v1/networks/${network}?action=explain`),
  get('/v1/schemas', { headers: ['Accept: */*', 'User-Agent: Mozilla/5.0'] }),
  get(({ server }) => `/v1/virtualmachines/${server}/network`),
  get(({ image }) => `/v1/images/${image}/content`, { headers: ['Range: bytes=0-9'] }),
  post('{"ipv4Cidr":"10.7.0.0/24","name":"a","data":{"a":[1,null]}}'),
  post('ipv4Cidr=10.7.0.0%2F24&name=b', { type: 'application/x-www-form-urlencoded' }),
  put('{"description":"c"}', { headers: ['If-Match: *'] }),
  put('--b\r\nContent-Disposition: form-data; name="name"\r\n\r\nd\r\n--b--\r\n', {
    type: 'multipart/form-data; boundary=b',
  }),
  (place: Place) =>
    message(place, { method: 'DELETE', path: `/v1/networks/${place.gone}?dryRun=plan` }),
  (place: Place) =>
    [
      'POST /v1/virtualmachines/1?action=stop HTTP/1.1',
      'Host: cloud.example',
      `Authorization: ${basic(place.user)}`,
      'Transfer-Encoding: chunked',
      '',
      '2;x=y',
      '{}',
      '0',
      'Trailer: z',
      '',
      '',
    ].join('\r\n'),
];

t.test('6,000 mutated messages are answered or hung up on, and break nothing', async (t) => {
  const { place, api: options } = await realPlace(t);
  const { port, unhandled } = await listenTo(t, options);
  const whole = (makers: readonly ((place: Place) => string | Buffer)[]) =>
    makers.map((bytes) => Buffer.from(bytes(place)));
  const good = whole(GOOD);
  const bad = whole(BAD_WIRE.map(({ bytes }) => bytes));
  const answered = new Map<string, number>();
  for (const seed of SEEDS) {
    const rolled = dice(seed);
    for (let sent = 0; sent < MESSAGES_OF_A_SEED; sent += AT_ONCE) {
      const messages = Array.from({ length: AT_ONCE }, () => one(rolled, good, bad));
      const all = await Promise.all(messages.map((bytes) => everythingAnswered(port, bytes)));
      for (const [index, text] of all.entries()) {
        for (const problem of problemsOf(text))
          t.fail(problem, { seed, sent: messages[index]?.toString('base64'), text });
        const [first = 'nothing'] = statusesOf(text ?? '');
        answered.set(String(first), (answered.get(String(first)) ?? 0) + 1);
      }
    }
    const { answer } = await exchange(port, get('/v1')(place));
    t.equal(statusOf(answer), 200, `healthy after seed ${seed}`);
  }
  t.same(unhandled, []);
  t.comment([...answered].map((pair) => pair.join(': ')).join(', '));
  t.ok(['200', '400', '401', '404', 'nothing'].every((kind) => answered.has(kind)));
});

// What is broken already seldom gets beyond the parser.
function one(rolled: Dice, good: readonly Buffer[], bad: readonly Buffer[]): Buffer {
  const message = rolled.pick(rolled.roll(5) === 0 ? bad : good);
  return mutated(message, rolled, [...good, ...bad]);
}

function statusesOf(text: string): readonly number[] {
  return [...text.matchAll(/HTTP\/1\.1 ([0-9]{3}) [A-Z]/g)].map(([, status]) => Number(status));
}

function problemsOf(text: string | undefined): readonly string[] {
  if (text === undefined) return ['it hangs'];
  if (text !== '' && !/^HTTP\/1\.1 [1-5][0-9]{2} /.test(text)) return ['what comes is no answer'];
  return statusesOf(text)
    .filter((status) => status >= 500 && !DEFINED.includes(status))
    .map((status) => `it is answered with ${status}`);
}

/** All that comes back until the server hangs up; undefined where it never does. The sender ends behind its message. */
function everythingAnswered(port: number, bytes: Buffer): Promise<string | undefined> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const timer = setTimeout(() => {
      resolve(undefined);
      socket.destroy();
    }, PATIENCE);
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', () => {});
    socket.on('end', () => socket.destroy());
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(Buffer.concat(chunks).toString('latin1'));
    });
    socket.end(bytes);
  });
}
