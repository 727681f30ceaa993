/** How the examples of one document are tried. What is not said here is run as it is written. */
export interface DocumentCase {
  /** What the text takes for granted before a command; run once, when a command that begins so comes. */
  readonly before?: readonly Preparation[];
  /** Commands that are not run, by their beginning, and why. */
  readonly notRun?: Readonly<Record<string, string>>;
  /** JSON that is not compared with the answer before it, by its beginning, and why. */
  readonly notCompared?: Readonly<Record<string, string>>;
  /** The TypeScript examples, in their order. Each is compiled. */
  readonly programs?: readonly Program[];
  /** The document that it goes on from: its programs lie beside those of this one. */
  readonly goesOnFrom?: string;
  /** Files that programs import and that are not shown, by name. */
  readonly otherFiles?: Readonly<Record<string, string>>;
  /** Resources, by path, that wait for ever for something that the text does not bring about, and for what. */
  readonly neverSettles?: Readonly<Record<string, string>>;
  /** Where the document says that files of its reader are served. */
  readonly fileServer?: string;
  /** Settings of the server beside the defaults. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Something that the text takes for granted. */
export interface Preparation {
  /** The beginning of the command that it comes before. */
  readonly command: string;
  /** Shell that brings it about; `$K` and `$U` are as in the documents. */
  readonly sh: string;
  /** What the command says in place of what is written: pairs of from and to. */
  readonly instead?: readonly (readonly [string, string])[];
}

/** A TypeScript example. */
export interface Program {
  /** The file that others import it by. */
  readonly file: string;
  /**
   * `to its end`: run against a server, where it must end by itself with exit code 0. `serves`: started in place of the
   * server that the document's commands ask, with the key that it knows. Else why it is only compiled.
   */
  readonly run: 'to its end' | { readonly serves: string } | { readonly not: string };
  /** What the text has said before: imports and declarations around a fragment. */
  readonly before?: string;
  readonly after?: string;
}

const SERVER_ITSELF = 'test/one-process.test.ts and test/cluster start servers and roles like this';
const EXAMPLES_RUN = 'the tests of the examples that it comes from run it';
const MOUNTED = `import { api, consoleGateway } from '@gdcloud/http';
  import type { Cloud } from '@gdcloud/core';
  declare const cloud: Cloud;
  const { types, resources, contents, feed, consoles } = cloud;
  const prefix = '/cloud';\n`;
const ENDLESS = 'it does not end; packages/http/test/events.test.ts hears what it would show';
const PLACES = 'it names machines, cards and folders that a test does not have';

/** How the documents are tried that need more than to be run as they are written. */
export const CASES: Readonly<Record<string, DocumentCase>> = {
  'README.md': {
    programs: [{ file: 'embed.ts', run: { not: PLACES } }],
    before: [
      {
        // Something that has not come up: an image whose content nobody has brought yet.
        command: 'curl -u $K "$U/virtualmachines/1?action=explain"',
        sh: `curl -sf -u $K -d osType=linux -d bootMode=hvm -d source=upload $U/images
          until curl -sf -u $K "$U/images/3?action=explain" | grep -q '"action":"wait"'; do sleep 0.1; done`,
        instead: [['virtualmachines/1', 'images/3']],
      },
    ],
    notRun: {
      'npm start': SERVER_ITSELF,
      'npm test': 'this is a part of it',
      'npm run services': 'the tests of services start them',
      'GDCLOUD_HOME=': SERVER_ITSELF,
      'curl -u $K -X POST "$U/orphans/1': 'an orphan takes two sweeps, half an hour apart',
    },
  },
  'docs/mounting.md': {
    programs: [
      { file: 'express.ts', run: { not: EXAMPLES_RUN } },
      {
        file: 'fastify.ts',
        before: `${MOUNTED}
          import { fastifyApi } from '@gdcloud/http/fastify';
          import Fastify from 'fastify';\n`,
        run: { not: EXAMPLES_RUN },
      },
      {
        file: 'koa.ts',
        before: `${MOUNTED}
          import { koaApi } from '@gdcloud/http/koa';
          import Koa from 'koa';\n`,
        run: { not: EXAMPLES_RUN },
      },
      {
        file: 'hono.ts',
        before: `${MOUNTED}
          import { honoApi } from '@gdcloud/http/hono';
          import { serve } from '@hono/node-server';
          import { Hono } from 'hono';
          declare function greet(url: string): void;\n`,
        run: { not: EXAMPLES_RUN },
      },
      {
        file: 'fetch.ts',
        before: `${MOUNTED}
          import { fetchApi } from '@gdcloud/http/fetch';\n`,
        run: {
          not: 'there is no server around it; packages/http/test/fetch.test.ts does what it shows',
        },
      },
      {
        file: 'http2.ts',
        before: `${MOUNTED}
          import { harden, http2ServerOptions } from '@gdcloud/http';
          import { readFile } from 'node:fs/promises';
          import { createSecureServer } from 'node:http2';\n`,
        run: { not: EXAMPLES_RUN },
      },
    ],
  },
  'docs/events.md': {
    notRun: {
      'curl -N -u $K': ENDLESS,
    },
    programs: [
      {
        file: 'page.ts',
        before: `declare class EventSource {
            constructor(url: string);
            addEventListener(name: string, hear: (event: { readonly data: string }) => void): void;
          }
          declare function show(change: unknown): void;
          declare function listEverything(): void;\n`,
        run: { not: 'it is for a page in a browser' },
      },
      {
        file: 'host.ts',
        before: `import { api } from '@gdcloud/http';
          import type { Cloud } from '@gdcloud/core';
          declare const cloud: Cloud;\n`,
        run: { not: EXAMPLES_RUN },
      },
    ],
  },
  'docs/appliance.md': {
    programs: [
      {
        file: 'full.ts',
        before: `import { vlan } from '@gdcloud/driver-vlan';\n`,
        run: { not: PLACES },
      },
      {
        file: 'pair-member.ts',
        before: `import { vlan } from '@gdcloud/driver-vlan';\n`,
        run: { not: PLACES },
      },
      {
        file: 'vrrp.ts',
        before: `import { vlan } from '@gdcloud/driver-vlan';\nvlan({ folder: '/var/lib/gdcloud/network', `,
        after: '\n});',
        run: { not: PLACES },
      },
      {
        file: 'edge-a.ts',
        before: `import { type VlanOptions, vlan } from '@gdcloud/driver-vlan';
          declare const physicalNetworks: NonNullable<VlanOptions['physicalNetworks']>;
          declare const machine: NonNullable<VlanOptions['machine']>;\n`,
        run: { not: PLACES },
      },
      {
        file: 'edge-host.ts',
        before: `import { serveDrivers } from '@gdcloud/core/driver-host';
          import { redis } from '@gdcloud/core/redis';
          import type { Logger } from '@gdcloud/core';
          import { edgeA } from './edge-a.js';
          declare const key: Uint8Array;
          declare const url: string;
          declare const logger: Logger;\n`,
        run: { not: PLACES },
      },
      {
        file: 'kernel-of-edge.ts',
        before: `import { describeDrivers, remoteDrivers } from '@gdcloud/core/driver-host';
          import { edgeA } from './edge-a.js';
          declare const key: Uint8Array;\n`,
        run: { not: PLACES },
      },
      {
        file: 'edge-pair.ts',
        before: `import { describeDrivers, remoteDrivers } from '@gdcloud/core/driver-host';
          import { appliancePair } from '@gdcloud/driver-vlan';
          import { edgeA as edge } from './edge-a.js';
          declare const key: Uint8Array;\n`,
        run: { not: PLACES },
      },
    ],
  },
  'docs/architecture.md': {
    programs: ['dnsrecord.ts', 'dnsrecord-reconciler.ts', 'dns.ts'].map((file) => ({
      file,
      run: { not: 'a plug-in does nothing by itself' },
    })),
    otherFiles: {
      'records.ts': `import type { Driver } from '@gdcloud/core';
        export declare const records: Driver<{ hostname: string; address: string }, unknown>;`,
    },
  },
  'docs/client.md': {
    programs: ['walk.ts', 'lists.ts', 'failures.ts'].map((file) => ({ file, run: 'to its end' })),
  },
  'docs/networking.md': {
    before: [
      {
        command: 'curl -u $K -d cidr=',
        sh: `curl -sf -u $K -d name=web -d ipv4Cidr=192.168.0.0/24 $U/networks
          for server in 1 2; do curl -sf -u $K -d offering=1gb-1cpu -d imageId=1 -d networkId=1 $U/virtualmachines; done`,
      },
      {
        command: 'curl -u $K -d vpnId=1 -d publicKey=$KEY',
        sh: 'true',
        instead: [['$KEY', Buffer.alloc(32, 9).toString('base64')]],
      },
      {
        command: 'curl -u $K -X PUT -d outgoingAddressId=2',
        sh: 'curl -sf -u $K -d networkId=1 $U/ipaddresses',
      },
      {
        command: 'curl -u $K -X POST "$U/ipaddresses/1?action=unassign"',
        sh: `gone() { curl -sf -u $K -X DELETE $U/$1; while curl -sf -u $K $U/$1 | grep -q '"removed":null'; do sleep 0.1; done; }
          for path in vpnclients/1 vpnclients/2 vpns/1 loadbalancers/1 portforwards/1 portforwards/2; do gone $path; done`,
      },
      {
        command: 'curl -u $K $U/loadbalancers -d ipaddressId=1',
        sh: `curl -sf -u $K -d networkId=1 "$U/ipaddresses/1?action=assign"
          openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=web.example -keyout key.pem -out chain.pem
          until curl -sf -u $K $U/ipaddresses/1 | grep -q '"transitioning":"no"'; do sleep 0.1; done`,
      },
      {
        command: 'curl -u $K -X PUT $U/loadbalancers/1',
        sh: 'true',
        instead: [['loadbalancers/1', 'loadbalancers/2']],
      },
    ],
  },
  'docs/install.md': {
    notRun: {
      'npm install': 'it installs packages',
      'npm start': SERVER_ITSELF,
    },
  },
  'docs/tutorial.md': {
    before: [
      {
        command: 'curl -u $K $U/virtualmachines/1',
        sh: `until curl -sf -u $K $U/virtualmachines/1 | grep -q '"transitioning":"no"'; do sleep 0.1; done`,
      },
    ],
    programs: [
      { file: 'cloud.ts', run: { serves: 'admin:tutorial' } },
      {
        file: 'in-express.ts',
        before: `import { api, consoleGateway } from '@gdcloud/http';
          import type { Cloud } from '@gdcloud/core';
          declare const cloud: Cloud;\n`,
        run: { not: EXAMPLES_RUN },
      },
      {
        file: 'on-a-pool.ts',
        before: `import { sqlite } from '@gdcloud/core/sqlite';\n`,
        run: { not: PLACES },
      },
    ],
    notRun: {
      'mkdir my-cloud': 'it installs packages',
      'npm init': 'it installs packages',
      'npm install': 'it installs packages',
      'npx tsc': 'programs of documents are compiled and started like this',
    },
  },
  'docs/first-driver.md': {
    programs: [
      { file: 'hosts-driver.ts', run: { not: 'a driver does nothing by itself' } },
      { file: 'try-it.ts', run: 'to its end' },
    ],
  },
  'docs/first-resource-type.md': {
    goesOnFrom: 'docs/first-driver.md',
    before: [
      {
        command: 'curl -u $K $U/dnsrecords/web.example',
        sh: `until curl -sf -u $K $U/dnsrecords/web.example | grep -q '"transitioning":"no"'; do sleep 0.1; done`,
      },
    ],
    programs: [
      { file: 'dnsrecord.ts', run: { not: 'a declaration does nothing by itself' } },
      { file: 'dnsrecord-reconciler.ts', run: { not: 'a plug-in does nothing by itself' } },
      { file: 'cloud.ts', run: { serves: 'admin:tutorial' } },
    ],
    notRun: { 'npx tsc': 'programs of documents are compiled and started like this' },
  },
  'docs/observability.md': {
    programs: [
      {
        file: 'watched.ts',
        before: `import type { Plugin } from '@gdcloud/core';
          declare const store: Plugin;
          declare const drivers: Plugin;
          declare const pepper: Uint8Array;\n`,
        run: { not: 'it leaves open what the cloud stands on' },
      },
    ],
  },
  'docs/operations.md': {
    programs: [
      {
        file: 'hardened.ts',
        before: `import type { Cloud } from '@gdcloud/core';
          import type { RequestListener } from 'node:http';
          declare const cloud: Cloud;
          declare const handle: RequestListener;
          declare const key: string;
          declare const cert: string;\n`,
        run: { not: 'it needs a certificate and port 443' },
      },
    ],
  },
  'docs/storage.md': {
    environment: { GDCLOUD_IMPORT_NETWORKS: '127.0.0.0/8' },
    fileServer: 'http://127.0.0.1:18081',
    programs: [
      {
        file: 'shares.ts',
        before: `import { nfsVhd } from '@gdcloud/driver-nfs-vhd';
          import { xenserver } from '@gdcloud/driver-xenserver';
          declare const settings: { readonly url: string; readonly username: string; readonly password: string };\n`,
        run: { not: PLACES },
      },
    ],
    before: [
      {
        command: 'curl -u $K $U/images -d name=debian',
        sh: 'head -c 4194304 /dev/urandom > linux.qcow2',
      },
      {
        command: 'curl -u $K -C - -o image.vhd',
        sh: 'truncate -s 1000 image.vhd',
      },
      {
        command: 'curl -u $K -T linux.raw',
        sh: 'head -c 20971520 /dev/urandom > linux.raw',
      },
      {
        command: 'curl -u $K -I $U/images/5/content',
        sh: `curl -sf -u $K $U/images -d osType=linux -d bootMode=hvm -d source=upload
          head -c 20000000 linux.raw | curl -sf -u $K -X PATCH -T - -H 'Upload-Offset: 0' -H 'Upload-Length: 20971520' -H 'Content-Type: application/partial-upload' $U/images/5/content`,
      },
      {
        command: 'curl -u $K -T disk.raw',
        sh: `head -c 1048576 /dev/urandom > disk.raw
          curl -sf -u $K -d sizeGb=1 $U/volumes
          until curl -sf -u $K $U/volumes/1 | grep -q '"transitioning":"no"'; do sleep 0.1; done`,
        instead: [
          ['volumes/7', 'volumes/1'],
          ['…', 'sha-256=:$(openssl dgst -sha256 -binary disk.raw | base64):'],
        ],
      },
      {
        command: 'curl -u $K $U/volumes/7',
        sh: 'true',
        instead: [['volumes/7', 'volumes/1']],
      },
    ],
    neverSettles: { 'images/4': 'waits for what its reader brings next' },
    notRun: {
      'curl -u $K -d storagepoolId=': 'it takes two shares: driver-nfs-vhd, test/copy/volume-moves',
    },
  },
  'docs/writing-a-driver.md': {
    programs: ['notes-driver.ts', 'notes-driver.test.ts'].map((file) => ({
      file,
      run: { not: 'core, test/testing/conformance/writing-a-driver.test.ts runs both' },
    })),
    notRun: {
      'mkdir notes-driver': 'it installs packages',
      'npm init': 'it installs packages',
      'npm install': 'it installs packages',
      'npx tsc': 'core, test/testing/conformance/writing-a-driver.test.ts does it',
    },
  },
  'docs/xapi-simulator.md': {
    programs: [
      { file: 'own-process.ts', run: 'to its end' },
      {
        file: 'no-process.ts',
        before: `import { systemRandom as random } from '@gdcloud/core';\n`,
        run: 'to its end',
      },
    ],
  },
};
