import { createServer } from 'node:http';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { inspect } from 'node:util';
import {
  createCloud,
  type JsonObject,
  type Logger,
  type Plugin,
  type Span,
  TRACER,
  type Tracer,
} from '@gdcloud/core';
import { prometheus } from '@gdcloud/core/prometheus';
import { sqlite } from '@gdcloud/core/sqlite';
import { nfsVhd } from '@gdcloud/driver-nfs-vhd';
import { vlan } from '@gdcloud/driver-vlan';
import { xenserver } from '@gdcloud/driver-xenserver';
import { startSimulator } from '@gdcloud/driver-xenserver/simulator';
import { api } from '@gdcloud/http';
import t, { type Test } from 'tap';
import { ownFolder } from './support/own-folder.js';

/** Each a secret that some part of the cloud is given; none may turn up in anything that is recorded. */
const CANARIES = {
  administratorSecret: 'canary-administrator-secret',
  wrongSecret: 'canary-wrong-secret',
  pepper: 'canary-pepper-of-this-cloud',
  markerKey: 'canary-marker-key-of-32-bytes-00',
  poolPassword: 'canary-pool-password',
  wrongPoolPassword: 'canary-wrong-pool-password',
  userData: 'canary-user-data',
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
  const server = createServer((request, response) => void handle(request, response));
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
  const until = async (path: string, state: string): Promise<void> => {
    for (let tries = 0; tries < 400; tries += 1) {
      if ((await ask(path)).body['state'] === state) return;
      await pause(25);
    }
    throw new Error(`${path} is not ${state}`);
  };
  return { url, ask, until, pool, metrics };
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
