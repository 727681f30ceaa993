import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { ownFolder } from './support/own-folder.js';
import { KEY, type ServerProcess, startServer } from './support/server-process.js';

const MIB = 2 ** 20;
const GIB = 2 ** 30;
const IMPORTS = { GDCLOUD_IMPORT_NETWORKS: '127.0.0.0/8' };
const AUTH = `Basic ${Buffer.from(`${KEY.access}:${KEY.secret}`).toString('base64')}`;

/** A disk with something in every other 64 KiB. */
function diskBytes(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; at += 131_072)
    createHash('sha512').update(String(at)).digest().copy(bytes, at);
  return bytes;
}

const DISK = diskBytes(6 * MIB + 512);
const SHA256 = createHash('sha256').update(DISK).digest();

async function fetchContent(
  server: ServerProcess,
  path: string,
  init: Omit<RequestInit, 'headers'> & { readonly headers?: Record<string, string> } = {},
): Promise<{ status: number; headers: Headers; bytes: Buffer }> {
  const headers = { authorization: AUTH, ...init.headers };
  const response = await fetch(`${server.url}/${path}`, { ...init, headers });
  const { status } = response;
  return { status, headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) };
}

/** Serves the disk, and breaks each connection after 2 MiB. */
async function brokenMirror(t: Test): Promise<{ url: string; requests: (string | undefined)[] }> {
  const requests: (string | undefined)[] = [];
  const mirror = createServer((request, response) => {
    requests.push(request.headers.range);
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    response.writeHead(from === 0 ? 200 : 206, {
      etag: '"disk"',
      'content-length': DISK.byteLength - from,
      ...(from === 0
        ? {}
        : { 'content-range': `bytes ${from}-${DISK.byteLength - 1}/${DISK.byteLength}` }),
    });
    response.write(DISK.subarray(from, from + 2 * MIB), () => response.destroy());
  });
  await new Promise<void>((resolve) => mirror.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    mirror.close();
    mirror.closeAllConnections();
  });
  const { port } = mirror.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/disk.raw`, requests };
}

// A busy machine takes its time.
t.setTimeout(180_000);

t.test('an image from a server that breaks connections', async (t) => {
  const server = await startServer(ownFolder(t), IMPORTS);
  const mirror = await brokenMirror(t);
  const asked = await server.post('images', {
    name: 'debian',
    osType: 'linux',
    bootMode: 'hvm',
    source: 'url',
    sourceUrl: mirror.url,
    checksum: SHA256.toString('hex'),
  });
  t.equal(asked.status, 201);
  const made = await server.settled(`images/${asked.body.id}`);
  t.match(made, {
    state: 'active',
    transitioning: 'no',
    virtualGb: 1,
    contentChecksum: SHA256.toString('hex'),
    links: { content: `${server.url}/images/${asked.body.id}/content` },
  });
  t.ok(mirror.requests.length >= 4, 'it went on where it broke');

  const path = `images/${asked.body.id}/content`;
  const head = await fetchContent(server, path, { method: 'HEAD' });
  t.match(
    { status: head.status, length: head.headers.get('content-length') },
    { status: 200, length: String(GIB) },
  );
  const etag = head.headers.get('etag') ?? '';

  await t.test('ranges of it are what was fetched, bit by bit', async (t) => {
    const pieces: Buffer[] = [];
    for (let at = 0; at < DISK.byteLength; at += 1_500_001) {
      const last = Math.min(at + 1_500_001, DISK.byteLength) - 1;
      const piece = await fetchContent(server, path, {
        headers: { range: `bytes=${at}-${last}`, 'if-range': etag },
      });
      t.equal(piece.status, 206);
      t.equal(piece.headers.get('content-range'), `bytes ${at}-${last}/${GIB}`);
      pieces.push(piece.bytes);
    }
    t.ok(Buffer.concat(pieces).equals(DISK));
    const end = await fetchContent(server, path, { headers: { range: 'bytes=-1000' } });
    t.ok(end.bytes.equals(Buffer.alloc(1000)), 'the end is zeros');
  });

  await t.test('a VHD of it has the length that was said, and is resumed anywhere', async (t) => {
    const whole = await fetchContent(server, `${path}?format=vhd`);
    t.equal(whole.status, 200);
    t.equal(Number(whole.headers.get('content-length')), whole.bytes.byteLength);
    t.equal(whole.bytes.toString('latin1', 0, 8), 'conectix');
    t.ok(whole.bytes.subarray(0, 512).equals(whole.bytes.subarray(-512)));
    for (const cut of [1, 511, 512, 1536, 70_001, 4 * MIB + 13, whole.bytes.byteLength - 1]) {
      const rest = await fetchContent(server, `${path}?format=vhd`, {
        headers: { range: `bytes=${cut}-`, 'if-range': whole.headers.get('etag') ?? '' },
      });
      t.ok(rest.bytes.equals(whole.bytes.subarray(cut)), `from ${cut}`);
    }
  });

  await t.test('what can’t be had is told', async (t) => {
    const beyond = await fetchContent(server, path, { headers: { range: `bytes=${GIB}-` } });
    t.equal(beyond.status, 416);
    t.equal(beyond.headers.get('content-range'), `bytes */${GIB}`);
    const known = await fetchContent(server, path, { headers: { 'if-none-match': etag } });
    t.equal(known.status, 304);
    const put = await fetchContent(server, path, { method: 'PUT', body: new Uint8Array(DISK) });
    t.equal(put.status, 409);
    const wrong = await fetchContent(server, `${path}?format=vmdk`);
    t.equal(wrong.status, 400);
    const none = await fetch(`${server.url}/${path}`);
    t.equal(none.status, 401);
    await none.body?.cancel();
  });
});

/** Sends the first bytes of a PUT and breaks off. */
async function breakOff(url: string, sent: Buffer, length: number, afterMs: number): Promise<void> {
  await new Promise<void>((resolve) => {
    const put = httpRequest(url, {
      method: 'PUT',
      headers: { authorization: AUTH, 'content-length': length },
    });
    put.on('error', () => undefined);
    put.on('close', () => resolve());
    put.write(sent, () => setTimeout(() => put.destroy(), afterMs));
  });
}

t.test('an image that a client brings', async (t) => {
  const server = await startServer(ownFolder(t));
  const ask = async (form: Record<string, string> = {}): Promise<string> => {
    const asked = await server.post('images', {
      osType: 'linux',
      bootMode: 'hvm',
      source: 'upload',
      ...form,
    });
    return `images/${asked.body.id}`;
  };

  await t.test('in one piece, with its digest', async (t) => {
    const image = await ask({ name: 'one piece' });
    const brought = await fetchContent(server, `${image}/content`, {
      method: 'PUT',
      body: new Uint8Array(DISK),
      headers: { 'repr-digest': `sha-256=:${SHA256.toString('base64')}:` },
    });
    t.equal(brought.status, 200);
    t.equal(brought.headers.get('upload-complete'), '?1');
    t.match(await server.settled(image), {
      state: 'active',
      contentChecksum: SHA256.toString('hex'),
    });
    const back = await fetchContent(server, `${image}/content`, {
      headers: { range: `bytes=0-${DISK.byteLength - 1}` },
    });
    t.ok(back.bytes.equals(DISK));
  });

  await t.test('interrupted, and resumed where it ended', async (t) => {
    const image = await ask({ name: 'two pieces' });
    const begun = DISK.subarray(0, 2 * MIB);
    let offset = 0;
    // A server that is busy may not have come to it before the client was gone.
    for (let tries = 0; offset === 0 && tries < 100; tries += 1) {
      if (tries % 20 === 0) {
        const url = `${server.url}/${image}/content`;
        await breakOff(url, begun, DISK.byteLength, 200 * 2 ** (tries / 20));
      }
      const standing = await fetchContent(server, `${image}/content`, { method: 'HEAD' });
      t.equal(standing.status, 204);
      t.equal(standing.headers.get('upload-complete'), '?0');
      offset = Number(standing.headers.get('upload-offset'));
    }
    t.ok(offset > 0 && offset <= 2 * MIB, `${offset} bytes are there`);
    const wrong = await fetchContent(server, `${image}/content`, {
      method: 'PATCH',
      body: new Uint8Array(10),
      headers: {
        'upload-offset': String(offset + 1),
        'content-type': 'application/partial-upload',
      },
    });
    t.equal(wrong.status, 409);
    t.equal(wrong.headers.get('upload-offset'), String(offset));
    const rest = await fetchContent(server, `${image}/content`, {
      method: 'PATCH',
      body: new Uint8Array(DISK.subarray(offset)),
      headers: { 'upload-offset': String(offset), 'content-type': 'application/partial-upload' },
    });
    t.equal(rest.status, 200);
    t.equal(rest.headers.get('upload-complete'), '?1');
    t.match(await server.settled(image), {
      state: 'active',
      contentChecksum: SHA256.toString('hex'),
    });
  });

  await t.test('with another digest nothing is kept, and it can be brought again', async (t) => {
    const image = await ask({ name: 'wrong digest' });
    const put = (digest: Buffer): ReturnType<typeof fetchContent> =>
      fetchContent(server, `${image}/content`, {
        method: 'PUT',
        body: new Uint8Array(DISK),
        headers: { digest: `sha-256=${digest.toString('base64')}` },
      });
    const refused = await put(Buffer.alloc(32, 7));
    t.equal(refused.status, 400);
    t.equal(refused.headers.get('upload-offset'), '0');
    t.equal((await put(SHA256)).status, 200);
    t.match(await server.settled(image), { state: 'active' });
  });

  await t.test('an image that waits says for what', async (t) => {
    const image = await ask({ name: 'waiting' });
    for (;;) {
      const { body } = await server.get(image);
      if (/PUT/.test(body.transitioningMessage ?? '')) break;
    }
    const early = await fetchContent(server, `${image}/content`);
    t.equal(early.status, 409);
    await server.remove(image);
    await server.settled(image).catch(() => undefined);
  });
});

t.test('a snapshot of a volume, and a volume made from it, hold what was brought', async (t) => {
  const server = await startServer(ownFolder(t));
  await server.post('images', { osType: 'linux', bootMode: 'hvm', source: 'upload' });
  const image = 'images/3';
  await fetchContent(server, `${image}/content`, { method: 'PUT', body: new Uint8Array(DISK) });
  t.match(await server.settled(image), { state: 'active' });
  await server.post('volumes', { name: 'copy', sizeGb: '2', imageId: '3' });
  t.match(await server.settled('volumes/1'), { state: 'active' });
  await server.post('snapshots', { volumeId: '1' });
  t.match(await server.settled('snapshots/1'), { state: 'active' });
  await server.post('volumes', { name: 'again', sizeGb: '2', snapshotId: '1' });
  t.match(await server.settled('volumes/2'), { state: 'active' });
  for (const path of ['volumes/1', 'snapshots/1', 'volumes/2']) {
    const taken = await fetchContent(server, `${path}/content`, {
      headers: { range: `bytes=0-${DISK.byteLength - 1}` },
    });
    t.equal(taken.status, 206, path);
    t.match(taken.headers.get('content-range'), new RegExp(`/${2 * GIB}$`));
    t.ok(taken.bytes.equals(DISK), `${path}: bit by bit`);
  }
});

t.test('a volume is taken out as its guest sees it, while no server has it', async (t) => {
  const server = await startServer(ownFolder(t));
  await server.post('volumes', { name: 'data', sizeGb: '1' });
  await server.settled('volumes/1');
  const taken = await fetchContent(server, 'volumes/1/content?format=vhd');
  t.equal(taken.status, 200);
  t.equal(
    taken.bytes.toString('latin1', taken.bytes.byteLength - 512, taken.bytes.byteLength - 504),
    'conectix',
  );
  await server.post('networks', { name: 'web', domain: 'web.local', ipv4Cidr: '192.168.0.0/24' });
  await server.post('virtualmachines', {
    name: 'web1',
    offering: '2gb-4cpu',
    imageId: '1',
    networkId: '1',
  });
  await server.settled('virtualmachines/1');
  await server.post('volumes/1?action=attach', { virtualmachineId: '1' });
  await server.settled('volumes/1');
  const attached = await fetchContent(server, 'volumes/1/content');
  t.equal(attached.status, 409);
  const put = await fetchContent(server, 'volumes/1/content', { method: 'PUT', body: 'x' });
  t.equal(put.status, 409);
  t.match(put.bytes.toString(), /detach it first/);
});

t.test('what a client brings becomes what a volume holds, or nothing does', async (t) => {
  const home = ownFolder(t);
  const server = await startServer(home);
  await server.post('volumes', { name: 'data', sizeGb: '1' });
  await server.settled('volumes/1');
  const path = 'volumes/1/content';
  const first = { method: 'PUT', body: new Uint8Array(DISK) } as const;
  const held = async (by: ServerProcess, of = 'volumes/1'): Promise<Buffer> => {
    const range = `bytes=0-${DISK.byteLength - 1}`;
    return (await fetchContent(by, `${of}/content`, { headers: { range } })).bytes;
  };

  const digest = `sha-256=:${SHA256.toString('base64')}:`;
  const wrong = `sha-256=:${Buffer.alloc(32).toString('base64')}:`;
  const refused = await fetchContent(server, path, { ...first, headers: { 'repr-digest': wrong } });
  t.equal(refused.status, 400);
  t.ok((await held(server)).equals(Buffer.alloc(DISK.byteLength)), 'nothing has changed');

  const brought = await fetchContent(server, path, {
    ...first,
    headers: { 'repr-digest': digest },
  });
  t.equal(brought.status, 200);
  t.equal(brought.headers.get('upload-complete'), '?1');
  t.match(await server.settled('volumes/1'), { state: 'active', contentRefused: null });
  t.ok((await held(server)).equals(DISK));
  const vhd = await fetchContent(server, `${path}?format=vhd`);
  await server.post('volumes/1?action=snapshot', {});
  await server.settled('snapshots/1');

  // The server dies in the middle of the next one, and the client goes on with that.
  const other = Buffer.alloc(DISK.byteLength, 'other');
  const begun = await fetchContent(server, path, {
    method: 'PUT',
    body: new Uint8Array(other.subarray(0, 2 * MIB)),
    headers: {
      'upload-length': String(other.byteLength),
      'repr-digest': `sha-256=:${createHash('sha256').update(other).digest('base64')}:`,
    },
  });
  t.equal(begun.headers.get('upload-complete'), '?0');
  await server.kill();
  const second = await startServer(home);
  t.ok((await held(second)).equals(DISK), 'it holds what it held');
  const standing = await fetchContent(second, path, { method: 'HEAD' });
  t.equal(standing.headers.get('upload-offset'), String(2 * MIB));
  const rest = await fetchContent(second, path, {
    method: 'PATCH',
    body: new Uint8Array(other.subarray(2 * MIB)),
    headers: {
      'upload-offset': String(2 * MIB),
      'content-type': 'application/partial-upload',
    },
  });
  t.equal(rest.status, 200);
  t.match(await second.settled('volumes/1'), { state: 'active', contentRefused: null });
  t.ok((await held(second)).equals(other));
  t.ok((await held(second, 'snapshots/1')).equals(DISK), 'the snapshot is what it was');

  const back = await fetchContent(second, `${path}?format=vhd`, {
    method: 'PUT',
    body: new Uint8Array(vhd.bytes),
  });
  t.equal(back.status, 200);
  t.match(await second.settled('volumes/1'), { state: 'active', contentRefused: null });
  t.ok((await held(second)).equals(DISK), 'as a VHD too');
  const noise = { method: 'PUT', body: new Uint8Array(other) } as const;
  t.equal((await fetchContent(second, `${path}?format=vhd`, noise)).status, 200);
  t.match(await second.settled('volumes/1'), {
    state: 'active',
    contentRefused: /^ContentDamaged: /,
  });
  t.ok((await held(second)).equals(DISK), 'what is none is refused, and it stays as it was');
  const share = await readdir(join(home, 'share'), { recursive: true });
  t.same(
    share.filter((name) => name.startsWith('.gdcloud/tmp/')),
    [],
    'nothing half-made stays',
  );
});

t.test('a server that is killed in the middle of an import goes on with it', async (t) => {
  const home = ownFolder(t);
  let stuck: 'yes' | 'no' = 'yes';
  let asked = 0;
  const mirror = createServer((_request, response) => {
    asked += 1;
    response.writeHead(200, { etag: '"disk"', 'content-length': DISK.byteLength });
    if (stuck === 'yes') response.write(DISK.subarray(0, 2 * MIB));
    else response.end(DISK);
  });
  await new Promise<void>((resolve) => mirror.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    mirror.close();
    mirror.closeAllConnections();
  });
  const { port } = mirror.address() as AddressInfo;
  const first = await startServer(home, IMPORTS);
  const image = await first.post('images', {
    osType: 'linux',
    bootMode: 'hvm',
    source: 'url',
    sourceUrl: `http://127.0.0.1:${port}/disk.raw`,
    checksum: SHA256.toString('hex'),
  });
  while (asked === 0) await first.get(`images/${image.body.id}`);
  await first.kill();
  stuck = 'no';
  const second = await startServer(home, IMPORTS);
  t.match(await second.settled(`images/${image.body.id}`), {
    state: 'active',
    contentChecksum: SHA256.toString('hex'),
  });
  const share = await readdir(join(home, 'share'), { recursive: true });
  t.same(
    share.filter((name) => name.startsWith('.gdcloud/tmp/')),
    [],
    'nothing half-made stays',
  );
});
