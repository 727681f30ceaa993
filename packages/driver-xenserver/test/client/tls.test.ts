import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { SecureContextOptions } from 'node:tls';
import type { XenserverOptions } from '@gdcloud/driver-xenserver';
import t, { type Test } from 'tap';
import { call, driverFor } from '../cloud.js';

interface Secured {
  readonly url: string;
  readonly certificate: string;
}

interface SecuredOptions {
  readonly alternativeName?: string;
  readonly server?: SecureContextOptions;
}

/** A pool without hosts behind a certificate that nobody vouches for. */
async function startSecured(t: Test, options: SecuredOptions = {}): Promise<Secured> {
  const folder = t.testdir({});
  const [keyFile, certificateFile] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=localhost'],
      ...[
        '-addext',
        `subjectAltName=${options.alternativeName ?? 'IP:127.0.0.1'}`,
        '-keyout',
        keyFile,
        '-out',
        certificateFile,
      ],
    ],
    { stdio: 'ignore' },
  );
  const certificate = readFileSync(certificateFile, 'utf8');
  const server = createServer(
    { key: readFileSync(keyFile), cert: certificate, ...options.server },
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

t.test(
  'a certificate must name the address it is shown for',
  { skip: !hasOpenssl() },
  async (t) => {
    const { url, certificate } = await startSecured(t, {
      alternativeName: 'DNS:127.0.0.1,DNS:pool',
    });
    const ca = certificate;
    await t.rejects(driverFor(url, { tls: { ca } }).hosts(call()), { code: 'PoolUnreachable' });
    const named = driverFor(url, { tls: { ca, serverName: 'pool' } });
    t.same(await named.hosts(call()), [], 'unless it is said which name to expect');
    const other = driverFor(url, { tls: { ca, serverName: 'other' } });
    await t.rejects(other.hosts(call()), { code: 'PoolUnreachable' });
  },
);

t.test('one of several pinned certificates is enough', { skip: !hasOpenssl() }, async (t) => {
  const { url, certificate } = await startSecured(t);
  const fingerprint = ['ab'.repeat(32), new X509Certificate(certificate).fingerprint256];
  t.same(await driverFor(url, { tls: { fingerprint } }).hosts(call()), []);
});

t.test(
  'old hosts are only spoken to where that is asked for',
  { skip: !hasOpenssl() },
  async (t) => {
    const { url } = await startSecured(t, {
      server: { minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' },
    });
    const strict = driverFor(url, { tls: { insecure: true } });
    await t.rejects(strict.hosts(call()), { code: 'PoolUnreachable' });
    const lax = driverFor(url, { tls: { insecure: true, minVersion: 'TLSv1' } });
    t.same(await lax.hosts(call()), []);
  },
);

t.test('options that do not say whom to trust are refused before anything is sent', async (t) => {
  const vague: readonly unknown[] = [
    {},
    { insecure: false },
    { insecure: 'false' },
    { fingerprint: '' },
    { fingerprint: [] },
    { fingerprint: 'ab:cd' },
    { ca: '' },
    { ca: [] },
    { ca: 'nonsense' },
    { insecure: true, ca: '-----BEGIN CERTIFICATE-----' },
    { minVersion: 'TLSv1' },
  ];
  for (const tls of vague) {
    // What the types forbid, a host application in JavaScript may do.
    const options = { tls } as Partial<XenserverOptions>;
    t.throws(() => driverFor('https://127.0.0.1:1', options), TypeError, JSON.stringify(tls));
  }
});
