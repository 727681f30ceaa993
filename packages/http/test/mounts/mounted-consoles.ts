import { once } from 'node:events';
import { duplexPair } from 'node:stream';
import { consoleGateway } from '@gdcloud/http';
import type { Test } from 'tap';
import { WebSocket } from 'ws';
import { newMounting, type Subject } from './subject.js';

/** The gateway to consoles works on the server that the API is mounted in. */
export async function consoles(t: Test, subject: Subject): Promise<void> {
  if (subject.consoles === 'not carried') return;
  await t.test(`${subject.name}: consoles are carried beside the API`, async (t) => {
    const [near, far] = duplexPair();
    const open = async (ticket: string) =>
      ticket === 'good' ? { stream: near, revoked: new AbortController().signal } : undefined;
    const upgrade = consoleGateway({ consoles: { open }, prefix: '/cloud' });
    const host = await subject.start({
      mountings: [newMounting('/cloud')],
      parsers: 'none',
      upgrade,
    });
    t.teardown(() => host.close());
    const url = `${host.origin.replace(/^http/, 'ws')}/cloud/v1/consoles`;
    const socket = new WebSocket(`${url}/good`, 'binary', { rejectUnauthorized: false });
    await new Promise<void>((resolve, reject) => {
      socket.on('open', resolve);
      socket.on('error', reject);
    });
    far.write('RFB 003.008\n');
    const greeting = await new Promise<string>((resolve) => {
      socket.on('message', (data) => resolve(String(data)));
    });
    t.equal(greeting, 'RFB 003.008\n');
    socket.send('from the client');
    const [said] = await once(far, 'data');
    t.equal(String(said), 'from the client');
    const closed = new Promise<number>((resolve) => socket.on('close', resolve));
    far.destroy();
    near.destroy();
    t.equal(await closed, 1001);
  });
}
