import { createServer } from 'node:http';
import { createServer as createHttp2, createSecureServer } from 'node:http2';
import { createServer as createHttps } from 'node:https';
import { CERTIFICATE_A, KEY_A } from '@gdcloud/services';
import t from 'tap';
import { listening } from './listening.js';
import { mountingContract } from './mounting-contract.js';
import { plainHost } from './plain-host.js';
import type { HostOptions, Subject } from './subject.js';

const TLS = { cert: CERTIFICATE_A, key: KEY_A };

const KNOWS_NO_BODIES = { parsers: 'unknown' } as const;
const SUBJECTS: readonly Subject[] = [
  {
    ...KNOWS_NO_BODIES,
    name: 'node:http',
    protocol: 'http/1.1',
    consoles: 'carried',
    start: ({ mountings, upgrade }) =>
      listening(createServer(plainHost(mountings)), { scheme: 'http', upgrade }),
  },
  {
    ...KNOWS_NO_BODIES,
    name: 'node:https',
    protocol: 'http/1.1',
    consoles: 'carried',
    start: ({ mountings, upgrade }) =>
      listening(createHttps(TLS, plainHost(mountings)), { scheme: 'https', upgrade }),
  },
  {
    ...KNOWS_NO_BODIES,
    name: 'HTTP/2 without TLS',
    protocol: 'h2',
    consoles: 'not carried',
    start: ({ mountings }) => listening(createHttp2(plainHost(mountings)), { scheme: 'http' }),
  },
  {
    ...KNOWS_NO_BODIES,
    name: 'HTTP/2',
    protocol: 'h2',
    consoles: 'carried',
    start: secure,
  },
  {
    ...KNOWS_NO_BODIES,
    name: 'HTTP/1.1 with a server of HTTP/2',
    protocol: 'http/1.1',
    consoles: 'carried',
    start: secure,
  },
];

function secure({ mountings, upgrade }: HostOptions) {
  const server = createSecureServer({ ...TLS, allowHTTP1: true }, plainHost(mountings));
  return listening(server, { scheme: 'https', upgrade });
}

for (const subject of SUBJECTS) t.test(subject.name, (t) => mountingContract(t, subject));
