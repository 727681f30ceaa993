import type { CommandRunner } from '../commands/command-runner.js';
import type { DeviceName } from '../plan/plan-names.js';
import type { NetworkProgram } from '../program/network-program.js';
import { linkNames } from './link-names.js';
import type { Step } from './link-steps.js';
import type { MachinePorts, SwitchPort } from './machine-ports.js';
import { addPort } from './switch-ports.js';

/** The end of a link that stays out of its namespace, on a bridge. */
interface OuterEnd {
  readonly port: DeviceName;
  readonly bridge: DeviceName;
  /** Of a bridge of Open vSwitch: what the port is tagged with; null: nothing. */
  readonly tag?: number | null | undefined;
}

/**
 * Looks at the ends of a network's links that are out of its namespace, by a program or two each, and tells the steps that
 * put them back: up, on their bridge, and with their tag alone. A card's own VLANs have none.
 */
export async function outerEndSteps(
  runner: CommandRunner,
  program: NetworkProgram,
  ports: MachinePorts,
  signal: AbortSignal,
): Promise<readonly Step[]> {
  const steps: Step[] = [];
  for (const end of outerEnds(program, ports)) {
    const { port, bridge, tag } = end;
    const isSwitched = tag !== undefined;
    if (!(await isLinked(runner, end, signal))) {
      const input = `link set dev ${port}${isSwitched ? '' : ` master ${bridge}`} up\n`;
      const command = { program: 'ip', arguments: ['-batch', '-'], input } as const;
      steps.push({ name: 'links.outside', command });
    }
    if (isSwitched && !(await isSwitchedRight(runner, port, bridge, tag, signal))) {
      const columns = tag === null ? [] : [`tag=${tag}`];
      steps.push({ name: 'links.switch', command: addPort(bridge, port, columns) });
    }
  }
  return steps;
}

function outerEnds(
  { namespace, tenant, uplinks }: NetworkProgram,
  ports: MachinePorts,
): readonly OuterEnd[] {
  const names = linkNames(namespace);
  const trunk = ports.trunks.get(tenant.segment.trunk);
  return [
    ...(trunk?.by === 'bridges' ? [{ port: names.port, bridge: names.bridge }] : []),
    ...switchEnd(trunk, names.port, tenant.segment.id),
    ...uplinks.flatMap(({ uplink }) => {
      const { port } = names.uplink(uplink);
      const to = ports.uplinks.get(uplink);
      return to?.by === 'bridge' ? [{ port, bridge: to.bridge }] : switchEnd(to, port, null);
    }),
  ];
}

function switchEnd(
  to: SwitchPort | { readonly by: string } | undefined,
  port: DeviceName,
  tag: number | null,
): readonly OuterEnd[] {
  return to !== undefined && 'datapath' in to ? [{ port, bridge: to.bridge, tag }] : [];
}

async function isLinked(
  runner: CommandRunner,
  { port, bridge, tag }: OuterEnd,
  signal: AbortSignal,
): Promise<boolean> {
  const shown = await runner.run(
    { program: 'ip', arguments: ['-o', 'link', 'show', 'dev', port] },
    signal,
  );
  const isUp = /<[^>]*\bUP\b[^>]*>/.test(shown.stdout);
  // A switch has its own ways to know its ports by.
  return isUp && (tag !== undefined || shown.stdout.includes(` master ${bridge} `));
}

// As `ovs-vsctl` writes what is not set.
const UNSET = '[]';

async function isSwitchedRight(
  runner: CommandRunner,
  port: DeviceName,
  bridge: DeviceName,
  tag: number | null,
  signal: AbortSignal,
): Promise<boolean> {
  const columns = ['get', 'port', port, 'tag', 'trunks', 'vlan_mode'];
  const words = [...columns, '--', 'port-to-br', port];
  const { exitCode, stdout } = await runner.run({ program: 'ovs-vsctl', arguments: words }, signal);
  const wanted = [tag === null ? UNSET : String(tag), UNSET, UNSET, bridge];
  return exitCode === 0 && stdout.trim().split('\n').join() === wanted.join();
}
