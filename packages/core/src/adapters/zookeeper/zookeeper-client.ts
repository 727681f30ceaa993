import type { Clock } from '../../ports/clock.js';
import { isDecided, ZOOKEEPER_CODES, ZookeeperError } from './zookeeper-error.js';

/** What ZooKeeper knows of a node besides its data. */
export interface NodeStat {
  /** The transaction that made it; grows with every change of anything in the ensemble. */
  readonly czxid: number;
  readonly version: number;
  /** The session it lives with, in hex; '0' when it lives for ever. */
  readonly ephemeralOwner: string;
}

/** How long a node lives, and who names it. */
export type NodeKind = 'persistent' | 'ephemeral' | 'ephemeral sequential';

/** What a client tells without being asked. Nothing here may throw. */
export interface ClientListener {
  /** A session is there: a new one, or the same again. */
  connected(): void;
  /** The server is out of sight. */
  connecting(): void;
  /** The session is over, or was never got; nothing more comes. */
  closed(code: number): void;
  /** A server has answered what was asked at this monotonic moment. */
  answered(askedAt: number): void;
}

/** One connection's life: at most one session, and nothing after it. */
export interface ZookeeperClient {
  /** In hex, as `ephemeralOwner` is. */
  readonly sessionId: string;
  /** What the server granted; milliseconds. */
  readonly timeoutMs: number;
  /** Resolves with the name the node got. */
  create(path: string, data: string, kind: NodeKind): Promise<string>;
  exists(path: string): Promise<NodeStat | undefined>;
  /** `changed` is called once, when the node changes or goes, before any answer that could show it. */
  get(
    path: string,
    changed?: () => void,
  ): Promise<{ readonly data: string; readonly stat: NodeStat } | undefined>;
  /** As `get`, for the names of the children. */
  children(path: string, changed?: () => void): Promise<readonly string[] | undefined>;
  set(path: string, data: string, version: number): Promise<void>;
  /** Whether there was anything to remove. */
  remove(path: string): Promise<'removed' | 'absent'>;
  /** Leaves the node to whoever has this client's credentials. */
  protect(path: string): Promise<void>;
  /** Ends the session and takes its ephemeral nodes away. Whatever is under way fails. */
  close(): void;
}

/** How to reach an ensemble. */
export interface ClientOptions {
  /** `host:port,host:port`, without a chroot. */
  readonly hosts: string;
  readonly timeoutMs: number;
  /** `user:password`. */
  readonly digest?: string | undefined;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly listener: ClientListener;
}

/** Makes a client that connects at once. */
export type ClientFactory = (options: ClientOptions) => ZookeeperClient;

/** Loads the native client, which exists only where the package `zookeeper` is installed. */
export async function loadClient(): Promise<ClientFactory> {
  const { default: ZooKeeper } = await import('zookeeper');
  return (options) => {
    const wrapper = new ZooKeeper({ connect: options.hosts, timeout: options.timeoutMs });
    const { listener } = options;
    wrapper.on('connect', () => listener.connected());
    wrapper.on('connecting', () => listener.connecting());
    wrapper.on('close', (_client: unknown, code: unknown) =>
      listener.closed(typeof code === 'number' ? code : 0),
    );
    wrapper.init({});
    // Its wrapper formats every call for a log, which costs more than the call.
    const native: NativeCalls = wrapper.native;
    const client = new NativeClient(native, options);
    if (options.digest !== undefined) client.authenticate(options.digest);
    return client;
  };
}

type Done = (code: number, meaning: string, first?: unknown, second?: unknown) => void;
type Watch = (type: number) => void;

// What is used of the package's native object. Each returns a code, and calls back only if that is 0.
interface NativeCalls {
  readonly client_id: unknown;
  readonly timeout: unknown;
  a_create(path: string, data: string, flags: number, done: Done): number;
  a_exists(path: string, watch: false, done: Done): number;
  a_get(path: string, watch: false, done: Done): number;
  aw_get(path: string, watch: Watch, done: Done): number;
  a_get_children(path: string, watch: false, done: Done): number;
  aw_get_children(path: string, watch: Watch, done: Done): number;
  a_set(path: string, data: string, version: number, done: Done): number;
  a_delete_(path: string, version: number, done: Done): number;
  a_set_acl(path: string, version: number, acl: readonly object[], done: Done): number;
  add_auth(scheme: string, auth: string, done: Done): number;
  close(): unknown;
}

const FLAGS: Readonly<Record<NodeKind, number>> = {
  persistent: 0,
  ephemeral: 1,
  'ephemeral sequential': 3,
};
const ANY_VERSION = -1;
/** All permissions, for whoever made the connection. */
const CREATOR_ALL = [{ perm: 31, perms: 31, scheme: 'auth', auth: '' }];
/** The type of watch events that tell of the session and not of the node. */
const SESSION_EVENT = -1;

class NativeClient implements ZookeeperClient {
  readonly #native: NativeCalls;
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #listener: ClientListener;

  constructor(native: NativeCalls, options: ClientOptions) {
    this.#native = native;
    this.#clock = options.clock;
    this.#listener = options.listener;
  }

  get sessionId(): string {
    return String(this.#native.client_id);
  }

  get timeoutMs(): number {
    return Number(this.#native.timeout);
  }

  create(path: string, data: string, kind: NodeKind): Promise<string> {
    const start = (done: Done): number => this.#native.a_create(path, data, FLAGS[kind], done);
    return this.#call('create', path, start, String);
  }

  exists(path: string): Promise<NodeStat | undefined> {
    return orAbsent(
      this.#call('exists', path, (done) => this.#native.a_exists(path, false, done), parseStat),
    );
  }

  get(
    path: string,
    changed?: () => void,
  ): Promise<{ readonly data: string; readonly stat: NodeStat } | undefined> {
    const start = (done: Done): number =>
      changed === undefined
        ? this.#native.a_get(path, false, done)
        : this.#native.aw_get(path, watch(changed), done);
    return orAbsent(
      this.#call('get', path, start, (stat, data) => ({
        stat: parseStat(stat),
        data: data instanceof Uint8Array ? Buffer.from(data).toString('utf8') : '',
      })),
    );
  }

  children(path: string, changed?: () => void): Promise<readonly string[] | undefined> {
    const start = (done: Done): number =>
      changed === undefined
        ? this.#native.a_get_children(path, false, done)
        : this.#native.aw_get_children(path, watch(changed), done);
    return orAbsent(
      this.#call('children', path, start, (names) =>
        Array.isArray(names) ? names.map(String) : [],
      ),
    );
  }

  set(path: string, data: string, version: number): Promise<void> {
    const start = (done: Done): number => this.#native.a_set(path, data, version, done);
    return this.#call('set', path, start, () => undefined);
  }

  async remove(path: string): Promise<'removed' | 'absent'> {
    const start = (done: Done): number => this.#native.a_delete_(path, ANY_VERSION, done);
    return (
      (await orAbsent(this.#call('delete', path, start, () => 'removed' as const))) ?? 'absent'
    );
  }

  protect(path: string): Promise<void> {
    const start = (done: Done): number =>
      this.#native.a_set_acl(path, ANY_VERSION, CREATOR_ALL, done);
    return this.#call('protect', path, start, () => undefined);
  }

  /** Sent with every connection. What comes of it is seen in the answers to what is asked afterwards. */
  authenticate(digest: string): void {
    this.#native.add_auth('digest', digest, () => undefined);
  }

  close(): void {
    this.#native.close();
  }

  #call<T>(
    op: string,
    path: string,
    start: (done: Done) => number,
    parse: (first: unknown, second: unknown) => T,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const askedAt = this.#clock.monotonic();
      // What throws in a native callback ends the process, so everything is caught here.
      const done: Done = (code, meaning, first, second) => {
        try {
          if (isDecided(code)) this.#listener.answered(askedAt);
          if (code === 0) resolve(parse(first, second));
          else reject(new ZookeeperError(code, op, path, meaning));
        } catch (thrown) {
          reject(thrown);
        }
      };
      const code = start(done);
      if (code !== 0) reject(new ZookeeperError(code, op, path, 'the client does not take it'));
    });
  }
}

function watch(changed: () => void): Watch {
  return (type) => {
    if (type !== SESSION_EVENT) changed();
  };
}

async function orAbsent<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (thrown) {
    if (thrown instanceof ZookeeperError && thrown.code === ZOOKEEPER_CODES.noNode)
      return undefined;
    throw thrown;
  }
}

function parseStat(value: unknown): NodeStat {
  if (typeof value !== 'object' || value === null) throw new TypeError('a node without a stat');
  const { czxid, version, ephemeralOwner } = value as Readonly<Record<string, unknown>>;
  // The client hands 64 bits over as a double; beyond 2^53 a token would be rounded.
  if (typeof czxid !== 'number' || !Number.isSafeInteger(czxid))
    throw new TypeError(`a transaction number that is not exact: ${String(czxid)}`);
  return { czxid, version: Number(version), ephemeralOwner: String(ephemeralOwner) };
}
