import { Server } from 'node:net';

// Loaded before a program of a document: whatever port it names, it gets one that is free, and says which.
const listen: unknown = Reflect.get(Server.prototype, 'listen');
if (typeof listen !== 'function') throw new TypeError('servers of this Node do not listen');

Object.defineProperty(Server.prototype, 'listen', {
  value(this: Server, _port: number, ...more: readonly unknown[]): unknown {
    this.once('listening', () => {
      const address = this.address();
      if (typeof address === 'object' && address !== null)
        process.stdout.write(`listening on ${address.port}\n`);
    });
    return Reflect.apply(listen, this, [0, ...more]);
  },
});
