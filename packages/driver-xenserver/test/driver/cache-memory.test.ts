import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ManualClock } from '@gdcloud/core/testing';
import { type Connect, createXenserverDriver } from '@gdcloud/driver-xenserver';
import t from 'tap';

const SERVERS = 1000;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** What `event.from` lists of a pool of busy servers: each with two disks, a card and guest tools. */
function listing(): string {
  const events: object[] = [];
  let objects = 0;
  const add = (className: string, snapshot: object): string => {
    objects += 1;
    const ref = `OpaqueRef:${String(objects).padStart(36, '0')}`;
    const uuid = `${String(objects).padStart(8, '0')}-0000-4000-8000-000000000000`;
    events.push({ class: className, operation: 'add', ref, snapshot: { uuid, ...snapshot } });
    return ref;
  };
  for (let nth = 0; nth < SERVERS; nth += 1) {
    const VM = `OpaqueRef:vm-${nth}`;
    const disks = [0, 1].map((device) => {
      const VDI = add('vdi', { name_label: `disk ${nth}`, location: `file-${nth}-${device}` });
      const other_config = { 'gdcloud:id': `id-${nth}`, 'gdcloud:volume': `volume-${nth}` };
      return add('vbd', { VM, VDI, userdevice: String(device), other_config });
    });
    const card = add('vif', { VM, device: '0', ipv4_allowed: [`10.0.0.${nth}`] });
    const guest = add('vm_guest_metrics', {
      os_version: { name: `Debian GNU/Linux ${nth}`, distro: 'debian' },
      networks: { '0/ip': `10.0.0.${nth}`, '0/ipv4/0': `10.0.0.${nth}` },
    });
    add('vm', {
      name_label: `server ${nth}`,
      name_description: `gdcloud:${nth}:1`,
      VBDs: disks,
      VIFs: [card],
      guest_metrics: guest,
      other_config: { 'gdcloud:id': `id-${nth}`, 'gdcloud:owner': 'x', mac_seed: `seed-${nth}` },
      allowed_operations: ['checkpoint', 'clean_reboot', 'clean_shutdown', 'pause', 'suspend'],
      last_booted_record: `${nth} ${'x'.repeat(3000)}`,
    });
  }
  return JSON.stringify({ result: { token: '1', events, valid_ref_counts: {} } });
}

t.test('a thousand servers are kept in less than 60 MB', async (t) => {
  let answered = (): void => undefined;
  const listed = new Promise<void>((resolve) => {
    answered = resolve;
  });
  let lists = 0;
  const connect: Connect = (url) => ({
    origin: new URL(url).origin,
    post: async (body, { signal }) => {
      const { method } = JSON.parse(body) as { readonly method: string };
      if (method.startsWith('session.')) return '{"result":"OpaqueRef:session"}';
      if (method !== 'event.from') return '{"result":{}}';
      lists += 1;
      if (lists === 1) return listing();
      answered();
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      return '{"result":{}}';
    },
    close: async () => undefined,
  });
  const options = { url: 'http://pool.invalid', username: 'root', password: 'secret' };
  const driver = createXenserverDriver(options, { clock: new ManualClock(), connect });
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  const stop = new AbortController();
  const watching = driver.watch(() => undefined, { signal: stop.signal });
  await listed;
  collectGarbage();
  const megabytes = (process.memoryUsage().heapUsed - before) / 2 ** 20;
  t.comment(`${megabytes.toFixed(1)} MB`);
  t.ok(megabytes < 60);
  t.ok(megabytes > 2, 'something is kept');
  stop.abort();
  await watching;
});
