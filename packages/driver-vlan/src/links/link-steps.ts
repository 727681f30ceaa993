import type { CommandLine } from '../commands/command-runner.js';
import { type DeviceName, type NamespaceName, uplinkDevice } from '../plan/plan-names.js';
import type { LinkAddresses, NetworkProgram } from '../program/network-program.js';
import { type Attachment, attachTenant, attachUplink } from './attach-links.js';
import { type LinkLabel, tenantLabel, uplinkLabel } from './link-label.js';
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
import { deletePorts } from './switch-ports.js';

/** After how long a neighbour that didn't answer is asked again; milliseconds. */
const RETRY_MS = 200;

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
 * The steps from what is there, once what leads elsewhere is detached, to the program's links, addresses and routes. The firewall is loaded before: so it does
 * not matter that a link which was there already is up meanwhile. New ones come up last.
 * `outside` are the names of the devices out of all namespaces.
 */
export function linkSteps(
  program: NetworkProgram,
  state: NamespaceState,
  outside: ReadonlySet<string>,
  ports: MachinePorts,
): readonly Step[] {
  const { namespace, tenant, uplinks } = program;
  const names = linkNames(namespace);
  const placed = [
    place(tenant, names.tenant, state, () => {
      const trunk = trunkPort(ports, tenant.segment.trunk);
      const to = { ...tenant, namespace };
      return {
        ...attachTenant(tenant.segment, trunk, names, to, outside),
        label: tenantLabel(tenant.segment, trunk),
      };
    }),
    ...uplinks.map((link) => {
      const own = names.uplink(link.uplink);
      return place(link, own.passing, state, () => {
        const port = uplinkPort(ports, link.uplink);
        const to = { ...link, namespace };
        return { ...attachUplink(port, own, to, outside), label: uplinkLabel(port) };
      });
    }),
  ];
  const attached = placed.flatMap(({ attachment }) => attachment ?? []);
  const moves = attached.flatMap(({ passing }) =>
    passing === undefined ? [] : [`link set dev ${passing} netns ${namespace}`],
  );
  const inside = [
    ...(state.links.get('lo')?.isUp === true ? [] : ['link set dev lo up']),
    ...placed.flatMap((link) => deviceLines(link)),
    ...routeLines(program, state),
    ...policyLines(program, state, '-4'),
    ...strangers(placed, state),
  ];
  const made = attached.flatMap(({ lines }) => lines);
  const after = attached.flatMap((attachment) => attachment.after);
  return [
    ...(after.length === 0
      ? batch('links', [], [...made, ...moves])
      : [
          ...batch('links', [], made),
          ...after.map((command) => ({ name: 'links.switch', command })),
          ...batch('links.move', [], moves),
        ]),
    ...leftSwitchPorts(program, state, ports),
    ...batch('addresses', ['-n', namespace], inside),
    ...batch('policies', ['-6', '-n', namespace], policyLines(program, state, '-6')),
  ];
}

/** A wanted device, and how it comes to its place. */
interface PlacedLink {
  readonly link: LinkAddresses;
  readonly passing: DeviceName;
  readonly found: LinkState | undefined;
  /** Absent where it is in the namespace already, whatever it is called. */
  readonly attachment: LabelledAttachment | undefined;
}

interface LabelledAttachment extends Attachment {
  readonly label: LinkLabel;
}

function place(
  link: LinkAddresses,
  passing: DeviceName,
  { links }: NamespaceState,
  attach: () => LabelledAttachment,
): PlacedLink {
  const found = links.get(link.device);
  const isInside = found !== undefined || links.has(passing);
  return { link, passing, found, attachment: isInside ? undefined : attach() };
}

function deviceLines({ link, passing, found, attachment }: PlacedLink): readonly string[] {
  const { device, macAddress } = link;
  const missing = link.addresses.filter((address) => found?.addresses.has(address) !== true);
  const extra = [...(found?.addresses ?? [])].filter(
    (address) => !link.addresses.includes(address),
  );
  const isMadeInPlace = attachment !== undefined && attachment.passing === undefined;
  return [
    ...(found !== undefined || isMadeInPlace ? [] : [`link set dev ${passing} name ${device}`]),
    ...(found?.macAddress === macAddress || isMadeInPlace
      ? []
      : [`link set dev ${device} address ${macAddress}`]),
    // Until it is written, the device counts as one that leads elsewhere.
    ...(attachment === undefined ? [] : [`link set dev ${device} alias ${attachment.label}`]),
    ...extra.map((address) => `address delete ${address} dev ${device}`),
    ...missing.map((address) =>
      address.includes(':')
        ? `address add ${address} dev ${device}`
        : `address add ${address} broadcast + dev ${device}`,
    ),
    ...(found?.isUp === true ? [] : [...askSoonerLines(link), `link set dev ${device} up`]),
  ];
}

// An answer may get lost, as when switches still learn that another appliance has taken over. By itself the kernel asks
// for it again only after a second.
function askSoonerLines({ device, addresses }: LinkAddresses): readonly string[] {
  const tables = addresses.some((address) => address.includes(':'))
    ? ['arp_cache', 'ndisc_cache']
    : ['arp_cache'];
  return tables.map((table) => `ntable change name ${table} dev ${device} retrans ${RETRY_MS}`);
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

// A switch keeps the port of a device that is gone. Before that goes: afterwards nobody would know any more.
function leftSwitchPorts(
  { namespace, uplinks }: NetworkProgram,
  { links }: NamespaceState,
  ports: MachinePorts,
): readonly Step[] {
  const names = linkNames(namespace);
  const wanted = new Set(uplinks.map(({ uplink }) => uplink));
  const left = [...ports.uplinks]
    .filter(([uplink, { by }]) => by === 'openvswitch' && !wanted.has(uplink))
    .filter(([uplink]) => links.has(uplinkDevice(uplink)))
    .map(([uplink]) => names.uplink(uplink).port);
  return left.length === 0 ? [] : [{ name: 'links.switch', command: deletePorts(left) }];
}

// What was an uplink once: its other end goes with it.
function strangers(placed: readonly PlacedLink[], { links }: NamespaceState): readonly string[] {
  const ours = new Set<string>(placed.flatMap(({ link, passing }) => [link.device, passing]));
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
