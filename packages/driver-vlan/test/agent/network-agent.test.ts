import { type ApplianceDesired, asUuid } from '@gdcloud/core';
import { compileProgram, type NetworkProgram, parseAppliance } from '@gdcloud/driver-vlan';
import {
  type CommandRunner,
  findPrograms,
  machinePorts,
  NetworkAgent,
  nameService,
  PROGRAMS,
  sandboxPorts,
  startSandbox,
  tunnelService,
} from '@gdcloud/driver-vlan/agent';
import t from 'tap';
import { DESIRED, uuid } from '../support/fixtures.js';
import { withoutTurn } from '../support/without-turn.js';

const { signal } = new AbortController();
const ours = async (): Promise<void> => {};

const FULL: ApplianceDesired = {
  ...DESIRED,
  publicAddresses: [
    {
      uuid: uuid(10),
      generation: 1,
      address: '203.0.113.11',
      prefixLength: 24,
      gateway: '203.0.113.1',
      uplink: 'outside',
    },
  ],
  outgoingAddress: '203.0.113.11',
  forwards: [
    {
      uuid: uuid(11),
      generation: 1,
      protocol: 'tcp',
      publicAddress: '203.0.113.11',
      publicStartPort: 2222,
      publicEndPort: 2222,
      privateAddress: '192.168.0.7',
      privateStartPort: 22,
    },
  ],
  leases: [
    {
      uuid: uuid(12),
      generation: 1,
      macAddress: '02:00:00:00:00:07',
      ipv4Address: '192.168.0.7',
      hostname: 'web',
    },
  ],
};

const CHANGED: ApplianceDesired = {
  ...FULL,
  revision: 4,
  forwards: [],
  ipv6Cidr: 'fd12:3456:789a::/64',
};

const MOVED: ApplianceDesired = {
  ...CHANGED,
  revision: 5,
  segment: { kind: 'vlan', physicalNetwork: 'physnet1', id: 139 },
};

const NEXT_DOOR: ApplianceDesired = {
  ...DESIRED,
  segment: { kind: 'vlan', physicalNetwork: 'physnet1', id: 138 },
};

function programOf(desired: ApplianceDesired, number = 1): NetworkProgram {
  const physicalNetworks = [
    { name: 'physnet1', kind: 'vlan', firstId: 100, lastId: 3999 },
  ] as const;
  return compileProgram(parseAppliance(asUuid(uuid(number)), desired, physicalNetworks));
}

function agentOn(runner: CommandRunner): NetworkAgent {
  const services = [
    nameService({ runner, folder: '/run/gdcloud', servers: [] }),
    tunnelService(runner, '/run/gdcloud'),
  ];
  const ports = sandboxPorts(['physnet1'], ['outside']);
  return new NetworkAgent({ runner, ports, services, metersFolder: '/run/meters' });
}

function sorted(lines: string): string {
  return lines.split('\n').sort().join('\n');
}

t.test('an agent in a sandbox', async (t) => {
  const paths = await findPrograms(PROGRAMS);
  const { runner, close } = await startSandbox(
    { paths, as: process.getuid?.() === 0 ? 'root' : 'user' },
    signal,
  );
  t.teardown(close);
  const shown = async (...words: readonly string[]): Promise<string> =>
    (await runner.run({ program: 'ip', arguments: words }, signal)).stdout;
  await shown('link', 'add', 'name', 'outside', 'type', 'bridge');
  await shown('link', 'set', 'dev', 'outside', 'up');
  const { namespace } = programOf(FULL);
  const inside = async (...words: readonly string[]): Promise<string> =>
    (
      await runner.run(
        { program: 'nsenter', arguments: [`--net=/run/netns/${namespace}`, ...words] },
        signal,
      )
    ).stdout;
  const servesNames = async (): Promise<number> => {
    const found = (await shown('netns', 'pids', namespace)).split('\n').filter(Boolean);
    const words = await Promise.all(found.map((id) => runner.files.read(`/proc/${id}/cmdline`)));
    return words.filter((its) => its?.includes('dnsmasq') === true).length;
  };
  /** What was left to the sandbox's first process, has ended, and was not buried. */
  const zombies = async (): Promise<readonly string[]> => {
    const numbers = (await runner.files.list('/proc')).filter((name) => /^\d+$/.test(name));
    const stats = await Promise.all(numbers.map((id) => runner.files.read(`/proc/${id}/stat`)));
    return stats.filter((stat) => stat !== undefined && / Z 1 /.test(stat)).map(String);
  };
  /** All that can be seen of the network, without what is another each time. */
  const looks = async (): Promise<string> => {
    const parts = [
      // Links are listed as they were made.
      sorted(await shown('-n', namespace, '-br', 'address')),
      // The kernel's own routes come and go with its links, in any order.
      (await shown('-n', namespace, 'route', 'show', 'table', 'all'))
        .split('\n')
        .filter((line) => !/^(local|multicast|broadcast)|proto kernel/.test(line))
        .sort()
        .join('\n'),
      await shown('-n', namespace, 'rule'),
      // Where its links lead to.
      sorted((await shown('-n', namespace, 'link')).replaceAll(/^(?! *alias).*\n/gm, '')),
      sorted((await shown('-br', 'link')).replaceAll(/^(\S+).*$/gm, '$1')),
      withoutTurn(await inside('nft', '-s', 'list', 'ruleset')),
      await runner.files.read(`/run/gdcloud/${namespace}/names/leases`),
      `${await servesNames()}`,
    ];
    // Of bridges the state comes a moment late.
    const volatile = /@if\d+|\b[0-9a-f]{2}(:[0-9a-f]{2}){5}\b|\bfe80::\S+|\b(UNKNOWN|UP)\b/g;
    return parts.join('\n').replaceAll(volatile, '~').replaceAll(/ +/g, ' ');
  };

  await t.test('carries a network, and does nothing where it is carried already', async (t) => {
    const agent = agentOn(runner);
    const program = programOf(FULL);
    const first = await agent.follow(program, ours, signal);
    t.equal(first.by, 'whole');
    t.same(await agent.follow(program, ours, signal), { by: 'nothing', steps: [] });
    t.ok(await agent.isCarried(program, signal));
    t.match(await looks(), /192\.168\.0\.1\/24[\s\S]*203\.0\.113\.11\/24[\s\S]*dport/);
    agent.close();
  });

  await t.test('a new agent knows by the mark that nothing is to be done', async (t) => {
    const agent = agentOn(runner);
    t.same(await agent.follow(programOf(FULL), ours, signal), { by: 'nothing', steps: [] });
    agent.close();
  });

  await t.test('changes elements by one transaction, and back', async (t) => {
    const agent = agentOn(runner);
    const before = await looks();
    await agent.follow(programOf(FULL), ours, signal);
    const without = programOf({ ...FULL, forwards: [] });
    t.same(await agent.follow(without, ours, signal), { by: 'elements', steps: ['elements'] });
    t.notMatch(await inside('nft', 'list', 'map', 'inet', 'gd', 'forwards'), '2222');
    t.equal((await agent.follow(programOf(FULL), ours, signal)).by, 'elements');
    t.equal(await looks(), before);
    agent.close();
  });

  await t.test('an audit repairs what a stranger has changed', async (t) => {
    const agent = agentOn(runner);
    await agent.follow(programOf(FULL), ours, signal);
    const before = await looks();
    await inside('nft', 'flush', 'map', 'inet', 'gd', 'forwards');
    await shown('-n', namespace, 'address', 'add', '192.168.0.99/24', 'dev', 'n0');
    await shown('-n', namespace, 'link', 'set', 'dev', 'n0', 'down');
    t.not(await looks(), before);
    await agent.audit(programOf(FULL), signal);
    t.equal(await looks(), before);
    agent.close();
  });

  await t.test(
    'a network that is on another segment by now leaves the one it was on',
    async (t) => {
      const agent = agentOn(runner);
      await agent.follow(programOf(FULL), ours, signal);
      const before = await looks();
      const { steps } = await agent.follow(programOf(MOVED), ours, signal);
      t.ok(steps.indexOf('links.detach') < steps.indexOf('links'), steps.join());
      t.match(await looks(), /alias vlan\/139\/bridges/);
      await agent.follow(programOf(FULL), ours, signal);
      t.equal(await looks(), before);
      agent.close();
    },
  );

  await t.test('a link that somebody has put elsewhere is attached anew', async (t) => {
    const agent = agentOn(runner);
    const before = await looks();
    await shown('-n', namespace, 'link', 'delete', 'dev', 'n0');
    await shown('-n', namespace, 'link', 'add', 'name', 'n0', 'type', 'bridge');
    t.same((await agent.audit(programOf(FULL), signal)).repairs, ['links']);
    t.equal(await looks(), before);
    agent.close();
  });

  await t.test('shows that two networks are apart, and changes nothing', async (t) => {
    const agent = agentOn(runner);
    const [one, other] = [programOf(FULL), programOf(NEXT_DOOR, 2)];
    await t.rejects(agent.probeIsolation(one, other, signal), { code: 'NetworkNotCarried' });
    await agent.follow(other, ours, signal);
    const before = await looks();
    for (const [from, to] of [
      [one, other],
      [other, one],
    ] as const) {
      const { tried, arrived } = await agent.probeIsolation(from, to, signal);
      t.ok(tried.length > 5, `${tried.length} probes`);
      t.same(arrived, []);
    }
    t.equal(await looks(), before);
    await agent.dissolve(other.namespace, signal);
    agent.close();
  });

  await t.test('where the kernel tags, probes are sent as the gateway sends', async (t) => {
    const carrying = agentOn(runner);
    const [one, other] = [programOf(FULL), programOf(NEXT_DOOR, 2)];
    await carrying.follow(other, ours, signal);
    const before = await looks();
    const ports = machinePorts({
      trunks: [{ name: 'physnet1', by: 'kernel', device: 'eth9' }],
      uplinks: [],
    });
    const agent = new NetworkAgent({ runner, ports, services: [], metersFolder: '/run/meters' });
    const apart = await agent.probeIsolation(one, other, signal);
    t.match(apart, { by: 'gateway', arrived: [] });
    t.ok(apart.tried.length > 5, `${apart.tried.length} probes`);
    t.equal(await looks(), before);
    // Somebody joins the two segments.
    const [left = '', right = ''] = (await shown('-br', 'link')).match(/^b[0-9a-f]{12}/gm) ?? [];
    await shown('link', 'add', 'name', 'join0', 'type', 'veth', 'peer', 'name', 'join1');
    await shown('link', 'set', 'dev', 'join0', 'master', left, 'up');
    await shown('link', 'set', 'dev', 'join1', 'master', right, 'up');
    for (const leaky of [agent, carrying]) {
      const { arrived } = await leaky.probeIsolation(one, other, signal);
      t.ok(arrived.includes('to everyone'), arrived.join(', '));
    }
    await shown('link', 'delete', 'dev', 'join0');
    await carrying.dissolve(other.namespace, signal);
    carrying.close();
    agent.close();
  });

  await t.test('a caller that is not the newest any more changes nothing', async (t) => {
    const agent = agentOn(runner);
    const before = await looks();
    const superseded = (): Promise<void> => Promise.reject(new Error('superseded'));
    await t.rejects(agent.follow(programOf(CHANGED), superseded, signal), {
      message: 'superseded',
    });
    t.equal(await looks(), before);
    agent.close();
  });

  await t.test('dissolves a network, and leaves nothing', async (t) => {
    const agent = agentOn(runner);
    await agent.dissolve(namespace, signal);
    t.same(await agent.namespaces(), []);
    t.match(await shown('-br', 'link'), /^lo.*\noutside.*\n$/);
    t.same(await runner.files.list('/run/gdcloud'), []);
    t.same(await zombies(), []);
    await agent.dissolve(namespace, signal);
    agent.close();
  });
});
