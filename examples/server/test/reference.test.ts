import { defineResourceType, ERROR_CATALOGUE, STALL_KINDS, string } from '@gdcloud/core';
import t from 'tap';
import { declaredPages, typesOfCloud } from '../../../scripts/docs/reference.mjs';
import { everyMetric } from './support/every-metric.js';

const types = typesOfCloud();
const pages = await declaredPages(types, []);
const pageAt = (path: string): string => pages.get(`docs/reference/${path}.md`) ?? '';
const missing = (page: string, names: readonly string[]): readonly string[] =>
  names.filter((name) => !page.includes(`\`${name}\``));

t.test('every resource type has a page with all that it declares', async (t) => {
  t.ok(types.length > 15, `${types.length} types`);
  for (const type of types) {
    const page = pageAt(`types/${type.id}`);
    const declared = [type.spec, type.status, type.links, type.actions, type.questions];
    const names = declared.flatMap((names) => Object.keys(names));
    t.same(missing(page, [...names, ...type.lifecycle.states]), [], type.id);
    t.match(pageAt('types/index'), `[${type.id}](./${type.id}.md)`);
  }
});

t.test('every error, stall and metric has a row with its meaning', async (t) => {
  const errors = pageAt('errors');
  for (const [code, { status, meaning, remedy }] of Object.entries(ERROR_CATALOGUE))
    t.match(errors, `| ${status} | \`${code}\` | ${meaning} | ${remedy} |`);
  t.same(missing(errors, [...STALL_KINDS, 'EncryptionRequired']), []);
  const metrics = pageAt('metrics');
  for (const { name, kind, help } of await everyMetric())
    t.ok(metrics.includes(`| \`${name}\` | ${kind} |`) && metrics.includes(help), name);
});

t.test('every setting has a row', async (t) => {
  const settings = pageAt('settings');
  t.match(settings, '| `DATABASE_URL` |');
  t.match(settings, '](../operations.md#limits)', 'links lead to where they led');
});

t.test('whatever a declaration says, tables stay tables', async (t) => {
  const odd = defineResourceType({
    id: 'odd',
    plural: 'odds',
    description: 'A | B\nor `C`',
    spec: {
      text: string({ description: 'One | two\n\nthree <b>', default: '`a`|b', validChars: 'a|b`' }),
    },
    status: {},
    access: { visibleTo: 'own', users: ['read'], administrators: ['read'] },
  });
  const all = await declaredPages([...types, odd], []);
  for (const [path, text] of all)
    for (const block of text.split('\n\n').filter((one) => one.startsWith('|'))) {
      const widths = block.trim().split('\n').map(columns);
      t.equal(new Set(widths).size, 1, `${path}: ${block.slice(0, 60)}`);
    }
});

// Bars that are not escaped end a cell, also between backticks.
function columns(line: string): number {
  return [...line.matchAll(/(?<!\\)\|/g)].length;
}
