import type { Cancel } from '../../ports/clock.js';
import { CallWindow } from './call-window.js';
import {
  type Done,
  loadConnect,
  type NativeCalls,
  type NativeConnection,
  type SessionKey,
  type Watch,
} from './native-connection.js';
import { type FoundListener, ServerSearch } from './server-search.js';
import type {
  ClientFactory,
  ClientOptions,
  NodeKind,
  NodeStat,
  ZookeeperClient,
} from './zookeeper-client.js';
import { isDecided, ZOOKEEPER_CODES, ZookeeperError } from './zookeeper-error.js';

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
/** How many calls are under way at a time. A loaded server answers that many well within a session. */
const MOST_UNDER_WAY = 128;
/**
 * How often the native client is asked whether it is connected, milliseconds: it does not always tell, and one that is left
 * to look for its server by itself may take a closed socket for its own, and the process with it.
 */
const LOOK_EVERY = 50;
/** As long as a timer can be. */
const FOR_EVER = 2 ** 31 - 1;

/** Loads the native client, which exists only where the package `zookeeper` is installed. */
export async function loadClient(): Promise<ClientFactory> {
  const connect = await loadConnect();
  return (options) => new ResumingClient(options, new ServerSearch(connect, options));
}

/** Carries one session from connection to connection. */
class ResumingClient implements ZookeeperClient {
  readonly #options: ClientOptions;
  readonly #search: ServerSearch;
  readonly #window = new CallWindow(MOST_UNDER_WAY);
  readonly #watches = new Set<() => void>();
  readonly #found: FoundListener;
  // The system's timers do not keep a process alive; a process whose lock service is away must not end for that.
  readonly #alive = setInterval(() => undefined, FOR_EVER);
  #connection: NativeConnection | undefined;
  #cancelLook: Cancel | undefined;
  #sight: 'away' | 'in sight' | 'closed' = 'away';
  #sessionId = '';
  #timeoutMs = 0;

  constructor(options: ClientOptions, search: ServerSearch) {
    this.#options = options;
    this.#search = search;
    this.#found = {
      connected: (connection, askedAt) => this.#connected(connection, askedAt),
      lost: (connection) => this.#lost(connection),
      ended: (code) => this.#ended(code),
    };
    this.#seek();
  }

  get sessionId(): string {
    return this.#sessionId;
  }

  get timeoutMs(): number {
    return this.#timeoutMs;
  }

  create(path: string, data: string, kind: NodeKind): Promise<string> {
    const start: Start = (calls, done) => calls.a_create(path, data, FLAGS[kind], done);
    return this.#call('create', path, start, String);
  }

  exists(path: string): Promise<NodeStat | undefined> {
    const start: Start = (calls, done) => calls.a_exists(path, false, done);
    return orAbsent(this.#call('exists', path, start, parseStat));
  }

  get(
    path: string,
    changed?: () => void,
  ): Promise<{ readonly data: string; readonly stat: NodeStat } | undefined> {
    const parse = (stat: unknown, data: unknown) => ({
      stat: parseStat(stat),
      data: data instanceof Uint8Array ? Buffer.from(data).toString('utf8') : '',
    });
    if (changed === undefined)
      return orAbsent(
        this.#call('get', path, (calls, done) => calls.a_get(path, false, done), parse),
      );
    return this.#watching(changed, (watch) =>
      this.#call('get', path, (calls, done) => calls.aw_get(path, watch, done), parse),
    );
  }

  children(path: string, changed?: () => void): Promise<readonly string[] | undefined> {
    const parse = (names: unknown) => (Array.isArray(names) ? names.map(String) : []);
    if (changed === undefined)
      return orAbsent(
        this.#call(
          'children',
          path,
          (calls, done) => calls.a_get_children(path, false, done),
          parse,
        ),
      );
    return this.#watching(changed, (watch) =>
      this.#call(
        'children',
        path,
        (calls, done) => calls.aw_get_children(path, watch, done),
        parse,
      ),
    );
  }

  set(path: string, data: string, version: number): Promise<void> {
    const start: Start = (calls, done) => calls.a_set(path, data, version, done);
    return this.#call('set', path, start, () => undefined);
  }

  async remove(path: string): Promise<'removed' | 'absent'> {
    const start: Start = (calls, done) => calls.a_delete_(path, ANY_VERSION, done);
    return (
      (await orAbsent(this.#call('delete', path, start, () => 'removed' as const))) ?? 'absent'
    );
  }

  protect(path: string): Promise<void> {
    const start: Start = (calls, done) => calls.a_set_acl(path, ANY_VERSION, CREATOR_ALL, done);
    return this.#call('protect', path, start, () => undefined);
  }

  async close(): Promise<void> {
    if (this.#sight === 'closed') return;
    this.#close();
    this.#search.stop();
    const connection = this.#connection;
    if (connection === undefined) return;
    // Whoever closes may have been called by the connection itself, which does not bear that.
    await new Promise<void>((resolve) => setImmediate(resolve));
    connection.close();
  }

  #close(): void {
    this.#sight = 'closed';
    this.#cancelLook?.();
    clearInterval(this.#alive);
  }

  #seek(resume?: SessionKey): void {
    void this.#search.find(resume, this.#found).then((found) => {
      if (found.kind === 'ended') this.#ended(found.code);
    });
  }

  #connected(connection: NativeConnection, askedAt: number): void {
    if (this.#sight === 'closed') return;
    this.#connection = connection;
    this.#sight = 'in sight';
    this.#sessionId = connection.key.id;
    this.#timeoutMs = connection.timeoutMs;
    this.#options.listener.connected(askedAt);
    // What changed while nobody could tell us is looked at anew; nothing has been answered since.
    const watches = [...this.#watches];
    for (const changed of watches) changed();
    this.#lookAfter(connection);
  }

  #lookAfter(connection: NativeConnection): void {
    this.#cancelLook?.();
    this.#cancelLook = this.#options.clock.schedule(LOOK_EVERY, () => {
      if (connection.isConnected) this.#lookAfter(connection);
      else this.#lost(connection);
    });
  }

  #lost(connection: NativeConnection): void {
    if (this.#sight !== 'in sight' || connection !== this.#connection) return;
    this.#cancelLook?.();
    this.#sight = 'away';
    this.#options.listener.connecting();
    // Not from within its own callback, but soon after: the native client has closed its socket, yet watches the number
    // of it until it is closed itself. It may be back by then, and closing it would end the session.
    setImmediate(() => {
      if (this.#sight !== 'away' || connection !== this.#connection) return;
      const { key } = connection;
      connection.close();
      this.#seek(key);
    });
  }

  #ended(code: number): void {
    if (this.#sight === 'closed') return;
    this.#close();
    this.#options.listener.closed(code);
  }

  async #watching<T>(
    changed: () => void,
    ask: (watch: Watch) => Promise<T>,
  ): Promise<T | undefined> {
    const once = (): void => {
      if (this.#watches.delete(once)) changed();
    };
    this.#watches.add(once);
    const answer = await orAbsent(
      ask((type) => {
        if (type !== SESSION_EVENT) once();
      }),
    );
    // What is not there is not watched.
    if (answer === undefined) this.#watches.delete(once);
    return answer;
  }

  #call<T>(
    op: string,
    path: string,
    start: Start,
    parse: (first: unknown, second: unknown) => T,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const { clock, listener } = this.#options;
      const fail = (code: number, meaning: string): void => {
        cancel();
        reject(new ZookeeperError(code, op, path, meaning));
      };
      const send = (): void => {
        const askedAt = clock.monotonic();
        // What throws in a native callback ends the process, so everything is caught here.
        const done: Done = (code, meaning, first, second) => {
          try {
            if (isDecided(code)) listener.answered(askedAt);
            if (code !== 0) fail(code, meaning);
            else {
              cancel();
              resolve(parse(first, second));
            }
          } catch (thrown) {
            reject(thrown);
          }
          this.#window.ended();
        };
        if (this.#connection === undefined || this.#sight !== 'in sight') {
          fail(ZOOKEEPER_CODES.connectionLoss, 'no server is in sight');
          this.#window.ended();
          return;
        }
        const code = start(this.#connection.calls, done);
        if (code === 0) return;
        fail(code, 'the client does not take it');
        this.#window.ended();
      };
      // The native client has limits of its own, for what it has noticed.
      const cancel = clock.schedule(this.#timeoutMs, () => {
        this.#window.forget(send);
        fail(ZOOKEEPER_CODES.operationTimeout, 'nobody has answered within the session time');
      });
      this.#window.add(send);
    });
  }
}

type Start = (calls: NativeCalls, done: Done) => number;

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
