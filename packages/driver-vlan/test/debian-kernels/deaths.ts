import type { Test } from 'tap';
import type { ToldNetwork } from '../open-vswitch/agent-process.js';
import type { OrderedAgent } from '../open-vswitch/ordered-agent.js';
import type { TenantStory } from '../open-vswitch/tenant-story.js';
import { networkOf } from '../open-vswitch/tenants.js';
import { dyingRunner } from '../support/dying-runner.js';
import { withoutTurn } from '../support/without-turn.js';
import type { KernelRig } from './kernel-rig.js';

/** More changes than a network ever takes. */
const ENOUGH = 40;
/** A death after each of them would take too long in an emulated machine; `network-agent.test.ts` tries them all. */
const EACH = 4;

/**
 * Tells of agents that are killed after one of the programs by which they make, change or remove a network: it is closed at
 * once, and the next agent finishes what was begun. To be called where none of the networks is carried. `start`: the first
 * of the sample.
 */
export async function tellOfDeaths(
  group: Test,
  rig: KernelRig,
  { told, before }: TenantStory,
  start: 1 | 2,
): Promise<void> {
  const first = told.a;
  const changed = networkOf('a', { revision: 4, vpn: null, ipv6Cidr: 'fd12:3456:789a::/64' });
  const wanted = await looksOf(rig, first);
  const wantedChanged = await looksOf(rig, changed);
  await rig.agent.dissolve(changed);

  const deaths = { make: 0, change: 0, remove: 0 };
  for (let at = start; at < ENOUGH; at += EACH) {
    const made = await dies(rig, at, (agent) => agent.follow(first));
    if (made === 'lives') break;
    await group.test(`killed after change ${at} of a network's making and its end`, async (t) => {
      t.ok(await isClosed(rig, first), 'closed when the maker has died');
      t.equal(await looksOf(rig, first), wanted);
      deaths.make += 1;
      if ((await dies(rig, at, (agent) => agent.follow(changed))) === 'dies') deaths.change += 1;
      t.ok(await isClosed(rig, first), 'closed when who changes it has died');
      t.equal(await looksOf(rig, changed), wantedChanged);
      if ((await dies(rig, at, (agent) => agent.dissolve(first))) === 'dies') deaths.remove += 1;
      t.ok(await isClosed(rig, first), 'closed when who removes it has died');
      await rig.agent.dissolve(first);
      t.equal(await rig.remains(), before);
    });
  }
  group.ok(deaths.make > 2 && deaths.change > 0 && deaths.remove > 0, JSON.stringify(deaths));
}

/** Has an agent do something that is killed after the n-th program that changes anything. */
async function dies(
  rig: KernelRig,
  at: number,
  work: (agent: OrderedAgent) => Promise<unknown>,
): Promise<'dies' | 'lives'> {
  const agent = rig.newAgent(dyingRunner(rig.runner, at, 'after', isChange));
  try {
    await work(agent);
    return 'lives';
  } catch {
    return 'dies';
  } finally {
    agent.close();
  }
}

function isChange({ arguments: words }: Parameters<KernelRig['runner']['run']>[0]): boolean {
  return !words.some((word) => ['show', 'list', 'pids'].includes(word));
}

/** All that can be seen of a network once another agent has brought it to its document, but what differs each time. */
async function looksOf(rig: KernelRig, told: ToldNetwork): Promise<string> {
  const agent = rig.newAgent();
  await agent.follow(told);
  agent.close();
  const namespace = `gd-${told.network}`;
  const seen = await rig.machine.run(`
    ip -n ${namespace} -br address
    ip -n ${namespace} route
    ip -n ${namespace} rule
    ip -n ${namespace} -6 rule
    nsenter --net=/run/netns/${namespace} nft -s list ruleset
    nsenter --net=/run/netns/${namespace} wg show all allowed-ips
    cat /run/gdcloud/${namespace}/names/leases
    for id in $(ip netns pids ${namespace}); do read -r number name rest </proc/$id/stat; echo $name; done`);
  const volatile = /@if\d+|\bfe80::\S+|\b(UNKNOWN|UP|DOWN|LOWERLAYERDOWN)\b/g;
  return withoutTurn(seen).replaceAll(volatile, '~').replaceAll(/ +/g, ' ');
}

/** What must hold at every moment: where there is a link, the firewall is closed. */
async function isClosed(rig: KernelRig, { network }: ToldNetwork): Promise<boolean> {
  const seen = await rig.machine.run(
    `if [ "$(ip -n gd-${network} -br link 2>/dev/null | grep -c '^[nu]')" != 0 ]; then
       nsenter --net=/run/netns/gd-${network} nft list chain inet gd c_forward
     else echo no link; fi`,
  );
  return /policy drop|no link/.test(seen);
}
