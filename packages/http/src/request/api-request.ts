/** A request as the handler sees it: no sockets, no framework. */
export interface ApiRequest {
  /** Upper case, as sent. */
  readonly method: string;
  /** Path and query as sent, never decoded: `/v1/networks?limit=2`. */
  readonly target: string;
  /** Path under which the API is mounted, without a trailing slash: `/cloud`, or `''`. */
  readonly prefix: string;
  /** `1.1`, `2.0`. */
  readonly httpVersion: string;
  readonly scheme: 'http' | 'https';
  /** Host and port we were reached at by the socket's account; for answers to requests whose Host is useless. */
  readonly localAuthority: string;
  /** The value of a header by its lower-case name. */
  header(name: string): string | undefined;
  /** Names and values in turn, as sent. */
  readonly rawHeaders: readonly string[];
  /** The bytes of the body. Read at most once. */
  readonly body: AsyncIterable<Uint8Array>;
  /** What a host application's own parser made of the body when it consumed the stream before us. */
  readonly alreadyParsed?: unknown;
}
