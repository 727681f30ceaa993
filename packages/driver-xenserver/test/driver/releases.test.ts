import { randomUUID } from 'node:crypto';
import { asUuid } from '@gdcloud/core';
import t from 'tap';
import { call, converge, keyOf, remove, serverOn, startCloud, vlan } from '../cloud.js';
import { writeVhd } from '../vhd-file.js';

const GIB = 2 ** 30;

for (const asOf of ['boston', 'tampa', 'clearwater', 'inverness', '24.16.0', 'latest']) {
  t.test(`a server lives on a pool as of ${asOf}`, async (t) => {
    const { driver, raw, host, storage } = await startCloud(t, { asOf });
    const volume = asUuid(randomUUID());
    const network = asUuid(randomUUID());
    const server = asUuid(randomUUID());
    await writeVhd(storage, volume, { sizeBytes: GIB });
    await converge(driver.disks, keyOf(volume), { name: 'root', sizeBytes: GIB });
    await converge(driver.segments, keyOf(network), vlan(100));
    const desired = serverOn(host, {
      disks: [{ device: 0, volume }],
      nics: [{ device: 0, network, macAddress: '02:00:00:00:00:01', ipv4Address: '192.168.0.10' }],
    });
    await converge(driver.servers, keyOf(server), desired);
    const guest = async (): Promise<unknown> =>
      (await raw.records('VM')).find((vm) => vm['is_control_domain'] === false);
    t.match(await guest(), { power_state: 'Running', VCPUs_max: 2 });
    const seen = await driver.servers.observe(keyOf(server), desired, call());
    const told = seen.presence === 'present' ? seen.actual.sourceUnfiltered : undefined;
    // Cards could not be kept to their addresses before 6.1.
    t.equal(told !== undefined, asOf === 'boston');
    await converge(driver.servers, keyOf(server), { ...desired, restarts: 1 });
    t.match(await driver.hosts(call()), [{ live: true }, { live: true }]);
    await remove(driver.servers, keyOf(server));
    t.equal(await guest(), undefined);
    await remove(driver.segments, keyOf(network));
    t.equal((await raw.records('VLAN')).length, 0);
  });
}
