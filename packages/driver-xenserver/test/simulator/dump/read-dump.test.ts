import { systemClock, systemRandom } from '@gdcloud/core';
import t from 'tap';
import { RELATIONS } from '../../../dist/datamodel/relations.js';
import { SCHEMA, schemaAsOf } from '../../../dist/datamodel/schema.js';
import { readDump } from '../../../dist/simulator/dump/read-dump.js';
import { FIELDS_TO_COME, INTERNAL_COLUMNS } from '../../../dist/simulator/dump/unmapped-columns.js';
import { simulatedPool } from '../../../dist/simulator/index.js';
import { DUMPS } from './dumps.js';

for (const { release, text = '' } of DUMPS) {
  const skip = text === '' && 'the dump is not at hand';

  t.test(
    `every column of the ${release} dump is a field or a known internal one`,
    { skip },
    async (t) => {
      const dump = readDump(text, schemaAsOf(release));
      t.equal(dump.release, release);
      t.ok(dump.entries.length > 150);
      for (const { name } of dump.skipped) t.ok(name in INTERNAL_COLUMNS, name);
      for (const name of dump.missing) t.ok(name in FIELDS_TO_COME, name);
      t.same(dump.unknownTables, []);
    },
  );

  t.test(`the links of the ${release} dump say the same from both ends`, { skip }, async (t) => {
    const { entries } = readDump(text, SCHEMA);
    const rows = new Map(entries.map((entry) => [entry.ref, entry]));
    for (const { one, many } of RELATIONS) {
      const back = new Map<string, string[]>();
      for (const { className, ref, fields } of entries) {
        if (className !== one[0]) continue;
        const target = String(fields[one[1]]);
        if (rows.has(target)) back.set(target, [...(back.get(target) ?? []), ref]);
      }
      for (const { className, ref, fields } of entries) {
        const listed = className === many[0] ? fields[many[1]] : undefined;
        if (!Array.isArray(listed)) continue;
        t.same([...listed].sort(), (back.get(ref) ?? []).sort(), `${many.join('.')} of ${ref}`);
      }
    }
  });

  t.test(`a pool that begins with the ${release} dump has its objects`, { skip }, async (t) => {
    const pool = simulatedPool({ dump: text, clock: systemClock, random: systemRandom });
    t.teardown(() => pool.close());
    const { entries } = readDump(text, SCHEMA);
    for (const name of ['VM', 'VBD', 'VDI', 'VIF', 'SR', 'PBD', 'host', 'network', 'PIF']) {
      const before = entries.filter((entry) => entry.className === name);
      const after = new Map(pool.rows.list(name).map(({ ref, record }) => [ref, record]));
      t.equal(after.size, before.length, name);
      for (const { ref, fields } of before) {
        const record = after.get(ref);
        for (const [field, value] of Object.entries(fields)) {
          if (field === 'allowed_operations') continue;
          const [shown, recorded] = [record?.[field], value].map((item) =>
            Array.isArray(item) ? [...item].sort() : item,
          );
          t.same(shown, recorded, `${name}.${field} of ${ref}`);
        }
      }
    }
  });
}

t.test('what is no dump is refused', async (t) => {
  const table = (row: string): string => `<database><table name="VM">${row}</table></database>`;
  t.throws(() => readDump('<other/>', SCHEMA), SyntaxError);
  t.throws(() => readDump(table('<row/>'), SCHEMA), SyntaxError, 'a row without a reference');
  t.throws(() => readDump(table('<row ref="a" nope="1"/>'), SCHEMA), /no VM.nope/);
  t.throws(() => readDump(table('<row ref="a" domid="x"/>'), SCHEMA), /VM.domid of a/);
  t.same(
    readDump('<database><table name="nope"><row ref="a"/></table></database>', SCHEMA)
      .unknownTables,
    ['nope'],
  );
});
