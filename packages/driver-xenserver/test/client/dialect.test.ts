import type { Json } from '@gdcloud/core';
import t from 'tap';
import { speak } from '../../dist/client/dialect.js';
import { StatusError, TransportError } from '../../dist/client/transport-error.js';
import type { Exchange, Wire } from '../../dist/client/wire.js';

const RESPONSE = (value: string): string =>
  `<methodResponse><params><param>${value}</param></params></methodResponse>`;
const SUCCESS = RESPONSE(
  '<value><struct><member><name>Status</name><value>Success</value></member><member><name>Value</name><value>yes</value></member></struct></value>',
);
const FAILURE = RESPONSE(
  '<value><struct><member><name>Status</name><value>Failure</value></member><member><name>ErrorDescription</name><value><array><data><value>HANDLE_INVALID</value><value>VM</value><value>x</value></data></array></value></member></struct></value>',
);
const UNKNOWN_JSON = JSON.stringify({
  result: null,
  error: ['MESSAGE_METHOD_UNKNOWN', 'x'],
  id: 1,
});

interface Heard {
  readonly format: string;
  readonly method: string;
  readonly effect: Exchange['effect'];
  readonly headers: Exchange['headers'];
}

/** A host that says what `answer` makes of each request; errors are thrown. */
function host(answer: (heard: Heard) => string | Error): {
  readonly wire: Wire;
  readonly heard: Heard[];
} {
  const heard: Heard[] = [];
  const wire: Wire = {
    origin: 'http://host.invalid',
    async post(body, { format = 'json', effect, headers }) {
      const [, json, xml = ''] = /"method":"([^"]*)"|<methodName>([^<]*)</.exec(body) ?? [];
      const one = { format, method: json ?? xml, effect, headers };
      heard.push(one);
      const said = answer(one);
      if (said instanceof Error) throw said;
      return said;
    },
    close: async () => undefined,
  };
  return { wire, heard };
}

function say(wire: Wire, effect: 'read' | 'write', method: string): Promise<Json> {
  return speak(
    wire,
    { id: 1, method, parameters: ['session'] },
    {
      effect,
      headers: { 'x-http-other-config-gdcloud-op': 'k' },
      signal: new AbortController().signal,
      timeoutMs: 1_000,
    },
  );
}

const said = (heard: readonly Heard[]): readonly string[] =>
  heard.map(({ format, method }) => `${format} ${method}`);

t.test('hosts that speak JSON-RPC are asked once, in either of its versions', async (t) => {
  for (const answer of [
    '{"jsonrpc":"2.0","result":"yes","id":1}',
    '{"result":"yes","error":null,"id":1}',
  ]) {
    const { wire, heard } = host(() => answer);
    t.equal(await say(wire, 'read', 'session.login'), 'yes');
    t.equal(await say(wire, 'write', 'VM.start'), 'yes');
    t.same(said(heard), ['json session.login', 'json VM.start']);
  }
  for (const answer of [
    '{"jsonrpc":"2.0","error":{"code":1,"message":"HANDLE_INVALID","data":["VM","x"]},"id":1}',
    '{"result":null,"error":["HANDLE_INVALID","VM","x"],"id":1}',
  ]) {
    const { wire, heard } = host(() => answer);
    const failure = { code: 'HANDLE_INVALID', parameters: ['VM', 'x'] };
    await t.rejects(say(wire, 'read', 'VM.get_record'), failure);
    await t.rejects(say(wire, 'write', 'VM.start'), failure);
    t.same(said(heard), ['json VM.get_record', 'json VM.start'], 'an error is an answer');
  }
});

t.test('hosts that do not are spoken to in XML-RPC from then on', async (t) => {
  const refusals: readonly (string | Error)[] = [
    FAILURE,
    '<html>',
    new StatusError('read', 404, ''),
    new StatusError('read', 500, ''),
  ];
  for (const refusal of refusals) {
    const { wire, heard } = host(({ format }) => (format === 'json' ? refusal : SUCCESS));
    t.equal(await say(wire, 'read', 'session.login'), 'yes');
    t.equal(await say(wire, 'write', 'VM.start'), 'yes');
    t.same(said(heard), ['json session.login', 'xml session.login', 'xml VM.start']);
  }
  const { wire } = host(({ format }) => (format === 'json' ? FAILURE : FAILURE));
  await t.rejects(say(wire, 'read', 'x'), { code: 'HANDLE_INVALID', parameters: ['VM', 'x'] });
});

t.test('a change is sent once only, also when it is the first call', async (t) => {
  const json = host(({ method }) =>
    method === 'VM.start' ? '{"result":"yes","id":1}' : UNKNOWN_JSON,
  );
  t.equal(await say(json.wire, 'write', 'VM.start'), 'yes');
  t.same(said(json.heard), ['json gdcloud.which_format', 'json VM.start']);
  t.same(json.heard[0]?.headers, {}, 'what only asks makes no task');

  const old = host(({ format, method }) =>
    format === 'json' ? '<html>' : method === 'VM.start' ? SUCCESS : FAILURE,
  );
  t.equal(await say(old.wire, 'write', 'VM.start'), 'yes');
  t.same(said(old.heard), [
    'json gdcloud.which_format',
    'xml gdcloud.which_format',
    'xml VM.start',
  ]);

  const garbled = host(({ method }) => (method === 'VM.start' ? '<html>' : UNKNOWN_JSON));
  await t.rejects(say(garbled.wire, 'write', 'VM.start'), SyntaxError);
  t.equal(said(garbled.heard).filter((one) => one.endsWith('VM.start')).length, 1);
});

t.test('what is not there is not taken for a host of another format', async (t) => {
  const lost = new TransportError('lost', 'read', 'the connection broke');
  const away = host(() => lost);
  await t.rejects(say(away.wire, 'read', 'session.login'), lost);
  await t.rejects(say(away.wire, 'write', 'VM.start'), lost);
  t.same(
    away.heard.map(({ effect }) => effect),
    ['read', 'read'],
    'nothing can have been changed',
  );
  t.same(said(away.heard), ['json session.login', 'json gdcloud.which_format']);

  const ill = host(() => new StatusError('read', 503, 'x'));
  await t.rejects(say(ill.wire, 'read', 'session.login'), { message: 'HTTP status 503 from x' });
  await t.rejects(say(ill.wire, 'read', 'session.login'), { message: 'HTTP status 503 from x' });
  t.same(said(ill.heard), Array(2).fill(['json session.login', 'xml session.login']).flat());
});
