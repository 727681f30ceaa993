// Every error of the API, and every way in which a resource stalls, from the declarations.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERROR_CATALOGUE, STALLS } from '@gdcloud/core';
import { WIRE_FAULTS } from '../../packages/http/dist/response/wire-fault.js';
import { root } from '../workspace.mjs';
import { cell, code, codes, page, table } from './markdown.mjs';

/** The page of errors. */
export function errorPage() {
  return page(
    'Errors',
    'What a request can be refused with. `code` is stable and for programs; the message says what exactly was wrong, and `detail` ' +
      'what is said here under "what to do", or more.',
    errorTable({ ...ERROR_CATALOGUE, ...WIRE_FAULTS }),
    '## Stalls',
    'What a resource gives up with. Its condition `Stalled` has the code, its state is `error`, and what frees it is among its ' +
      'actions. What a driver calls `invalid`, or fails with for too long, stalls under the code of the driver.',
    stallTable(),
    '## How calls to a backend fail',
    'A driver classifies each failure; conditions, events and metrics show the outcome.',
    table(
      ['outcome', 'what is known', 'what follows'],
      OUTCOMES.map(([outcome, known, follows]) => [code(outcome), known, follows]),
    ),
  );
}

const OUTCOMES = [
  ['rejected', 'The backend refused; nothing happened.', 'It is tried again, with growing pauses.'],
  ['ambiguous', 'It may or may not have happened.', 'A look, before anything else.'],
  [
    'unavailable',
    'The backend can not be reached; nothing is known.',
    'It is left alone and probed; no attempt is counted.',
  ],
  [
    'invalid',
    'What is asked for can never work.',
    'The resource stalls until something else is asked for.',
  ],
];

function errorTable(errors) {
  const rows = Object.entries(errors).toSorted(
    ([one, { status }], [other, next]) => status - next.status || (one < other ? -1 : 1),
  );
  return table(
    ['status', 'code', 'what it means', 'what to do'],
    rows.map(([name, { status, meaning, remedy }]) => [
      status,
      code(name),
      cell(meaning),
      cell(remedy),
    ]),
  );
}

// What each means stands in the declaration's doc comments, which the compiler hands on.
function stallTable() {
  const declaration = readFileSync(join(root, 'packages/core/dist/model/stall.d.ts'), 'utf8');
  return table(
    ['code', 'what it means', 'what frees it'],
    Object.entries(STALLS).map(([name, actions]) => {
      const found = new RegExp(`/\\*\\* ([^*]+) \\*/\\s+readonly ${name}:`).exec(declaration);
      if (found === null) throw new Error(`stall.ts does not say what ${name} means`);
      return [code(name), cell(found[1]), codes(actions)];
    }),
  );
}
