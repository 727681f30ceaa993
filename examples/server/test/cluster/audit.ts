import type { Entry } from './ledger.js';
import type { Outside } from './outside.js';
import type { Inside, Row } from './rows.js';

/** Something that must not be. */
export interface Violation {
  readonly kind: 'lost' | 'leaked' | 'doubled' | 'stale' | 'stuck';
  readonly what: string;
}

/** Hosts of the pool: each carries every network. */
const HOSTS = 2;

/** Compares what was acknowledged, what the database has and what there is outside. Pure; for a cloud at rest. */
export function audit(
  entries: readonly Entry[],
  inside: Inside,
  outside: Outside,
): readonly Violation[] {
  return [
    ...acknowledged(entries, inside.rows),
    ...servers(inside.rows, outside),
    ...networks(inside.rows, outside),
    ...volumes(inside.rows, outside),
    ...unique(inside.rows),
    ...accounts(inside),
  ];
}

function acknowledged(entries: readonly Entry[], rows: readonly Row[]): readonly Violation[] {
  const byToken = grouped(
    rows.filter(({ made }) => made !== undefined),
    ({ made }) => made,
  );
  return entries.flatMap(({ token, presence }): readonly Violation[] => {
    const found = byToken.get(token) ?? [];
    const live = found.filter(({ deleteRequestedAt }) => deleteRequestedAt === null);
    if (found.length > 1)
      return [doubled(`${found.length} resources were made of one request: ${token}`)];
    if (presence === 'present' && live.length === 0)
      return [lost(`${token} was acknowledged and is not there`)];
    if (presence === 'deleted' && live.length > 0)
      return [lost(`${token} was deleted or refused, and is there: its deletion was lost`)];
    return [];
  });
}

function servers(rows: readonly Row[], { servers: found }: Outside): readonly Violation[] {
  return pairs('server', ofType(rows, 'virtualmachine'), found, (row, [server]) => {
    const wanted = row.spec['desiredState'] === 'running' ? 'Running' : 'Halted';
    return server?.power === wanted
      ? []
      : [stuck(`server ${name(row)} is ${server?.power}, ${wanted} was asked for`)];
  });
}

function networks(rows: readonly Row[], outside: Outside): readonly Violation[] {
  const known = ofType(rows, 'network');
  const wanted = known.flatMap((row) => Array<number>(HOSTS).fill(Number(row.status['segmentId'])));
  const records = outside.records.map((file) => ({ uuid: file.slice(0, 36), name: file }));
  return [
    ...pairs('network', known, outside.networks, () => []),
    ...pairs('appliance record', known, records, () => []),
    // A network that has carried nothing has none.
    ...outside.meters
      .filter((file) => !known.some(({ uuid }) => file === `gd-${uuid}.json`))
      .map((file) => leaked(`what a network has carried is still told: ${file}`)),
    ...(same(wanted, outside.tags)
      ? []
      : [
          leaked(
            `tags on hosts are ${outside.tags.toSorted().join()}, of networks ${wanted.toSorted().join()}`,
          ),
        ]),
  ];
}

function volumes(rows: readonly Row[], outside: Outside): readonly Violation[] {
  const known = ofType(rows, 'volume');
  const images = ofType(rows, 'image');
  const files = outside.files.map((file) => ({ uuid: file.slice(0, 36), name: file }));
  const roots = known.filter((row) => row.spec['device'] === 0);
  const added = new Set(known.filter((row) => !roots.includes(row)).map(({ uuid }) => uuid));
  return [
    ...pairs('file', [...known, ...images], files, () => []),
    // An added disk is known to the pool once it has looked at the share.
    ...pairs(
      'disk',
      roots,
      outside.disks.filter(({ uuid }) => !added.has(uuid)),
      () => [],
    ),
    ...outside.remains.map((file) => leaked(`${file} was left on the share`)),
  ];
}

function unique(rows: readonly Row[]): readonly Violation[] {
  const machines = ofType(rows, 'virtualmachine');
  const keys: readonly (readonly [string, Row])[] = [
    ...machines.flatMap((row) =>
      held(
        `address in network ${text(row.spec['networkId'])}`,
        row.status['privateIpv4Address'],
        row,
      ),
    ),
    ...machines.flatMap((row) => held('MAC address', row.status['macAddress'], row)),
    ...ofType(rows, 'network').flatMap((row) => held('tag', row.status['segmentId'], row)),
    ...rows.flatMap((row) => held(`id of type ${row.type}`, row.id, row)),
  ];
  return [...grouped(keys, ([key]) => key)]
    .filter(([, owners]) => owners.length > 1)
    .map(([key, owners]) =>
      doubled(`${key} is of ${owners.map(([, owner]) => name(owner)).join(' and ')}`),
    );
}

// What has none yet is not at rest, which is another violation.
function held(what: string, value: unknown, row: Row): readonly (readonly [string, Row])[] {
  return value === undefined || value === null ? [] : [[`${what}: ${text(value)}`, row]];
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function accounts({ rows, owners, capacity }: Inside): readonly Violation[] {
  const live = new Set(rows.map(({ uuid }) => uuid));
  return [
    ...owners
      .filter(({ owner }) => !live.has(owner))
      .map(({ owner, what }) => leaked(`${what} is still of ${owner}, which is gone`)),
    ...capacity
      .filter(({ used, claimed }) => used !== claimed)
      .map(({ what, used, claimed }) => leaked(`${what}: ${used} used, ${claimed} claimed`)),
  ];
}

// Each resource has exactly one object, and no object is of anybody else.
function pairs<Found extends { readonly uuid: string; readonly name: string }>(
  what: string,
  rows: readonly Row[],
  found: readonly Found[],
  more: (row: Row, objects: readonly Found[]) => readonly Violation[],
): readonly Violation[] {
  const owners = new Set(rows.map(({ uuid }) => uuid));
  const byOwner = grouped(found, ({ uuid }) => uuid);
  return [
    ...found
      .filter(({ uuid }) => !owners.has(uuid))
      .map((object) => leaked(`${what} ${object.name} of ${object.uuid}, which is gone`)),
    ...rows.flatMap((row) => {
      const own = byOwner.get(row.uuid) ?? [];
      // What is on its way out may have lost its object already; that it takes too long is another violation.
      if (own.length === 0 && row.deleteRequestedAt !== null) return [];
      if (own.length === 0) return [lost(`${what} of ${name(row)} is not there`)];
      if (own.length > 1) return [doubled(`${own.length} × ${what} of ${name(row)}`)];
      return more(row, own);
    }),
  ];
}

function ofType(rows: readonly Row[], type: string): readonly Row[] {
  return rows.filter((row) => row.type === type);
}

function same(one: readonly number[], other: readonly number[]): boolean {
  const sorted = (list: readonly number[]): string => list.toSorted((a, b) => a - b).join();
  return sorted(one) === sorted(other);
}

function name({ type, id, name: label, uuid }: Row): string {
  return `${type} ${id} (${label ?? ''} ${uuid})`;
}

const lost = (what: string): Violation => ({ kind: 'lost', what });
const leaked = (what: string): Violation => ({ kind: 'leaked', what });
const doubled = (what: string): Violation => ({ kind: 'doubled', what });
const stuck = (what: string): Violation => ({ kind: 'stuck', what });

function grouped<Item, Key>(
  items: readonly Item[],
  keyOf: (item: Item) => Key,
): ReadonlyMap<Key, readonly Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
