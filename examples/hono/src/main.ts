import { randomBytes, randomUUID } from 'node:crypto';
import { createCloud } from '@gdcloud/core';
import { sqlite } from '@gdcloud/core/sqlite';
import { memoryDrivers } from '@gdcloud/core/testing';
import { consoleGateway } from '@gdcloud/http';
import { honoApi } from '@gdcloud/http/hono';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';

const secretValue = process.env['SECRET'] ?? randomUUID();
const cloud = createCloud({
  // Drivers of your own take the place of those in memory, and the database a file: sqlite({ file: '/var/lib/cloud.db' }).
  plugins: [sqlite({ file: ':memory:' }), memoryDrivers().plugin],
  // As old as the database: one that is kept wants its pepper kept, elsewhere.
  pepper: randomBytes(32),
  administratorKey: { publicValue: 'admin', secretValue },
});
await cloud.start();

const prefix = '/cloud';
const { types, resources, contents, feed, consoles } = cloud;

const app = new Hono();
app.get('/', (context) => context.text('My application. Its cloud is at /cloud/v1'));
app.use(`${prefix}/*`, honoApi({ types, resources, contents, feed, prefix }));

const options = { port: Number(process.env['PORT'] ?? 8080), hostname: '127.0.0.1' };
const server = serve({ fetch: app.fetch, ...options }, ({ port }) => {
  greet(`http://127.0.0.1:${port}/cloud/v1`);
});
// Screens of servers: WebSockets are not Hono's to route.
server.on('upgrade', consoleGateway({ consoles, prefix }));

function greet(url: string): void {
  process.stdout.write(`ready ${url}\n\n  curl -u admin:${secretValue} ${url}\n`);
}
