import { randomBytes, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureServer } from 'node:http2';
import { createCloud } from '@gdcloud/core';
import { sqlite } from '@gdcloud/core/sqlite';
import { memoryDrivers } from '@gdcloud/core/testing';
import { api, consoleGateway, harden, http2ServerOptions } from '@gdcloud/http';

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
const handle = api({ types, resources, contents, feed, prefix });

const tls = {
  cert: await readFile(process.env['TLS_CERT'] ?? 'cert.pem'),
  key: await readFile(process.env['TLS_KEY'] ?? 'key.pem'),
};
// Browsers open WebSockets over HTTP/1.1, and so do older clients everything.
const options = { ...http2ServerOptions(), ...tls, allowHTTP1: true };
const server = createSecureServer(options, (request, response) => {
  void handle(request, response, () => {
    if (request.url !== '/') response.statusCode = 404;
    response.end('My application. Its cloud is at /cloud/v1');
  });
});
// Ends what is slow, too much, or only sent to keep it busy.
harden(server, { prefix }).measure(cloud.meter);
server.on('upgrade', consoleGateway({ consoles, prefix }));
server.listen(Number(process.env['PORT'] ?? 8443), '127.0.0.1', () => {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : address;
  greet(`https://127.0.0.1:${port}/cloud/v1`);
});

function greet(url: string): void {
  process.stdout.write(`ready ${url}\n\n  curl -k -u admin:${secretValue} ${url}\n`);
}
