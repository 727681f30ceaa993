import type { ApplianceFiles, CommandRunner } from '../commands/command-runner.js';
import type { DeviceName, NamespaceName } from '../plan/plan-names.js';
import { demandDone } from '../commands/demand-done.js';

/** Where the system keeps the names of network namespaces. */
export const NAMESPACE_FOLDER = '/run/netns';

/** A device as it is. */
export interface LinkState {
  readonly name: string;
  readonly macAddress: string;
  readonly isUp: boolean;
  /** `192.168.0.1/24`; those that the kernel makes by itself are not among them. */
  readonly addresses: ReadonlySet<string>;
}

/** A route as it is, in the words of {@link routeText}. */
export type RouteText = string;

/** What is there of a network, apart from its firewall. */
export interface NamespaceState {
  /** `broken`: its name is there, and no namespace: the maker died in between (reference/vlan.md 2.2). */
  readonly namespace: 'absent' | 'broken' | 'present';
  readonly links: ReadonlyMap<string, LinkState>;
  readonly routes: ReadonlySet<RouteText>;
  /** `10100:198.51.100.7`: the table of what leaves from an address. */
  readonly policies: ReadonlySet<string>;
}

const NOTHING: Omit<NamespaceState, 'namespace'> = {
  links: new Map(),
  routes: new Set(),
  policies: new Set(),
};

/** The names of all namespaces, ours and others. One read of a folder. */
export function namespaceNames(files: ApplianceFiles): Promise<readonly string[]> {
  return files.list(NAMESPACE_FOLDER);
}

/** Looks at a network's namespace: three programs where it is there, none where it isn't. */
export async function observeNamespace(
  runner: CommandRunner,
  namespace: NamespaceName,
  signal: AbortSignal,
): Promise<NamespaceState> {
  if (!(await namespaceNames(runner.files)).includes(namespace)) {
    return { namespace: 'absent', ...NOTHING };
  }
  const ip = (...words: readonly string[]) =>
    runner.run({ program: 'ip', arguments: ['-n', namespace, '-j', '-d', ...words] }, signal);
  const addresses = await ip('address', 'show');
  // EINVAL: the name is a plain file, which `ip` can't enter.
  if (addresses.exitCode !== 0 && /Invalid argument|setting the network namespace/.test(addresses.stderr)) {
    return { namespace: 'broken', ...NOTHING };
  }
  demandDone('ip address show', addresses);
  const routes = await ip('route', 'show', 'table', 'all');
  const rules = await ip('rule', 'show');
  return {
    namespace: 'present',
    links: parseLinks(addresses.stdout),
    routes: parseRoutes(demandDone('ip route show', routes)),
    policies: parsePolicies(demandDone('ip rule show', rules)),
  };
}

/** Reads what `ip -j -d address show` prints; leniently, as its fields change from release to release. */
export function parseLinks(text: string): ReadonlyMap<string, LinkState> {
  const links = parseList(text).flatMap((link): readonly LinkState[] => {
    const name = textOf(link, 'ifname');
    if (name === undefined) return [];
    const flags = listOf(link, 'flags');
    const addresses = listOf(link, 'addr_info').flatMap((info) => {
      if (!isObject(info) || textOf(info, 'scope') === 'link') return [];
      const local = textOf(info, 'local');
      return local === undefined || info['dynamic'] === true ? [] : [`${local}/${info['prefixlen']}`];
    });
    return [
      {
        name,
        macAddress: textOf(link, 'address') ?? '',
        isUp: flags.includes('UP'),
        addresses: new Set(addresses),
      },
    ];
  });
  return new Map(links.map((link) => [link.name, link]));
}

/** Reads the default routes out of what `ip -j -d route show table all` prints. */
export function parseRoutes(text: string): ReadonlySet<RouteText> {
  return new Set(
    parseList(text).flatMap((route) => {
      const gateway = textOf(route, 'gateway');
      const device = textOf(route, 'dev');
      if (textOf(route, 'dst') !== 'default' || gateway === undefined || device === undefined) return [];
      return [routeText({ gateway, device: device as DeviceName, table: textOf(route, 'table') ?? 'main' })];
    }),
  );
}

/** A default route as a word that can be compared. */
export function routeText(route: {
  readonly gateway: string;
  readonly device: DeviceName;
  readonly table: string;
}): RouteText {
  return `${route.table} ${route.gateway} ${route.device}`;
}

/** Reads what `ip -j rule show` prints: the rules that send an address to a table of its own. */
export function parsePolicies(text: string): ReadonlySet<string> {
  return new Set(
    parseList(text).flatMap((rule) => {
      const from = textOf(rule, 'src');
      const table = textOf(rule, 'table');
      return from === undefined || from === 'all' || table === undefined ? [] : [`${table}:${from}`];
    }),
  );
}

type JsonRecord = Readonly<Record<string, unknown>>;

function parseList(text: string): readonly JsonRecord[] {
  const parsed: unknown = text.trim() === '' ? [] : JSON.parse(text);
  return Array.isArray(parsed) ? parsed.filter(isObject) : [];
}

function isObject(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null;
}

function textOf(record: JsonRecord, field: string): string | undefined {
  const value = record[field];
  return typeof value === 'string' ? value : undefined;
}

function listOf(record: JsonRecord, field: string): readonly unknown[] {
  const value = record[field];
  return Array.isArray(value) ? value : [];
}
