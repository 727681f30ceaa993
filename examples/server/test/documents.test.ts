import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { type Example, examplesOf } from './documents/blocks.js';
import { CASES, type DocumentCase } from './documents/cases.js';
import { type Command, commandsOf } from './documents/commands.js';
import { compiled, ran } from './documents/programs.js';
import { notInAnswer } from './documents/shown-json.js';
import { type Walk, walk } from './documents/walk.js';
import { KEY } from './support/server-process.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const TABLE = 'examples/server/test/documents/cases.ts';
const PROGRAMS = ['ts', 'js', 'typescript', 'javascript'];
const SHELL = ['sh', 'bash', 'shell', 'console', 'inline'];

/** What an example may do without being asked about: speak to the API, look at what came, name things. */
const ORDINARY = /^(curl|ls|cat|head|tail|jq|export) |^[A-Z_]+=(\$\([^)]*\)|\S*)$/;

const documents = [
  'README.md',
  ...(await readdir(join(ROOT, 'docs'))).filter((name) => name.endsWith('.md')).map(inDocs),
];

for (const document of documents) {
  const examples = examplesOf(await readFile(join(ROOT, document), 'utf8'));
  const told = CASES[document] ?? {};
  t.test(`the examples of ${document} do what they show`, async (t) => {
    await tryPrograms(t, document, examples, told);
    await tryCommands(t, document, examples, told);
  });
}

t.test('what is said about examples is said of examples that there are', async (t) => {
  for (const [document, { before = [], notRun = {}, notCompared = {} }] of Object.entries(CASES)) {
    t.ok(documents.includes(document), document);
    const examples = examplesOf(await readFile(join(ROOT, document), 'utf8'));
    const commands = commandsIn(examples).map(({ command }) => command.text);
    for (const begin of [...before.map(({ command }) => command), ...Object.keys(notRun)])
      t.ok(
        commands.some((command) => command.startsWith(begin)),
        `${document}: ${begin}`,
      );
    for (const begin of Object.keys(notCompared))
      t.ok(
        examples.some(({ language, text }) => language === 'json' && text.startsWith(begin)),
        `${document}: ${begin}`,
      );
  }
});

async function tryPrograms(
  t: Test,
  document: string,
  examples: readonly Example[],
  { programs = [], otherFiles = {}, goesOnFrom }: DocumentCase,
): Promise<void> {
  const shown = examples.filter(({ language }) => PROGRAMS.includes(language));
  if (shown.length === 0 && programs.length === 0) return;
  if (shown.length !== programs.length) {
    const lines = shown.map(({ line }) => line).join(', ');
    t.fail(
      `${document} has ${shown.length} programs (at lines ${lines}), and ${TABLE} knows ${programs.length}: ` +
        `say there, in \`programs\` of ${document}, what file each is and whether it is run to its end`,
    );
    return;
  }
  const started = programs.some(({ run }) => run === 'to its end')
    ? await walk(t, document, {})
    : undefined;
  const texts = programs.map((program, index) => {
    const text = shown[index]?.text ?? '';
    return { ...program, text: started?.here(text) ?? text };
  });
  const { folder, problems } = await compiled(document, texts, {
    ...otherFiles,
    ...(goesOnFrom === undefined ? {} : await programsOf(goesOnFrom)),
  });
  t.equal(problems, '', 'its programs compile');
  if (started === undefined || problems !== '') return;
  const environment = {
    GDCLOUD_URL: started.url,
    GDCLOUD_ACCESS_KEY: KEY.access,
    GDCLOUD_SECRET_KEY: KEY.secret,
  };
  for (const { file } of programs.filter(({ run }) => run === 'to its end'))
    await t.resolves(ran(folder, file, environment), `${file} runs to its end`);
}

async function programsOf(document: string): Promise<Readonly<Record<string, string>>> {
  const shown = examplesOf(await readFile(join(ROOT, document), 'utf8')).filter(({ language }) =>
    PROGRAMS.includes(language),
  );
  const files = CASES[document]?.programs ?? [];
  return Object.fromEntries(files.map(({ file }, index) => [file, shown[index]?.text ?? '']));
}

async function tryCommands(
  t: Test,
  document: string,
  examples: readonly Example[],
  told: DocumentCase,
): Promise<void> {
  const { notRun = {}, notCompared = {} } = told;
  const listed = (text: string, list: object): boolean =>
    Object.keys(list).some((begin) => text.startsWith(begin));
  const wanted = examples.filter(
    ({ language, text }) =>
      (language === 'json' && !listed(text, notCompared)) ||
      (SHELL.includes(language) && commandsOf(text).some((one) => !listed(one.text, notRun))),
  );
  if (wanted.length === 0) return;
  const started = await walk(t, document, told);
  for (const example of wanted) {
    const at = `${document}:${example.line}`;
    if (example.language === 'json') compare(t, at, example.text, started);
    else
      for (const command of commandsOf(example.text))
        if (!listed(command.text, notRun)) await tryCommand(t, at, command, started);
  }
}

async function tryCommand(t: Test, at: string, command: Command, started: Walk): Promise<void> {
  const { text, status, prints } = command;
  if (!ORDINARY.test(text)) {
    t.fail(
      `${at}: ${text}: is no command that examples are run with; say in ${TABLE}, in \`notRun\`, why not`,
    );
    return;
  }
  const { exchanges, exitCode, output, errors } = await started.type(command);
  const told = {
    remedy: `mend it, or say in ${TABLE} what the text takes for granted before it, or why it is not run`,
    output: output.slice(0, 2_000),
    errors: errors.slice(0, 2_000),
  };
  t.equal(exitCode, 0, `${at}: ${text}: works`, told);
  const asks = text.match(/\bcurl -/g)?.length ?? 0;
  t.ok(exchanges.length >= asks, `${at}: ${text}: asks the API`, told);
  const fits = exchanges.every((one) =>
    status === undefined ? one.status >= 200 && one.status < 300 : one.status === status,
  );
  const statuses = exchanges.map((one) => one.status).join(', ');
  t.ok(fits, `${at}: ${text}: is answered ${statuses}`, told);
  if (prints.length > 0 && /\| *jq -r/.test(text))
    t.same(output.trimEnd().split('\n'), prints, `${at}: prints what is under it`);
}

function compare(t: Test, at: string, text: string, started: Walk): void {
  const answer = started.last()?.json;
  const missing = notInAnswer(JSON.parse(text), answer);
  t.same(missing, [], `${at}: the answer before it is like what is shown`, { answer });
}

function commandsIn(
  examples: readonly Example[],
): readonly { readonly command: Command; readonly line: number }[] {
  return examples
    .filter(({ language }) => SHELL.includes(language))
    .flatMap(({ text, line }) => commandsOf(text).map((command) => ({ command, line })));
}

function inDocs(name: string): string {
  return `docs/${name}`;
}
