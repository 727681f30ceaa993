import type { CommandLine } from '../commands/command-runner.js';
import type { NamespaceName } from '../plan/plan-names.js';
import type { LinkAddresses, NetworkProgram } from '../program/network-program.js';
import { attachTenant, attachUplink } from './attach-links.js';
import { linkNames } from './link-names.js';
import {
  type Family,
  type LinkState,
  type NamespaceState,
  type Route,
  routeText,
} from './link-state.js';
import { type MachinePorts, trunkPort, uplinkPort } from './machine-ports.js';
import { routePolicies } from './route-policies.js';

/** One step towards what a program asks for. Doing it again, after a look, changes nothing. */
export interface Step {
  /** `namespace`, `links`: stable, for events and logs. */
  readonly name: string;
  readonly command: CommandLine;
}

/** Makes the namespace; a name that a dead maker has left behind goes first. */
export function namespaceSteps(
  namespace: NamespaceName,
  { namespace: found }: NamespaceState,
): readonly Step[] {
  const add = { name: 'namespace', command: ip('netns', 'add', namespace) };
  switch (found) {
    case 'present':
      return [];
    case 'absent':
      return [add];
    case 'broken':
      return [{ name: 'namespace.broken', command: ip('netns', 'delete', namespace) }, add];
  }
}

/**
 * The steps from what is there to the program's links, addresses and routes. The firewall is loaded before: so it does
 * not matter that a link which was there already is up meanwhile. New ones come up last.
 * `outside` are the names of the devices out of all namespaces.
 */
export function linkSteps(
  program: NetworkProgram,
  state: NamespaceState,
  outside: ReadonlySet<string>,
  ports: MachinePorts,
): readonly Step[] {
  const names = linkNames(program.namespace);
  const { tenant, uplinks } = program;
  const wanted: readonly (LinkAddresses & { readonly passing: string })[] = [
    { ...tenant, passing: names.tenant },
    ...uplinks.map((link) => ({ ...link, passing: names.uplink(link.uplink).passing })),
  ];
  const isThere = ({ device, passing }: { readonly device: string; readonly passing: string }) =>
    state.links.has(device) || state.links.has(passing);
  const attached = [
    ...(isThere({ ...tenant, passing: names.tenant })
      ? []
      : [attachTenant(tenant.segment, trunkPort(ports, tenant.segment.trunk), names, outside)]),
    ...uplinks.flatMap((link) =>
      isThere({ ...link, passing: names.uplink(link.uplink).passing })
        ? []
        : [attachUplink(uplinkPort(ports, link.uplink), names.uplink(link.uplink), outside)],
    ),
  ];
  const moves = attached.map(({ passing }) => `link set dev ${passing} netns ${program.namespace}`);
  const inside = [
    ...(state.links.get('lo')?.isUp === true ? [] : ['link set dev lo up']),
    ...wanted.flatMap((link) => deviceLines(link, state.links.get(link.device))),
    ...routeLines(program, state),
    ...policyLines(program, state, '-4'),
    ...strangers(wanted, state),
  ];
  return [
    ...attached
      .flatMap(({ before }) => before)
      .map((command) => ({ name: 'links.switch', command })),
    ...batch('links', [], [...attached.flatMap(({ lines }) => lines), ...moves]),
    ...batch('addresses', ['-n', program.namespace], inside),
    ...batch('policies', ['-6', '-n', program.namespace], policyLines(program, state, '-6')),
  ];
}

function deviceLines(
  link: LinkAddresses & { readonly passing: string },
  found: LinkState | undefined,
): readonly string[] {
  const { device, passing, macAddress } = link;
  const missing = link.addresses.filter((address) => found?.addresses.has(address) !== true);
  const extra = [...(found?.addresses ?? [])].filter(
    (address) => !link.addresses.includes(address),
  );
  return [
    ...(found === undefined ? [`link set dev ${passing} name ${device}`] : []),
    ...(found?.macAddress === macAddress ? [] : [`link set dev ${device} address ${macAddress}`]),
    ...extra.map((address) => `address delete ${address} dev ${device}`),
    // Nobody else can have it: we hand them out. So IPv6 need not ask around first, and take it away meanwhile.
    ...missing.map((address) =>
      address.includes(':')
        ? `address add ${address} dev ${device} nodad`
        : `address add ${address} broadcast + dev ${device}`,
    ),
    ...(found?.isUp === true ? [] : [`link set dev ${device} up`]),
  ];
}

// After the links are up: the kernel takes no route over a device that is down.
function routeLines(program: NetworkProgram, { routes }: NamespaceState): readonly string[] {
  const wanted = wantedRoutes(program).map((route) => ({
    text: routeText(route),
    line: `route replace ${anywhere(route.gateway)} via ${route.gateway} dev ${route.device} table ${route.table} onlink`,
  }));
  const texts = new Set(wanted.map(({ text }) => text));
  return [
    ...[...routes]
      .filter((text) => !texts.has(text))
      .map((text) => {
        const [table = '', gateway = '', device = ''] = text.split(' ');
        return `route delete ${anywhere(gateway)} via ${gateway} dev ${device} table ${table}`;
      }),
    ...wanted.filter(({ text }) => !routes.has(text)).map(({ line }) => line),
  ];
}

function wantedRoutes({ uplinks, defaultRoutes }: NetworkProgram): readonly Route[] {
  return [
    ...defaultRoutes.map(({ gateway, device }) => ({ gateway, device, table: 'main' })),
    ...uplinks.flatMap(({ device, routes }) =>
      routes.map(({ gateway, table }) => ({ gateway, device, table: String(table) })),
    ),
  ];
}

function policyLines(
  program: NetworkProgram,
  { policies }: NamespaceState,
  family: Family,
): readonly string[] {
  const wanted = routePolicies(program, family);
  const found = policies[family];
  return [
    ...[...found].filter((text) => !wanted.has(text)).map((text) => `rule delete ${text}`),
    ...[...wanted].filter((text) => !found.has(text)).map((text) => `rule add ${text}`),
  ];
}

// What was an uplink once: its other end goes with it.
function strangers(
  wanted: readonly { readonly device: string; readonly passing: string }[],
  { links }: NamespaceState,
): readonly string[] {
  const ours = new Set(wanted.flatMap(({ device, passing }) => [device, passing]));
  return [...links.keys()]
    .filter((name) => /^[uw][0-9a-f]{12}$/.test(name) && !ours.has(name))
    .map((name) => `link delete dev ${name}`);
}

function batch(name: string, where: readonly string[], lines: readonly string[]): readonly Step[] {
  return lines.length === 0
    ? []
    : [
        {
          name,
          command: {
            program: 'ip',
            arguments: [...where, '-batch', '-'],
            input: `${lines.join('\n')}\n`,
          },
        },
      ];
}

function ip(...words: readonly string[]): CommandLine {
  return { program: 'ip', arguments: words };
}

function anywhere(gateway: string): string {
  return gateway.includes(':') ? '::/0' : '0.0.0.0/0';
}
