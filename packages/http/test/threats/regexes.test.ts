import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BodyValidator, type Fields, RequestError, type ResourceType } from '@gdcloud/core';
import t from 'tap';
import { startTenants } from '../tenants.js';

/** However long a text is that gets as far as a pattern. Milliseconds. */
const MOST_MS = 5;
const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
/** What is repeated, and what spoils the match at the end. */
const PIECES = [
  'a',
  'A',
  '0',
  '1.',
  'a.',
  'a-',
  '-',
  '.',
  ':',
  '/',
  '%',
  '=',
  ' ',
  '"',
  "'",
  '_',
  'a,',
  '\\',
  '[',
  'é',
  '{"a":',
  ';a=',
  'aa ',
  '00:',
  '::',
];
const ENDS = ['', '!', '\n', '\u0000', '"'];

function attacks(length: number): readonly string[] {
  return PIECES.flatMap((piece) =>
    ENDS.map((end) => piece.repeat(Math.ceil(length / piece.length)).slice(0, length) + end),
  );
}

/** The fastest of a few tries: what is slow is slow each time, and a machine is busy now and then. */
function fastest(work: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < 5 && best > MOST_MS; tries += 1) {
    const began = performance.now();
    work();
    best = Math.min(best, performance.now() - began);
  }
  return best;
}

t.test('every text field of every type tells an attack in 5 ms', async (t) => {
  const { cloud } = await startTenants(t, { roles: ['api'] });
  let checked = 0;
  for (const type of cloud.types.all()) {
    for (const [what, fields] of fieldsOf(type)) {
      for (const [name, field] of Object.entries(fields)) {
        if (field.kind !== 'string' && field.kind !== 'password' && field.kind !== 'array')
          continue;
        const validator = new BodyValidator({ [name]: field }, 'action');
        for (const attack of attacks(Math.min(field.maxLength ?? 255, 4_096))) {
          const value = field.kind === 'array' ? [attack] : attack;
          const ms = fastest(() => {
            try {
              validator.parse({ [name]: value });
            } catch (refused) {
              if (!(refused instanceof RequestError)) throw refused;
            }
          });
          if (ms > MOST_MS) t.fail(`${what}.${name}: ${ms} ms`, { attack: attack.slice(0, 20) });
        }
        checked += 1;
      }
    }
  }
  t.ok(checked > 40, `${checked} fields`);
});

function fieldsOf(type: ResourceType): readonly (readonly [string, Fields])[] {
  const asks = Object.entries({ ...type.actions, ...type.questions });
  return [
    [type.id, type.spec],
    ...asks.map(([name, { input }]) => [`${type.id} ${name}`, input] as const),
  ];
}

t.test(
  'every pattern of the code that meets texts of others is done with them in 5 ms',
  async (t) => {
    let tried = 0;
    for (const folder of [
      'packages/http/src',
      'packages/core/src/model',
      'packages/core/src/cloud',
      'packages/core/src/kernel',
    ]) {
      for (const file of readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })) {
        if (!file.endsWith('.ts')) continue;
        for (const pattern of patternsIn(readFileSync(join(ROOT, folder, file), 'utf8'))) {
          tried += 1;
          for (const attack of attacks(2_000)) {
            const ms = fastest(() => {
              pattern.lastIndex = 0;
              pattern.exec(attack);
            });
            if (ms > MOST_MS)
              t.fail(`${folder}/${file} ${pattern}: ${ms} ms`, { attack: attack.slice(0, 20) });
          }
        }
      }
    }
    t.ok(tried > 80, `${tried} patterns`);
  },
);

/** The literals of a text that are patterns, or look like one; comments and divisions are no matter. */
function patternsIn(source: string): readonly RegExp[] {
  const literals = source.matchAll(
    /(?<=[(,=:?[!&|]\s*)\/(?![*/])((?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+)\/([dgimsuvy]*)/g,
  );
  return [...literals].flatMap(([, body = '', flags]) => {
    try {
      return [new RegExp(body, flags)];
    } catch {
      return [];
    }
  });
}
