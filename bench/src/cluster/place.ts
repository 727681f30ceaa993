import { parseArgs } from 'node:util';

/** Where a measured system keeps its state: for itself alone, and empty at first. */
export interface Place {
  /** `postgres://…` */
  readonly database: string;
  /** `redis://…` */
  readonly redis: string;
  /** Hosts and chroot, as ZooKeeper's clients take them: `127.0.0.1:2181/bench-1`. */
  readonly zookeeper: string;
}

/** The command line that tells a measured process its place. */
export function placeParameters({ database, redis, zookeeper }: Place): readonly string[] {
  return [`--database=${database}`, `--redis=${redis}`, `--zookeeper=${zookeeper}`];
}

/** What the parent told this process: its place, and what else it was told. */
export interface Told {
  readonly place: Place;
  /** What `--name=…` said; throws TypeError where it said nothing. */
  readonly text: (name: string) => string;
}

/** Reads this process's command line: its place, and the further options that are named. */
export function told(...more: readonly string[]): Told {
  const names = ['database', 'redis', 'zookeeper', ...more];
  const { values } = parseArgs({
    options: Object.fromEntries(names.map((name) => [name, { type: 'string' as const }])),
  });
  const text = (name: string): string => {
    const value = values[name];
    if (typeof value !== 'string') throw new TypeError(`--${name} is missing`);
    return value;
  };
  return {
    place: { database: text('database'), redis: text('redis'), zookeeper: text('zookeeper') },
    text,
  };
}
