import type { NamespaceName } from '../plan/plan-names.js';
import { linkNames } from './link-names.js';
import type { NamespaceState } from './link-state.js';
import type { Step } from './link-steps.js';
import { hasSwitch, type MachinePorts } from './machine-ports.js';
import { deletePorts } from './switch-ports.js';

/** Takes the devices in a network's namespace away; what they are one end of goes with them. */
export function insideUnlinkSteps(
  namespace: NamespaceName,
  { links }: NamespaceState,
): readonly Step[] {
  const devices = [...links.keys()].filter((name) => name !== 'lo');
  return batch('links.inside', ['-n', namespace], devices);
}

/** Takes away what is left of a network's devices out of its namespace: `outside` are the names there. */
export function outsideUnlinkSteps(
  namespace: NamespaceName,
  outside: ReadonlySet<string>,
  ports: MachinePorts,
): readonly Step[] {
  const names = linkNames(namespace);
  const pairs = [
    { port: names.port, passing: names.tenant },
    names.probe,
    ...[...ports.uplinks.keys()].map((uplink) => names.uplink(uplink)),
  ];
  const found = pairs.flatMap(({ port, passing }) => {
    // One end takes the other along.
    const end = [port, passing].find((name) => outside.has(name));
    return end === undefined ? [] : [end];
  });
  const bridges = outside.has(names.bridge) ? [names.bridge] : [];
  return [
    ...batch('links.outside', [], [...found, ...bridges]),
    ...(hasSwitch(ports)
      ? [{ name: 'links.switch', command: deletePorts(pairs.map((pair) => pair.port)) }]
      : []),
  ];
}

function batch(
  name: string,
  where: readonly string[],
  devices: readonly string[],
): readonly Step[] {
  if (devices.length === 0) return [];
  const input = devices.map((device) => `link delete dev ${device}\n`).join('');
  return [{ name, command: { program: 'ip', arguments: [...where, '-batch', '-'], input } }];
}
