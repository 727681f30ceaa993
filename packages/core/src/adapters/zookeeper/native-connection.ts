/** What a session is resumed with. */
export interface SessionKey {
  /** In hex. */
  readonly id: string;
  readonly password: string;
}

/** What becomes of a connection. Nothing here may throw, nor close the connection: the native client calls it. */
export interface ConnectionListener {
  connected(): void;
  /** The server is out of sight; by itself the connection does not get far. */
  lost(): void;
  /** It is over: the session is, or the credentials were refused. */
  ended(code: number): void;
}

/** Where to, and as whom. */
export interface ConnectionOptions {
  /** One `host:port`. */
  readonly host: string;
  readonly timeoutMs: number;
  readonly digest: string | undefined;
  /** The session to go on with; a new one when absent. */
  readonly resume: SessionKey | undefined;
  readonly listener: ConnectionListener;
}

/** Called with a result code, its meaning, and what was asked for. */
export type Done = (code: number, meaning: string, first?: unknown, second?: unknown) => void;
/** Called with the type of the event. */
export type Watch = (type: number) => void;

/** What is used of the package's native object. Each returns a code, and calls back only if that is 0. */
export interface NativeCalls {
  readonly client_id: unknown;
  readonly client_password: unknown;
  readonly timeout: unknown;
  readonly state: unknown;
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

const CONNECTED = 3;
// The package takes a number of empty reads for the end of the session. Only a server can tell that.
const NEVER = 2 ** 31 - 1;

/** A connection to one server. */
export interface NativeConnection {
  readonly calls: NativeCalls;
  readonly key: SessionKey;
  /** What the server granted; milliseconds. */
  readonly timeoutMs: number;
  readonly isConnected: boolean;
  /** Ends it without a further word to its listener; the session too, if it is connected. Whatever is under way fails. */
  close(): void;
}

/** Makes a connection. */
export type Connect = (options: ConnectionOptions) => NativeConnection;

/** Loads the native client, which exists only where the package `zookeeper` is installed. */
export async function loadConnect(): Promise<Connect> {
  const { default: ZooKeeper } = await import('zookeeper');
  return ({ host, timeoutMs, digest, resume, listener }) => {
    const wrapper = new ZooKeeper({
      connect: host,
      timeout: timeoutMs,
      response_counter_limit: NEVER,
      ...(resume === undefined ? {} : { client_id: resume.id, client_password: resume.password }),
    });
    let listening: 'yes' | 'no' = 'yes';
    wrapper.on('connect', () => {
      if (listening === 'yes') listener.connected();
    });
    wrapper.on('connecting', () => {
      if (listening === 'yes') listener.lost();
    });
    wrapper.on('close', (_client: unknown, code: unknown) => {
      if (listening === 'yes') listener.ended(typeof code === 'number' ? code : 0);
    });
    wrapper.init({});
    // Its wrapper formats every call for a log, which costs more than the call.
    const calls: NativeCalls = wrapper.native;
    // Sent with every connection. What comes of it is seen in the answers to what is asked afterwards.
    if (digest !== undefined) calls.add_auth('digest', digest, () => undefined);
    return {
      calls,
      get key() {
        return { id: String(calls.client_id), password: String(calls.client_password) };
      },
      get timeoutMs() {
        return Number(calls.timeout);
      },
      get isConnected() {
        return calls.state === CONNECTED;
      },
      close: () => {
        listening = 'no';
        calls.close();
      },
    };
  };
}
