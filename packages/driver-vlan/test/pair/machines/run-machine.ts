import { createInterface } from 'node:readline';
import { LOCK_SERVICE, type Logger, MESSAGE_BUS, type Plugin } from '@gdcloud/core';
import { serveDrivers } from '@gdcloud/core/driver-host';
import { KEY } from '../../driver-host/host-settings.js';
import { SocketLocks } from '../../high-availability/socket-locks.js';
import { edge } from './edge.js';
import { LineBus } from './line-bus.js';

// The driver host of a machine of a pair, as a program: what the bus carries are its lines, in and out.

const [name = '', socket = '', session = ''] = process.argv.slice(2);

function say(what: object): void {
  process.stdout.write(`${JSON.stringify(what)}\n`);
}

const bus = new LineBus();
bus.addLine((line) => say(line));
const ports: Plugin = (container) => {
  container.register(MESSAGE_BUS, { useValue: bus });
  container.register(LOCK_SERVICE, { useValue: new SocketLocks(socket, Number(session)) });
};
const line = (data: object, message: string): void => say({ log: message, ...data });
const logger: Logger = { debug: line, info: line, warn: line, error: line };
await serveDrivers({ name, keys: [KEY], plugins: [ports, edge()], logger }).start();
say({ pid: process.pid });
for await (const text of createInterface({ input: process.stdin })) bus.hear(JSON.parse(text));
