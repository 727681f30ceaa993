import type { CommandLine } from '../commands/command-runner.js';
import type { NamespaceState } from '../links/link-state.js';
import { linkSteps, namespaceSteps, type Step } from '../links/link-steps.js';
import type { MachinePorts } from '../links/machine-ports.js';
import { rateLimitSteps } from '../links/rate-limit.js';
import { afterSwap, NO_MARKS, setMarks, swapMarks } from '../nft/mark-swap.js';
import type { FirewallMarks, ProgramMarks } from '../nft/nft-session.js';
import type { DeviceName, NamespaceName } from '../plan/plan-names.js';
import { firewallLoad } from '../program/difference.js';
import type { NetworkProgram } from '../program/network-program.js';

const NOTHING_THERE: NamespaceState = {
  namespace: 'absent',
  links: new Map(),
  routes: new Set(),
  policies: { '-4': new Set(), '-6': new Set() },
  queues: [],
};

/** Where VXLAN sends what everyone is to hear, unless an appliance is told otherwise. */
const VXLAN_GROUP = '239.103.100.1';

/**
 * The steps that carry a network on a machine that has nothing of it yet, in the order in which a crash after any of
 * them leaves nothing open: the firewall is loaded before there is a link, and links come up last.
 */
export function planSteps(program: NetworkProgram, ports: MachinePorts): readonly Step[] {
  return [
    ...namespaceSteps(program.namespace, NOTHING_THERE),
    firewallStep(program, 'nothing'),
    settingStep(program),
    ...linkSteps(program, NOTHING_THERE, new Set(), ports),
    ...rateLimitSteps(program, NOTHING_THERE.queues),
  ];
}

/** What a firewall is loaded into: a namespace without any, one without marks, or one that bears these. */
export type Loadable = 'nothing' | 'unmarked' | FirewallMarks;

/**
 * Loads the firewall; it is marked as loaded, and not yet as ready. Refused as a whole where the marks are others than
 * those of `into` by now; where there are none, nobody is to be overtaken.
 */
export function firewallStep(program: NetworkProgram, into: Loadable): Step {
  const to = loadedMarks(program);
  const isEmpty = into === 'nothing';
  const isMarked = typeof into === 'object' && into.loaded !== undefined;
  const lines = [
    ...firewallLoad(program.elements, isEmpty ? 'nothing' : 'anything'),
    ...(isMarked ? swapMarks(into, to) : setMarks(to, isEmpty ? 'nothing' : 'anything')),
  ];
  const command = inside(program.namespace, ['nft', '-f', '-'], `${lines.join('\n')}\n`);
  return { name: 'firewall', command };
}

/** The marks that `firewallStep` leaves. */
export function marksLoaded(program: NetworkProgram, into: Loadable): FirewallMarks {
  const from = typeof into === 'object' && into.loaded !== undefined ? into : NO_MARKS;
  return afterSwap(from, loadedMarks(program));
}

function loadedMarks({ mark }: NetworkProgram): ProgramMarks {
  return { loaded: mark, ready: undefined };
}

/** Sets the namespace's values. */
export function settingStep({ namespace, settings }: NetworkProgram): Step {
  const words = settings.map(({ name, value }) => `${name}=${value}`);
  return { name: 'settings', command: inside(namespace, ['sysctl', '-q', '-w', ...words]) };
}

/** Runs a program in a network's namespace. */
export function inside(
  namespace: NamespaceName,
  words: readonly string[],
  input?: string,
): CommandLine {
  return { program: 'nsenter', arguments: [`--net=/run/netns/${namespace}`, ...words], input };
}

/** A machine whose devices have the physical networks' own names. */
export function namesakePorts({ tenant, uplinks }: NetworkProgram): MachinePorts {
  const { trunk } = tenant.segment;
  return {
    trunks: new Map([[trunk, { by: 'kernel', device: trunk, group: VXLAN_GROUP }]]),
    uplinks: new Map(
      uplinks.map(({ uplink }): [DeviceName, { by: 'macvlan'; device: DeviceName }] => [
        uplink,
        { by: 'macvlan', device: uplink },
      ]),
    ),
  };
}
