/** A request as an adapter hands it over: no sockets, no framework. */
export interface ReceivedRequest {
  /** Upper case, as sent. */
  readonly method: string;
  /** Path and query as sent, never decoded: `/v1/networks?limit=2`. */
  readonly target: string;
  /** Path under which the API is mounted, without a trailing slash: `/cloud`, or `''`. */
  readonly prefix: string;
  /** `1.1`, `2.0`. */
  readonly httpVersion: string;
  /** `https` where the connection itself is encrypted. */
  readonly scheme: 'http' | 'https';
  /** Host and port we were reached at by the socket's account; for answers to requests whose Host is useless. */
  readonly localAuthority: string;
  /**
   * The IP address at the other end of the connection: the client's or a proxy's. `local` for a connection within this
   * machine that has no addresses (a Unix socket); undefined where nobody can tell.
   */
  readonly peerAddress?: string | undefined;
  /** The value of a header by its lower-case name. */
  header(name: string): string | undefined;
  /** Names and values in turn, as sent. */
  readonly rawHeaders: readonly string[];
  /** The bytes of the body. Read at most once. */
  readonly body: AsyncIterable<Uint8Array>;
  /** What a host application's own parser made of the body when it consumed the stream before us. */
  readonly alreadyParsed?: unknown;
}

/** A request as the handler sees it: it is known who sent it, and whose word on that was taken. */
export interface ApiRequest extends ReceivedRequest {
  /**
   * The IP address of who asks, in canonical form: the connection's other end, or what the proxies that are believed say
   * of it. `local` and undefined as for {@link ReceivedRequest.peerAddress}.
   */
  readonly clientAddress: string | undefined;
  /** Whether what the connection's other end says in X-Forwarded-* is taken for true. */
  readonly forwarded: 'believed' | 'ignored';
}
