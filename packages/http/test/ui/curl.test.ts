import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import t from 'tap';
import { type CurlRequest, curlCommand, quoted } from '../../dist/texts/curl-command.js';
import {
  changedOnly,
  curlValues,
  type Entries,
  filteredUrl,
} from '../../dist-ui/api-page/curl-values.js';

/** Texts that mean something to shells, to curl or to forms. */
const HOSTILE = [
  "it's",
  '$(touch /tmp/x) `id` $HOME',
  'a b\tc\nd',
  '; rm -rf / #',
  '"quoted" \\ back',
  '!! !$ *?[a]{b,c} ~',
  'a=b&c=d%20+e',
  '@/etc/passwd',
  '-o/tmp/x',
  '–äöü🙂',
  '',
];
const text = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc.string({ unit: 'binary', maxLength: 12 }).filter((one) => !one.includes('\0')),
);
const field = fc.constantFrom('name', 'description', 'sshKeys', 'ramSizeMb');

/** What a shell hands over when it runs commands: a list of arguments for each. */
function argumentsOf(commands: readonly string[]): readonly (readonly string[])[] {
  const script = `curl() { printf '%s\\0' "$@"; printf 'END\\0'; }\n${commands.join('\n')}\n`;
  const { stdout, status } = spawnSync('sh', ['-s'], {
    input: script,
    env: { KEY: 'access:secret', ROOT_PASSWORD: "se'cret" },
  });
  if (status !== 0) throw new Error(`sh ended with ${status}`);
  const runs: string[][] = [[]];
  for (const word of stdout.toString().split('\0').slice(0, -1))
    if (word === 'END') runs.push([]);
    else runs.at(-1)?.push(word);
  return runs.slice(0, -1);
}

/** What curl makes of its arguments. */
function meant(args: readonly string[]): {
  method: string;
  url: string;
  sent: readonly (readonly string[])[];
} {
  const sent: (readonly string[])[] = [];
  let method = 'GET';
  let url = '';
  for (let index = 0; index < args.length; index += 1) {
    const word = args[index] ?? '';
    const next = args[index + 1] ?? '';
    if (['-u', '-X', '-d', '--data-urlencode'].includes(word)) index += 1;
    else url = word;
    if (word === '-X') method = next;
    const equals = next.indexOf('=');
    const value = next.slice(equals + 1);
    if (word === '-d')
      sent.push([next.slice(0, equals), new URLSearchParams(`x=${value}`).get('x') ?? '']);
    if (word === '--data-urlencode') sent.push([next.slice(0, equals), value]);
  }
  return { method: method === 'GET' && sent.length > 0 ? 'POST' : method, url, sent };
}

t.test('a command brings every value as it was entered, whatever is in it', async (t) => {
  const request = fc.record({
    method: fc.constantFrom('POST', 'PUT', 'DELETE', 'GET'),
    url: text.map((one) => `http://h/v1/networks?name=${encodeURIComponent(one)}`),
    sent: fc.array(fc.tuple(field, text), { maxLength: 4 }),
  });
  // One shell for all of them.
  const requests: CurlRequest[] = fc
    .sample(request, 300)
    .map((one) => (one.method === 'GET' ? { ...one, sent: [] } : one)) as CurlRequest[];
  const runs = argumentsOf(requests.map(curlCommand));
  t.equal(runs.length, requests.length);
  for (const [index, { method, url, sent = [] }] of requests.entries()) {
    const run = runs[index] ?? [];
    t.same(run.slice(0, 2), ['-u', 'access:secret']);
    t.same(meant(run), { method, url, sent });
  }
});

t.test('a secret is a variable of the shell, and its value is nowhere', async (t) => {
  const command = curlCommand({
    method: 'POST',
    url: 'http://h/v1/virtualmachines',
    sent: curlValues({
      began: [['rootPassword', '']],
      entered: [['rootPassword', 'typed in']],
      secrets: new Set(['rootPassword']),
      required: new Set(),
    }),
  });
  t.notMatch(command, 'typed in');
  t.same(meant(argumentsOf([command])[0] ?? []).sent, [['rootPassword', "se'cret"]]);
});

t.test('any text is one word of a shell', async (t) => {
  const all = [...HOSTILE, ...fc.sample(text, 100)];
  t.same(
    argumentsOf(all.map((one) => `curl ${quoted(one)}`)),
    all.map((one) => [one]),
  );
});

t.test('a command says what a form was changed to, and what has to be sent', async (t) => {
  const began: Entries = [
    ['_blank', 'null'],
    ['rev', '3'],
    ['name', 'web'],
    ['ramSizeMb', '1024'],
    ['networkId', '1'],
    ['sshKeys', 'a'],
    ['sshKeys', ''],
  ];
  const contents = (
    changes: Readonly<Record<string, readonly string[]>>,
    required: readonly string[],
  ) =>
    curlValues({
      began,
      entered: [
        ...began.filter(([name]) => !Object.hasOwn(changes, name)),
        ...Object.entries(changes).flatMap(([name, texts]) =>
          texts.map((one) => [name, one] as const),
        ),
      ],
      secrets: new Set(),
      required: new Set(required),
    });
  t.same(contents({}, []), [], 'nothing was changed');
  t.same(contents({}, ['networkId']), [['networkId', '1']]);
  t.same(contents({ sshKeys: ['a', 'b', ''] }, []), [
    ['sshKeys', 'a'],
    ['sshKeys', 'b'],
  ]);
  t.same(contents({ name: [''] }, []), [
    ['_blank', 'null'],
    ['name', ''],
  ]);
});

t.test('the URL of a filter is the one that the form leads to', async (t) => {
  const url = (entered: Entries) => filteredUrl('http://h/v1/volumes', entered);
  t.equal(
    url([
      ['_where', ''],
      ['_value', 'x'],
      ['limit', ''],
    ]),
    'http://h/v1/volumes',
  );
  t.equal(
    url([
      ['sort', 'name'],
      ['_where', 'name_like'],
      ['_value', 'a&b%'],
      ['limit', '5'],
    ]),
    'http://h/v1/volumes?sort=name&limit=5&name_like=a%26b%25',
  );
});

t.test('an edit sends what was changed, and what it is based on', async (t) => {
  const began: Entries = [
    ['_blank', 'null'],
    ['rev', '3'],
    ['name', 'web'],
    ['sshKeys', 'a'],
    ['sshKeys', ''],
    ['ramSizeMb', '1024'],
  ];
  const base = began.slice(0, 2);
  t.same(changedOnly(began, began), base);
  const entered = began.map(([name, text]) => [name, name === 'ramSizeMb' ? '' : text] as const);
  t.same(changedOnly(began, entered), [...base, ['ramSizeMb', '']]);
  const longer = [...began, ['sshKeys', 'b']] as const;
  t.same(changedOnly(began, longer), [
    ...base,
    ['sshKeys', 'a'],
    ['sshKeys', ''],
    ['sshKeys', 'b'],
  ]);
});
