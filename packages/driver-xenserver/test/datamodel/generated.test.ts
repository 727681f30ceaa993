import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { ERROR_PARAMETERS } from '../../dist/datamodel/error-catalogue.js';
import { SCHEMA } from '../../dist/datamodel/schema.js';

const PACKAGE = fileURLToPath(new URL('../..', import.meta.url));
/** The upstream datamodel; not part of the repository, so the tests are skipped where it is not. */
const DATA = process.env['GDCLOUD_XAPI_DATA'] ?? join(PACKAGE, '../../../shared/data');
const skip = existsSync(join(DATA, 'xenapi.json')) ? false : 'the upstream datamodel is not here';

interface Upstream {
  readonly name: string;
  readonly fields: readonly { readonly name: string }[];
  readonly messages: readonly {
    readonly name: string;
    readonly params: readonly { readonly name: string; readonly required: boolean }[];
  }[];
}

function read(name: string): unknown {
  return JSON.parse(readFileSync(join(DATA, name), 'utf8'));
}

t.test('the committed tables are what the generator makes', { skip }, async (t) => {
  const target = t.testdir();
  execFileSync(process.execPath, [join(PACKAGE, 'scripts/generate-datamodel.mjs'), DATA, target]);
  for (const file of readdirSync(target)) {
    const committed = readFileSync(join(PACKAGE, 'src/datamodel', file), 'utf8');
    t.equal(readFileSync(join(target, file), 'utf8'), committed, file);
  }
});

t.test('no class, field, message or parameter of upstream is left out', { skip }, async (t) => {
  const classes = read('xenapi.json') as readonly Upstream[];
  t.same(
    [...SCHEMA.keys()],
    classes.map(({ name }) => name),
  );
  for (const { name, fields, messages } of classes) {
    const known = SCHEMA.get(name);
    t.same(
      [...(known?.fields.keys() ?? [])],
      fields.map((field) => field.name),
      name,
    );
    for (const message of messages) {
      const wanted = message.params.filter((parameter) => parameter.name !== 'session_id');
      t.same(
        known?.messages.get(message.name)?.parameters.map((p) => [p.name, p.required]),
        wanted.map((p) => [p.name, p.required]),
        `${name}.${message.name}`,
      );
    }
  }
  const errors = read('xapi-errors.json') as Record<string, { readonly params: readonly string[] }>;
  for (const [code, { params }] of Object.entries(errors)) {
    t.equal(ERROR_PARAMETERS.get(code)?.length, params.length, code);
  }
});
