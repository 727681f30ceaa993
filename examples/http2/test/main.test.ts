import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CERTIFICATE_A, KEY_A } from '@gdcloud/services';
import t from 'tap';
import { exampleRuns } from '../../../packages/http/dist-test/mounts/example-process.js';

t.test('the example serves its own page and a cloud that works over HTTP/2', async (t) => {
  const folder = t.testdir();
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  await writeFile(cert, CERTIFICATE_A);
  await writeFile(key, KEY_A);
  await exampleRuns(t, new URL('../dist/main.js', import.meta.url), {
    TLS_CERT: cert,
    TLS_KEY: key,
  });
});
