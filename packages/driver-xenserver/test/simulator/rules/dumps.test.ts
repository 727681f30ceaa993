import { systemRandom } from '@gdcloud/core';
import t from 'tap';
import { schemaAsOf } from '../../../dist/datamodel/schema.js';
import { Database, type Row } from '../../../dist/simulator/database.js';
import { readDump } from '../../../dist/simulator/dump/read-dump.js';
import { Identifiers } from '../../../dist/simulator/identifiers.js';
import { noJournal } from '../../../dist/simulator/journal.js';
import { vbdFactsOf, vifFactsOf } from '../../../dist/simulator/rules/device-facts-of.js';
import { allowedSrOperations } from '../../../dist/simulator/rules/sr-rules.js';
import { srFactsOf, vdiFactsOf } from '../../../dist/simulator/rules/storage-facts-of.js';
import { allowedVbdOperations } from '../../../dist/simulator/rules/vbd-rules.js';
import { allowedVdiOperations } from '../../../dist/simulator/rules/vdi-rules.js';
import { allowedVifOperations } from '../../../dist/simulator/rules/vif-rules.js';
import { textList } from '../../../dist/simulator/values.js';
import { readVmFacts } from '../../../dist/simulator/vm/read-vm-facts.js';
import { allowedVmOperations } from '../../../dist/simulator/vm/vm-rules.js';
import { DUMPS } from '../dump/dumps.js';

type Recomputed = (database: Database, row: Row, release: string) => readonly string[];

const CLASSES: Readonly<Record<string, Recomputed>> = {
  VM: (database, row, release) => allowedVmOperations(readVmFacts(database, row, release)),
  VBD: (database, row) => allowedVbdOperations(vbdFactsOf(database, row)),
  VIF: (database, row) => allowedVifOperations(vifFactsOf(database, row)),
  VDI: (database, row, release) => allowedVdiOperations(vdiFactsOf(database, row, release)),
  SR: (database, row, release) => allowedSrOperations(srFactsOf(database, row, release)),
  network: () => [],
};

for (const { release, text = '' } of DUMPS) {
  const skip = text === '' && 'the dump is not at hand';
  t.test(
    `operations allowed in the ${release} pool are those its XAPI allowed`,
    { skip },
    async (t) => {
      const schema = schemaAsOf(release);
      const database = new Database(noJournal, new Identifiers(systemRandom), schema);
      database.adopt(readDump(text, schema).entries);
      for (const [name, recomputed] of Object.entries(CLASSES)) {
        const rows = [...database.rows(name)];
        const right = rows.filter((row) => {
          const recorded = [...textList(row.fields.get('allowed_operations'))].sort().join(' ');
          const now = [...recomputed(database, row, release)].sort().join(' ');
          if (now !== recorded) t.comment(`${name} ${row.ref}: ${now} instead of ${recorded}`);
          return now === recorded;
        });
        t.ok(right.length >= 0.95 * rows.length, `${name}: ${right.length} of ${rows.length}`);
      }
    },
  );
}
