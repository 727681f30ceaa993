import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, startRedis } from '@gdcloud/services';
import t from 'tap';
import { eventually } from '../../support/eventually.js';
import { openBus, withoutRedis } from './open-bus.js';

const skip = withoutRedis();
if (skip !== false) t.plan(0, skip);
else
  t.test('over TLS, only a server with the right certificate is talked to', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'gdcloud-tls-'));
    t.teardown(() => rmSync(folder, { recursive: true }));
    const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
    const made = 'req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1'.split(' ');
    const names = ['-addext', 'subjectAltName=IP:127.0.0.1'];
    execFileSync('openssl', [...made, ...names, '-keyout', key, '-out', certificate], {
      stdio: 'ignore',
    });
    const port = await freePort();
    const server = await startRedis({
      settings: [
        `tls-port ${port}`,
        `tls-cert-file ${certificate}`,
        `tls-key-file ${key}`,
        'tls-auth-clients no',
      ],
    });
    t.teardown(() => server.close());
    const url = `rediss://127.0.0.1:${port}`;

    const strict = openBus(t, url);
    const heard: string[] = [];
    await strict.bus.subscribe('news', (message) => heard.push(`strict ${message}`));
    t.match(strict.lines, [{ message: 'events are away; work goes on by the scan' }]);
    t.match(JSON.stringify(strict.lines), /self.signed certificate/);

    const { bus } = openBus(t, url, { tls: { ca: readFileSync(certificate) } });
    await bus.subscribe('news', (message) => heard.push(message));
    bus.publish('news', 'in secret');
    await eventually(() => heard.length > 0);
    t.same(heard, ['in secret']);
  });
