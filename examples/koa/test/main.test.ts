import t from 'tap';
import { exampleRuns } from '../../../packages/http/dist-test/mounts/example-process.js';

t.test('the example serves its own page and a cloud that works', async (t) => {
  await exampleRuns(t, new URL('../dist/main.js', import.meta.url));
});
