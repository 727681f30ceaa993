import { randomBytes, randomUUID } from 'node:crypto';
import { createCloud } from '@gdcloud/core';
import { sqlite } from '@gdcloud/core/sqlite';
import { memoryDrivers } from '@gdcloud/core/testing';
import { consoleGateway } from '@gdcloud/http';
import { fastifyApi } from '@gdcloud/http/fastify';
import Fastify from 'fastify';

const secretValue = process.env['SECRET'] ?? randomUUID();
const cloud = createCloud({
  // Drivers of your own take the place of those in memory, and the database a file: sqlite({ file: '/var/lib/cloud.db' }).
  plugins: [sqlite({ file: ':memory:' }), memoryDrivers().plugin],
  // As old as the database: one that is kept wants its pepper kept, elsewhere.
  pepper: randomBytes(32),
  administratorKey: { publicValue: 'admin', secretValue },
});
await cloud.start();

const { types, resources, contents, feed, consoles } = cloud;
const app = Fastify();
app.get('/', () => 'My application. Its cloud is at /cloud/v1');
// The prefix is that of the registration.
app.register(fastifyApi({ types, resources, contents, feed }), { prefix: '/cloud' });
// Screens of servers: WebSockets are not Fastify's to route, so the gateway is told the prefix.
app.server.on('upgrade', consoleGateway({ consoles, prefix: '/cloud' }));

const url = await app.listen({ port: Number(process.env['PORT'] ?? 8080), host: '127.0.0.1' });
greet(`${url}/cloud/v1`);

function greet(url: string): void {
  process.stdout.write(`ready ${url}\n\n  curl -u admin:${secretValue} ${url}\n`);
}
