import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { inspect } from 'node:util';
import {
  createCloud,
  type JsonObject,
  type Logger,
  type Plugin,
  type Span,
  sealingKeysFrom,
  TRACER,
  type Tracer,
} from '@gdcloud/core';
import { prometheus } from '@gdcloud/core/prometheus';
import { sqlite } from '@gdcloud/core/sqlite';
import { nfsVhd } from '@gdcloud/driver-nfs-vhd';
import { vlan } from '@gdcloud/driver-vlan';
import { xenserver } from '@gdcloud/driver-xenserver';
import { startSimulator } from '@gdcloud/driver-xenserver/simulator';
import { api, harden, serverOptions } from '@gdcloud/http';
import t, { type Test } from 'tap';
import { ownFolder } from './support/own-folder.js';

/** Each a secret that some part of the cloud is given; none may turn up in anything that is recorded. */
const CANARIES = {
  administratorSecret: 'canary-administrator-secret',
  wrongSecret: 'canary-wrong-secret',
  pepper: 'canary-pepper-of-this-cloud',
  sealingKey: 'canary-sealing-key-of-this-cloud',
  markerKey: 'canary-marker-key-of-32-bytes-00',
  poolPassword: 'canary-pool-password',
  wrongPoolPassword: 'canary-wrong-pool-password',
  userData: 'canary-user-data',
  refusedBody: 'canary-body-of-what-is-refused',
  password: 'canary-password-of-ada',
  wrongPassword: 'canary-wrong-password',
  nextPassword: 'canary-next-password-of-ada',
} as const;

/** Everything that was recorded, as one who reads all of it would see it. */
class Recorded {
  readonly texts: string[] = [];

  readonly logger: Logger = {
    debug: (data, message) => this.note(data, message),
    info: (data, message) => this.note(data, message),
    warn: (data, message) => this.note(data, message),
    error: (data, message) => this.note(data, message),
  };

  readonly tracer: Tracer = {
    isActive: true,
    start: (name, options) => {
      this.note(name, options);
      const span: Span = {
        traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
        set: (attributes) => this.note(attributes),
        fail: (code) => this.note(code),
        end: () => undefined,
      };
      return span;
    },
  };

  note(...things: readonly unknown[]): void {
    this.texts.push(
      inspect(things, { depth: 20, showHidden: true, maxStringLength: null, maxArrayLength: null }),
    );
  }

  /** Where a secret turned up, plain or as it travels in headers and rows. */
  sightings(secret: string): readonly string[] {
    const forms = [
      secret,
      Buffer.from(secret).toString('base64').replace(/=+$/, ''),
      Buffer.from(`admin:${secret}`).toString('base64').replace(/=+$/, ''),
      Buffer.from(secret).toString('hex'),
      encodeURIComponent(secret),
    ];
    return this.texts.filter((text) => forms.some((form) => text.includes(form)));
  }
}

interface Answer {
  readonly status: number;
  readonly body: JsonObject;
}

/** A cloud on real drivers, behind a real server; its pool answers to `poolPassword`. */
async function serve(t: Test, recorded: Recorded, password: string) {
  const home = ownFolder(t);
  const share = join(home, 'share');
  const pool = await startSimulator({
    state: join(home, 'pool'),
    storageFolder: share,
    hosts: 1,
    password: CANARIES.poolPassword,
  });
  t.teardown(() => pool.close());
  const metrics = prometheus();
  const traced: Plugin = (container) => container.register(TRACER, { useValue: recorded.tracer });
  const cloud = createCloud({
    plugins: [
      sqlite({ file: ':memory:' }),
      nfsVhd({ folder: share }),
      vlan({ folder: join(home, 'network') }),
      xenserver({ url: pool.url, username: 'root', password }),
      metrics,
      traced,
    ],
    pepper: Buffer.from(CANARIES.pepper),
    sealingKeys: sealingKeysFrom([Buffer.from(CANARIES.sealingKey)]),
    administratorKey: { publicValue: 'admin', secretValue: CANARIES.administratorSecret },
    logger: recorded.logger,
  });
  await cloud.start();
  t.teardown(() => cloud.stop());
  const handle = api({
    types: cloud.types,
    resources: cloud.resources,
    logger: recorded.logger,
    tracer: cloud.tracer,
    meter: cloud.meter,
    metrics: () => metrics.text(),
    ready: () => cloud.health(),
    markerKey: Buffer.from(CANARIES.markerKey),
  });
  const limits = { headMs: 1_000, checkMs: 100 };
  const server = createServer(
    serverOptions(limits),
    (request, response) => void handle(request, response),
  );
  harden(server, { limits }).measure(cloud.meter);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new TypeError('no port');
  const url = `http://127.0.0.1:${address.port}`;
  const ask = async (
    path: string,
    body?: JsonObject,
    key = `admin:${CANARIES.administratorSecret}`,
  ): Promise<Answer> => {
    const response = await fetch(`${url}/v1/${path}`, {
      headers: {
        authorization: `Basic ${Buffer.from(key).toString('base64')}`,
        accept: 'application/json',
        'content-type': 'application/json',
      },
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    });
    return { status: response.status, body: JSON.parse(await response.text()) };
  };
  /** Records what is answered to somebody who looks: as JSON, and as a page. */
  const look = async (path: string): Promise<void> => {
    for (const headers of [
      { accept: 'application/json' },
      { accept: '*/*', 'user-agent': 'Mozilla/5.0' },
    ]) {
      const key = Buffer.from(`admin:${CANARIES.administratorSecret}`).toString('base64');
      const response = await fetch(`${url}/v1/${path}`, {
        headers: { ...headers, authorization: `Basic ${key}` },
      });
      if (response.status !== 200) throw new Error(`${path}: ${response.status}`);
      recorded.note(path, await response.text());
    }
  };
  const until = async (path: string, state: string): Promise<void> => {
    for (let tries = 0; tries < 400; tries += 1) {
      if ((await ask(path)).body['state'] === state) return;
      await pause(25);
    }
    throw new Error(`${path} is not ${state}`);
  };
  return { url, ask, look, until, pool, metrics };
}

const NETWORK = { name: 'web', domain: 'web.local', ipv4Cidr: '192.168.0.0/24' };
const SERVER = {
  name: 'web1',
  offering: '1gb-1cpu',
  imageId: '1',
  networkId: '1',
  userData: `#cloud-config\npassword: ${CANARIES.userData}`,
};

t.test('creates, failures and refusals leave no secret in logs, spans and metrics', async (t) => {
  const recorded = new Recorded();
  const { url, ask, until, pool, metrics } = await serve(t, recorded, CANARIES.poolPassword);
  t.equal((await ask('networks', NETWORK)).status, 201);
  t.equal((await ask('virtualmachines', SERVER)).status, 201);
  await until('virtualmachines/1', 'running');
  const made = await ask('apikeys', { name: 'mine' });
  const secret = String(made.body['secretValue']);
  t.equal(secret.length, 40);
  const key = `${String(made.body['publicValue'])}:${secret}`;
  t.equal((await ask('networks', undefined, key)).status, 200);
  t.equal((await ask('networks', undefined, `admin:${CANARIES.wrongSecret}`)).status, 401);
  t.equal((await ask('virtualmachines', { ...SERVER, imageId: '77' })).status, 422);
  t.equal((await fetch(`${url}/readyz`)).status, 200);
  const scraped = await (await fetch(`${url}/metrics`)).text();
  t.match(scraped, /^gdcloud_http_requests_total\{method="POST",status="201"\} 3$/m);
  await pool.close();
  t.equal((await ask('virtualmachines', { ...SERVER, name: 'web2' })).status, 201);
  await pause(500);
  recorded.note(await metrics.text());
  t.ok(recorded.texts.length > 100, `${recorded.texts.length} things were recorded`);
  t.ok(
    recorded.texts.some((text) => /xenserver\.servers create/.test(text)),
    'calls among them',
  );
  for (const [name, canary] of Object.entries({ ...CANARIES, madeSecret: secret }))
    t.same(recorded.sightings(canary), [], name);
});

t.test('a pool that refuses the password is told of without it', async (t) => {
  const recorded = new Recorded();
  const { ask, metrics } = await serve(t, recorded, CANARIES.wrongPoolPassword);
  t.equal((await ask('networks', NETWORK)).status, 201);
  await pause(500);
  recorded.note(await metrics.text());
  t.ok(
    recorded.texts.some((text) => /routine task failed|a pass failed|unavailable/.test(text)),
    'something failed',
  );
  for (const [name, canary] of Object.entries(CANARIES))
    t.same(recorded.sightings(canary), [], name);
});

t.test('what keys and people open the API with is in no answer, page, event or log', async (t) => {
  const recorded = new Recorded();
  const { ask, look, until } = await serve(t, recorded, CANARIES.poolPassword);
  const login = await ask('logins', { username: 'ada', password: CANARIES.password });
  t.equal(login.status, 201);
  recorded.note(login);
  t.equal((await ask('logins', undefined, `ada:${CANARIES.password}`)).status, 200);
  recorded.note(await ask('logins', undefined, `ada:${CANARIES.wrongPassword}`));
  recorded.note(await ask('logins', { username: 'ADA', password: CANARIES.nextPassword }));
  recorded.note(await ask('logins', { username: 'eve', password: `${CANARIES.password}\n` }));
  const change = {
    currentPassword: CANARIES.password,
    password: CANARIES.nextPassword,
  };
  recorded.note(await ask('logins/1?action=changepassword&dryRun=plan', change));
  const changed = await ask('logins/1?action=changepassword', change);
  t.equal(changed.status, 202);
  recorded.note(changed);
  t.equal((await ask('logins', undefined, `ada:${CANARIES.password}`)).status, 401);
  t.equal((await ask('logins', undefined, `ada:${CANARIES.nextPassword}`)).status, 200);

  const made = await ask('apikeys', { name: 'mine' });
  const rotated = await ask('apikeys/2?action=rotate', { graceSeconds: 60 });
  t.equal(rotated.status, 202);
  const secrets = [made, rotated].map(({ body }) => String(body['secretValue']));
  for (const secret of secrets) t.equal(secret.length, 40);
  await until('logins/1', 'active');
  await until('apikeys/2', 'active');
  for (const one of ['logins/1', 'apikeys/2'])
    for (const path of [one, `${one}/events`, `${one}?action=explain`]) await look(path);
  for (const path of ['logins', 'apikeys', 'schemas', 'openapi.json']) await look(path);

  const digests = [...secrets, CANARIES.administratorSecret].map((secret) =>
    createHmac('sha256', CANARIES.pepper).update(secret).digest('base64url'),
  );
  for (const hidden of [...Object.values(CANARIES), ...secrets, ...digests, 'scrypt$'])
    t.same(recorded.sightings(hidden), [], hidden);
  t.ok(recorded.sightings('"username":"ada"').length > 0, 'what is no secret is there');
});

t.test('nor does what is refused before anybody looks at it', async (t) => {
  const recorded = new Recorded();
  const { url, ask, metrics } = await serve(t, recorded, CANARIES.poolPassword);
  const raw = async (bytes: string): Promise<number> => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => undefined);
    socket.write(bytes);
    const answer = await text(socket);
    const status = Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]);
    // Lists repeat what they were asked for.
    if (status >= 400) recorded.note(answer);
    return status;
  };
  const key = Buffer.from(`admin:${CANARIES.administratorSecret}`).toString('base64');
  const authorization = `Authorization: Basic ${key}`;
  const body = JSON.stringify({ name: CANARIES.refusedBody });
  const head = `POST /v1/networks HTTP/1.1\r\nHost: h\r\n${authorization}\r\nConnection: close\r\n`;
  const statuses = new Map<string, number>();
  // Whoever is signed in stays so beside one who guesses.
  t.equal((await ask('networks')).status, 200);
  for (let tries = 0; tries < 20; tries += 1)
    statuses.set(
      'wrong keys',
      (await ask('networks', undefined, `admin:${CANARIES.wrongSecret}`)).status,
    );
  for (const [what, bytes] of Object.entries({
    'no HTTP': `GET /v1 HTTP/1.1\r\nHost : h\r\n${authorization}\r\n\r\n`,
    'a large head': `${head}X-A: ${CANARIES.refusedBody.repeat(1_000)}\r\n\r\n`,
    'half a head': head,
    'a broken chunk': `${head}Transfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\nzz\r\n`,
    'a large body': `${head}Content-Length: 1100000\r\n\r\n${body.padEnd(1_100_000)}`,
    'no JSON': `${head}Content-Length: ${body.length - 1}\r\n\r\n${body.slice(1)}`,
    'two keys': `${head}${authorization}\r\nContent-Length: 0\r\n\r\n`,
    'a key in the query': `GET /v1/networks?secret=${CANARIES.wrongSecret} HTTP/1.1\r\nHost: h\r\n${authorization}\r\nConnection: close\r\n\r\n`,
    'a key in the path': `GET /v1/${CANARIES.wrongSecret} HTTP/1.1\r\nHost: h\r\n${authorization}\r\nConnection: close\r\n\r\n`,
  }))
    statuses.set(what, await raw(bytes));
  t.same(Object.fromEntries(statuses), {
    'wrong keys': 429,
    'no HTTP': 400,
    'a large head': 431,
    'half a head': 408,
    'a broken chunk': 400,
    'a large body': 413,
    'no JSON': 400,
    'two keys': 400,
    'a key in the query': 200,
    'a key in the path': 404,
  });
  const scraped = await metrics.text();
  recorded.note(scraped);
  t.match(scraped, /^gdcloud_http_requests_refused_total\{reason="sign-ins"\} 10$/m);
  t.match(scraped, /^gdcloud_http_connections_ended_total\{reason="slow head"\} 1$/m);
  for (const [name, canary] of Object.entries(CANARIES))
    t.same(recorded.sightings(canary), [], name);
});
