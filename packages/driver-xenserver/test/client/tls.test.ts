import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { XenserverOptions } from '@gdcloud/driver-xenserver';
import t, { type Test } from 'tap';
import { call, driverFor } from '../cloud.js';

interface Secured {
  readonly url: string;
  readonly certificate: string;
}

/** A pool without hosts behind a certificate that nobody vouches for. */
async function startSecured(t: Test): Promise<Secured> {
  const folder = t.testdir({});
  const [keyFile, certificateFile] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=localhost'],
      ...['-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', keyFile, '-out', certificateFile],
    ],
    { stdio: 'ignore' },
  );
  const certificate = readFileSync(certificateFile, 'utf8');
  const server = createServer(
    { key: readFileSync(keyFile), cert: certificate },
    (request, response) => {
      let text = '';
      request.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      request.on('end', () => {
        const { method } = JSON.parse(text) as { readonly method: string };
        const result = method.startsWith('session.') ? 'OpaqueRef:session' : {};
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ jsonrpc: '2.0', id: 1, result }));
      });
    },
  );
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, certificate };
}

function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

t.test(
  'only the certificates that were asked for are trusted',
  { skip: !hasOpenssl() },
  async (t) => {
    const { url, certificate } = await startSecured(t);
    const fingerprint = new X509Certificate(certificate).fingerprint256;
    const trusted: readonly NonNullable<XenserverOptions['tls']>[] = [
      { ca: certificate },
      { fingerprint },
      { fingerprint: fingerprint.replaceAll(':', '').toLowerCase() },
      { insecure: true },
    ];
    for (const tls of trusted) {
      t.same(await driverFor(url, { tls }).hosts(call()), [], Object.keys(tls).join());
    }
    const distrusted = [driverFor(url), driverFor(url, { tls: { fingerprint: '00'.repeat(32) } })];
    for (const driver of distrusted) {
      await t.rejects(driver.hosts(call()), { outcome: 'unavailable', code: 'PoolUnreachable' });
    }
  },
);
