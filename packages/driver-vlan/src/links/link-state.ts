import type { ApplianceFiles, CommandRunner } from '../commands/command-runner.js';
import { demandDone } from '../commands/demand-done.js';
import type { DeviceName, NamespaceName } from '../plan/plan-names.js';
import type { LinkLabel } from './link-label.js';
import { parseQueues, type QueueState } from './rate-limit.js';
import { policyText } from './route-policies.js';

/** Where the system keeps the names of network namespaces. */
export const NAMESPACE_FOLDER = '/run/netns';

/** A device as it is. */
export interface LinkState {
  readonly name: string;
  readonly macAddress: string;
  readonly isUp: boolean;
  /** What was written on it when it was attached; empty where nothing was. */
  readonly label: LinkLabel;
  /** Of a VLAN or a VXLAN of the kernel's: its own number. */
  readonly tag?: number | undefined;
  /** `192.168.0.1/24`; those that the kernel makes by itself are not among them. */
  readonly addresses: ReadonlySet<string>;
}

/** Where the kernel's own rules begin, but for the first. */
const FIRST_OF_KERNEL = 32_766;

/** A route as it is, in the words of {@link routeText}. */
export type RouteText = string;

/** What is there of a network, apart from its firewall. */
export interface NamespaceState {
  /** `broken`: its name is there, and no namespace: the maker died in between (reference/vlan.md 2.2). */
  readonly namespace: 'absent' | 'broken' | 'present';
  readonly links: ReadonlyMap<string, LinkState>;
  readonly routes: ReadonlySet<RouteText>;
  /** Our rules of which table is looked into, in the words of `route-policies.ts`, per family. */
  readonly policies: Readonly<Record<Family, ReadonlySet<string>>>;
  /** The queues of its devices that aren't the kernel's own. */
  readonly queues: readonly QueueState[];
}

/** The versions of IP, as `ip` takes them. */
export type Family = '-4' | '-6';

const NOTHING: Omit<NamespaceState, 'namespace'> = {
  links: new Map(),
  routes: new Set(),
  policies: { '-4': new Set(), '-6': new Set() },
  queues: [],
};

/** The names of all namespaces, ours and others. One read of a folder. */
export function namespaceNames(files: ApplianceFiles): Promise<readonly string[]> {
  return files.list(NAMESPACE_FOLDER);
}

/** Looks at a network's namespace: five programs where it is there, none where it isn't. */
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
  if (
    addresses.exitCode !== 0 &&
    /Invalid argument|setting the network namespace/.test(addresses.stderr)
  ) {
    return { namespace: 'broken', ...NOTHING };
  }
  demandDone('ip address show', addresses);
  const routes = await ip('route', 'show', 'table', 'all');
  const rules = await ip('-4', 'rule', 'show');
  const rules6 = await ip('-6', 'rule', 'show');
  const queues = await runner.run(
    { program: 'tc', arguments: ['-n', namespace, '-j', 'qdisc', 'show'] },
    signal,
  );
  return {
    namespace: 'present',
    links: parseLinks(addresses.stdout),
    routes: parseRoutes(demandDone('ip route show', routes)),
    policies: {
      '-4': parsePolicies(demandDone('ip rule show', rules)),
      '-6': parsePolicies(demandDone('ip -6 rule show', rules6)),
    },
    queues: parseQueues(demandDone('tc qdisc show', queues)),
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
      return local === undefined || info['dynamic'] === true
        ? []
        : [`${local}/${Number(info['prefixlen'])}`];
    });
    return [
      {
        name,
        macAddress: textOf(link, 'address') ?? '',
        isUp: flags.includes('UP'),
        label: textOf(link, 'ifalias') ?? '',
        ...tagOf(link),
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
      if (textOf(route, 'dst') !== 'default' || gateway === undefined || device === undefined)
        return [];
      return [
        routeText({
          gateway,
          device: device as DeviceName,
          table: textOf(route, 'table') ?? 'main',
        }),
      ];
    }),
  );
}

/** A way to everywhere that a table has. */
export interface Route {
  readonly gateway: string;
  readonly device: DeviceName;
  /** `main`, or a number. */
  readonly table: string;
}

/** A default route as a word that can be compared. */
export function routeText(route: Route): RouteText {
  return `${route.table} ${route.gateway} ${route.device}`;
}

/** Reads our rules out of what `ip -j rule show` prints: those of priorities that the kernel has none at. */
export function parsePolicies(text: string): ReadonlySet<string> {
  return new Set(
    parseList(text).flatMap((rule) => {
      const { priority } = rule;
      if (typeof priority !== 'number' || priority === 0 || priority >= FIRST_OF_KERNEL) return [];
      const from = textOf(rule, 'src') ?? 'all';
      const mark = textOf(rule, 'fwmark');
      const table = textOf(rule, 'table') ?? '';
      const isMainOnly = typeof rule['suppress_prefixlen'] === 'number';
      return [
        policyText({
          priority,
          from: from === 'all' ? undefined : from,
          mark: mark === undefined ? undefined : Number(mark),
          table,
          isMainOnly,
        }),
      ];
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

function tagOf({ linkinfo }: JsonRecord): Pick<LinkState, 'tag'> {
  const data = isObject(linkinfo) ? linkinfo['info_data'] : undefined;
  const tag = isObject(data) ? data['id'] : undefined;
  return typeof tag === 'number' ? { tag } : {};
}

function listOf(record: JsonRecord, field: string): readonly unknown[] {
  const value = record[field];
  return Array.isArray(value) ? value : [];
}
