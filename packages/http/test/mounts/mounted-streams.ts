import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import type { Test } from 'tap';
import { at } from '../served.js';
import { type Mounted, mounted, type Subject } from './subject.js';

const MIB = 1024 * 1024;
/** More than all buffers between the disk and a client of the loopback together. */
const BUFFERED = 24 * MIB;

/** Bytes go both ways no faster than the slower side takes them, and stop when the client goes. */
export async function streams(t: Test, subject: Subject): Promise<void> {
  await t.test(`${subject.name}: a download comes whole`, async (t) => {
    const world = await mounted(t, subject);
    const { wire, headers, contents } = world;
    const { answer, sends } = wire.begin(await diskOf(world), { headers });
    sends.end();
    const { status, headers: told, body } = await answer;
    t.match({ status, length: told['content-length'] }, { status: 200, length: `${4 * MIB}` });
    const hash = createHash('sha256');
    for await (const chunk of body) hash.update(chunk);
    t.equal(hash.digest('hex'), contents.expected());
    await contents.until(({ closed }) => closed === 1);
    const head = await wire.ask(await diskOf(world), { headers, method: 'HEAD' });
    t.match(head, { status: 200, text: '', headers: { 'content-length': `${4 * MIB}` } });
  });

  await t.test(`${subject.name}: a download waits for its client`, async (t) => {
    const world = await mounted(t, subject);
    const { wire, headers, contents } = world;
    contents.sizeBytes = 1024 * MIB;
    const { answer, sends, leave } = wire.begin(await diskOf(world), { headers });
    sends.end();
    const { body } = await answer;
    let taken = 0;
    let ahead = 0;
    for await (const chunk of body) {
      taken += (chunk as Buffer).byteLength;
      for (let turns = 0; turns < 20; turns += 1) await turn();
      ahead = Math.max(ahead, contents.made - taken);
      if (taken > 2 * MIB) break;
    }
    t.ok(ahead < BUFFERED, `${ahead} bytes ahead`);
    leave();
    await contents.until(({ closed }) => closed === 1);
    t.ok(contents.made < taken + BUFFERED, 'and nobody makes what nobody takes');
  });

  await t.test(
    `${subject.name}: what waits for more says at once what it has, and ends with its client`,
    async (t) => {
      const world = await mounted(t, subject);
      const { wire, headers, contents } = world;
      contents.stuck = 'yes';
      const { answer, sends, leave } = wire.begin(await diskOf(world), { headers });
      sends.end();
      const { body } = await answer;
      const [first] = await once(body, 'data');
      t.ok((first as Buffer).byteLength > 0);
      t.equal(contents.closed, 0);
      body.on('error', () => undefined);
      leave();
      await contents.until(({ closed }) => closed === 1);
      t.pass('its client has gone, and it has ended');
    },
  );

  await t.test(`${subject.name}: nobody takes a part of a download for all of it`, async (t) => {
    const world = await mounted(t, subject);
    const { wire, headers, contents } = world;
    contents.breaks = 'yes';
    const { answer, sends } = wire.begin(await diskOf(world), { headers });
    sends.end();
    const { status, body } = await answer;
    t.equal(status, 200);
    t.equal(await brokenOff(body), 'broken off');
    await contents.until(({ closed }) => closed === 1);
  });

  await t.test(`${subject.name}: an upload is taken while it comes`, async (t) => {
    const world = await mounted(t, subject);
    const { wire, headers, contents } = world;
    const part = Buffer.alloc(MIB, 'up');
    const { answer, sends } = wire.begin(await diskOf(world), {
      method: 'PUT',
      headers: {
        ...headers,
        'content-type': 'application/octet-stream',
        'content-length': `${4 * MIB}`,
      },
    });
    sends.write(part);
    await contents.until(({ came }) => came >= MIB / 2);
    for (let sent = 1; sent < 4; sent += 1) sends.write(part);
    sends.end();
    const { status, headers: told, body } = await answer;
    body.resume();
    t.match({ status, offset: told['upload-offset'] }, { status: 200, offset: `${4 * MIB}` });
    const expected = createHash('sha256');
    for (let sent = 0; sent < 4; sent += 1) expected.update(part);
    t.equal(contents.digest(), expected.digest('hex'));
  });

  await t.test(`${subject.name}: an upload ends when its client goes`, async (t) => {
    const world = await mounted(t, subject);
    const { wire, headers, contents } = world;
    const { sends, leave, answer } = wire.begin(await diskOf(world), {
      method: 'PUT',
      headers: { ...headers, 'content-length': `${4 * MIB}` },
    });
    answer.catch(() => undefined);
    sends.write(Buffer.alloc(MIB));
    await contents.until(({ came }) => came >= MIB / 2);
    leave();
    await contents.until(({ closed }) => closed === 1);
    t.ok(contents.came <= MIB);
    t.equal((await wire.ask('/cloud/v1', { headers })).status, 200, 'and the API goes on');
  });
}

function brokenOff(body: Readable): Promise<'broken off' | 'whole'> {
  return new Promise((resolve) => {
    body.on('error', () => resolve('broken off'));
    body.on('aborted', () => resolve('broken off'));
    body.on('end', () => resolve('whole'));
    body.resume();
  });
}

async function diskOf({ wire, headers }: Mounted): Promise<string> {
  const asked = { method: 'POST', headers, body: '{"label":"mine"}' };
  const made = await wire.ask('/cloud/v1/disks', asked);
  return `/cloud/v1/disks/${String(at(made.json, 'id'))}/content`;
}
