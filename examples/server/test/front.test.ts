import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ConnectionOptions, connect } from 'node:tls';
import { CERTIFICATE_A, CERTIFICATE_B, KEY_A, KEY_B } from '@gdcloud/services';
import t, { type Test } from 'tap';
import {
  type Wire,
  wireOfHttp1,
  wireOfHttp2,
} from '../../../packages/http/dist-test/mounts/wire.js';
import { ownFolder } from './support/own-folder.js';
import { eventually, KEY, launch, startServer } from './support/server-process.js';

const AUTHORIZATION = `Basic ${Buffer.from(`${KEY.access}:${KEY.secret}`).toString('base64')}`;
const HEADERS = { authorization: AUTHORIZATION, accept: 'application/json' };

interface Files {
  readonly home: string;
  readonly environment: Record<string, string>;
  readonly write: (certificate: string, key: string) => Promise<void>;
}

/** A home with a certificate of `a.example`, which the settings name by files in it. */
async function withCertificate(t: Test): Promise<Files> {
  const home = ownFolder(t);
  const write = async (certificate: string, key: string): Promise<void> => {
    await writeFile(join(home, 'cert.pem'), certificate);
    await writeFile(join(home, 'key.pem'), key);
  };
  await write(CERTIFICATE_A, KEY_A);
  const environment = { GDCLOUD_TLS_CERT: 'cert.pem', GDCLOUD_TLS_KEY: 'key.pem' };
  return { home, environment, write };
}

/** Whom a server says to be, and by which version of TLS; rejects where there is no connection. */
async function greeted(url: string, options: ConnectionOptions = {}) {
  const port = Number(new URL(url).port);
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...options });
  await once(socket, 'secureConnect');
  const [name, version] = [socket.getPeerCertificate().subject.CN, socket.getProtocol()];
  socket.destroy();
  return { name, version };
}

function wireOf(t: Test, wire: Wire): Wire {
  t.teardown(() => wire.close());
  return wire;
}

t.test('it speaks TLS 1.2 and later, and takes a new certificate without a restart', async (t) => {
  const { home, environment, write } = await withCertificate(t);
  const server = await startServer(home, { ...environment, LOG_LEVEL: 'info' });
  t.match(server.url, /^https:\/\/127\.0\.0\.1:\d+\/v1$/);
  t.match(await greeted(server.url), { name: 'a.example', version: 'TLSv1.3' });
  t.equal((await greeted(server.url, { maxVersion: 'TLSv1.2' })).version, 'TLSv1.2');
  const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'ALL@SECLEVEL=0' } as const;
  await t.rejects(greeted(server.url, old));

  const { origin } = new URL(server.url);
  const wire = wireOf(t, wireOfHttp1(origin));
  const version = await wire.ask('/v1', { headers: HEADERS });
  t.match(version, { status: 200, json: { links: { self: `${origin}/v1` } } });
  t.equal(version.headers['strict-transport-security'], 'max-age=31536000');

  await writeFile(join(home, 'cert.pem'), CERTIFICATE_B);
  await eventually('a pair that does not fit to be refused', async () =>
    /the certificate is still the old one/.test(server.errors()) ? true : undefined,
  );
  t.equal((await greeted(server.url)).name, 'a.example');
  await write(CERTIFICATE_B, KEY_B);
  const renewed = await eventually('the new certificate', async () => {
    const { name } = await greeted(server.url);
    return name === 'a.example' ? undefined : name;
  });
  t.equal(renewed, 'b.example');
});

t.test('it speaks HTTP/2 beside HTTP/1.1 where it is asked to', async (t) => {
  const { home, environment } = await withCertificate(t);
  const server = await startServer(home, { ...environment, GDCLOUD_HTTP2: 'on' });
  const { origin } = new URL(server.url);
  for (const wire of [wireOfHttp1(origin), wireOfHttp2(origin)]) {
    const answer = await wireOf(t, wire).ask('/v1', { headers: HEADERS });
    t.match(answer, { status: 200, json: { links: { self: `${origin}/v1` } } });
    const { text } = await wire.ask('/metrics');
    t.match(text, /^gdcloud_http_connections [12]$/m, 'and looks after the connections of both');
  }
});

t.test('what proxies say counts, and what their clients sent in clear is refused', async (t) => {
  const server = await startServer(ownFolder(t), { GDCLOUD_TRUSTED_PROXIES: '127.0.0.1' });
  const wire = wireOf(t, wireOfHttp1(new URL(server.url).origin));
  const via = (proto: string) =>
    wire.ask('/v1', {
      headers: {
        ...HEADERS,
        'x-forwarded-proto': proto,
        'x-forwarded-host': 'cloud.example',
        'x-forwarded-for': '203.0.113.9',
      },
    });
  const sound = await via('https');
  t.match(sound, { status: 200, json: { links: { self: 'https://cloud.example/v1' } } });
  t.equal(sound.headers['x-api-client-ip'], '203.0.113.9');
  t.match(await via('http'), { status: 403, json: { code: 'EncryptionRequired' } });
  t.equal((await wire.ask('/v1', { headers: HEADERS })).status, 200, 'this machine itself may');
});

t.test('keys in clear are taken where it is said so', async (t) => {
  const server = await startServer(ownFolder(t), {
    GDCLOUD_TRUSTED_PROXIES: '127.0.0.1',
    GDCLOUD_CREDENTIALS_IN_CLEAR: 'accepted',
  });
  const wire = wireOf(t, wireOfHttp1(new URL(server.url).origin));
  const headers = { 'x-forwarded-proto': 'http', 'x-forwarded-for': '203.0.113.9' };
  t.equal((await wire.ask('/v1', { headers: { ...HEADERS, ...headers } })).status, 200);
});

t.test('a certificate that can not be used is named', async (t) => {
  const { home, environment, write } = await withCertificate(t);
  const ends = async (more: Record<string, string>) => {
    const child = launch(home, { ...environment, ...more });
    let said = '';
    child.stderr?.on('data', (chunk) => (said += chunk));
    const [status] = await once(child, 'close');
    return { status, said };
  };
  const missing = await ends({ GDCLOUD_TLS_KEY: 'none.pem' });
  t.match(missing, { status: 2, said: /GDCLOUD_TLS_KEY can't be read: ENOENT/ });
  await write(CERTIFICATE_A, KEY_B);
  t.match(await ends({}), { status: 2, said: /GDCLOUD_TLS_CERT and GDCLOUD_TLS_KEY are no pair/ });
});
