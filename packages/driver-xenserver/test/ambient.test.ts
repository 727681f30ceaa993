import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';

const SOURCE = fileURLToPath(new URL('../src', import.meta.url));
/** The machine's own time and chance. The adapters for them are core's; this package has none. */
const AMBIENT =
  /\b(setTimeout|setInterval|setImmediate|Date\.now|new Date\(\)|performance\.|node:timers|AbortSignal\.timeout|randomUUID|randomBytes|getRandomValues|Math\.random)/;

t.test("driver and pool know no time and no chance but their ports'", async (t) => {
  const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' });
  const sources = files.filter((file) => file.endsWith('.ts'));
  t.ok(sources.length > 50, `${sources.length} files`);
  for (const file of sources) t.notMatch(readFileSync(join(SOURCE, file), 'utf8'), AMBIENT, file);
});
