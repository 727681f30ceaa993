import { randomBytes, randomUUID } from 'node:crypto';
import { createCloud } from '@gdcloud/core';
import { sqlite } from '@gdcloud/core/sqlite';
import { memoryDrivers } from '@gdcloud/core/testing';
import { consoleGateway } from '@gdcloud/http';
import { koaApi } from '@gdcloud/http/koa';
import Koa from 'koa';

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

const app = new Koa();
app.use(koaApi({ types, resources, contents, feed, prefix }));
// What is not the API's comes here.
app.use((context) => {
  if (context.path === '/') context.body = 'My application. Its cloud is at /cloud/v1';
});

const server = app.listen(Number(process.env['PORT'] ?? 8080), '127.0.0.1', () => {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : address;
  greet(`http://127.0.0.1:${port}/cloud/v1`);
});
// Screens of servers: WebSockets are not Koa's to route.
server.on('upgrade', consoleGateway({ consoles, prefix }));

function greet(url: string): void {
  process.stdout.write(`ready ${url}\n\n  curl -u admin:${secretValue} ${url}\n`);
}
