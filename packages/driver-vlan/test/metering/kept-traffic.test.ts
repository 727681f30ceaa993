import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CLOCK, type Clock, type Plugin, type Resource, systemClock } from '@gdcloud/core';
import t from 'tap';
import { DistantCloud } from '../driver-host/distant-cloud.js';
import { appliance } from '../driver-host/host-settings.js';
import { skipWithoutSandbox, until } from '../support/network-sandbox.js';
import { SurroundedSandbox } from '../support/surrounded-sandbox.js';

/** What waits for so long is not waited for; milliseconds. */
const LONG = 3 * 60_000;

/** Time that leaps over long waits, as if minutes had passed. */
function leapingTime(): Plugin {
  let ahead = 0;
  const clock: Clock = {
    now: () => systemClock.now() + ahead,
    monotonic: () => systemClock.monotonic(),
    schedule: (ms, fire) =>
      ms < LONG
        ? systemClock.schedule(ms, fire)
        : systemClock.schedule(500, () => {
            ahead += ms;
            fire();
          }),
  };
  return (container) => container.register(CLOCK, { useValue: clock });
}

t.setTimeout(120_000);

t.test(
  'what a real appliance has carried is put on record, and never gets less',
  { skip: skipWithoutSandbox('socat', 'dnsmasq') },
  async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'gdcloud-traffic-'));
    t.teardown(() => rm(folder, { recursive: true, force: true }));
    const cloud = await DistantCloud.start(t, [leapingTime(), appliance(folder)]);
    await cloud.made('addresspool', {
      cidr: '203.0.113.0/28',
      gateway: '203.0.113.1',
      uplink: 'outside',
    });
    const network = await cloud.made('network', { ipv4Cidr: '10.0.0.0/24' });
    const address = await cloud.made('ipaddress', { networkId: network.id });
    const asked = { offering: '1gb-1cpu', imageId: '1', networkId: network.id };
    const machine = await cloud.create('virtualmachine', asked);
    const server = await cloud.reaches('virtualmachine', machine, 'running');
    const forward = await cloud.made('portforward', {
      ipaddressId: address.id,
      virtualmachineId: server.id,
      publicStartPort: 80,
      privateStartPort: 8080,
    });
    const sandbox = new SurroundedSandbox(process.pid);
    await sandbox.surround(server);
    const ask = () =>
      until(
        () => sandbox.ask(`${String(address.status['address'])}:80`),
        (answer) => answer === 'hello',
      );
    const told = async (type: string, resource: Resource, field: string, more: number) => {
      const seen = await until(
        async () => Number((await cloud.usage(type, resource))[field]),
        (count) => count > more,
      );
      return seen;
    };
    await ask();
    const first = await told('portforward', forward, 'bytes', 0);
    t.ok(first > 200, `${first} bytes by the forward`);
    t.ok((await told('ipaddress', address, 'inBytes', 0)) > 100);
    t.ok((await told('ipaddress', address, 'outBytes', 0)) > 100);
    const before = Number((await cloud.usage('ipaddress', address))['inPackets']);
    // The kernel's counts begin anew: an audit puts back what is missing.
    await sandbox.inside(
      'nsenter',
      `--net=/run/netns/gd-${network.uuid}`,
      'nft',
      'flush',
      'ruleset',
    );
    await ask();
    const second = await told('portforward', forward, 'bytes', first);
    t.ok(second > first, `${second} bytes after ${first}`);
    t.ok((await told('ipaddress', address, 'inPackets', before)) > before);
  },
);
