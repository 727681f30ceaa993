import type { IncomingMessage } from 'node:http';
import type { Http2ServerRequest } from 'node:http2';
import type { Socket } from 'node:net';
import type { ReceivedRequest } from '../request/api-request.js';

/** A request of node:http or, by its compatibility API, of node:http2. */
export type NodeRequest = IncomingMessage | Http2ServerRequest;

/** Where a request is in the host application, and what that did with its body. */
export interface Place {
  /** The whole target, nothing cut off. */
  readonly target: string;
  /** Path under which the API is mounted, without a trailing slash. */
  readonly prefix: string;
  /** What a parser of the host application made of the body, where it was before us. */
  readonly parsed?: unknown;
  /** The body, where the host application has read it. */
  readonly bytes?: Uint8Array | undefined;
}

/** A request of Node, or of a framework on top of it, as the handler wants it. */
export function receivedRequest(request: NodeRequest, place: Place): ReceivedRequest {
  return new Received(request, place);
}

// A class, as one is made for every request: objects with getters of their own are slow to make.
class Received implements ReceivedRequest {
  readonly method: string;
  readonly target: string;
  readonly prefix: string;
  readonly httpVersion: string;
  readonly scheme: 'http' | 'https';
  readonly localAuthority: string;
  readonly peerAddress: string | undefined;
  readonly rawHeaders: readonly string[];
  readonly alreadyParsed: unknown;
  readonly #request: NodeRequest;
  readonly #place: Place;

  constructor(request: NodeRequest, place: Place) {
    const { socket } = request;
    this.method = request.method ?? 'GET';
    this.target = place.target;
    this.prefix = place.prefix;
    this.httpVersion = request.httpVersion;
    this.scheme = isEncrypted(request) ? 'https' : 'http';
    this.localAuthority = localAuthority(socket);
    // A connection that is open and has no address leads to a process of this machine.
    this.peerAddress = socket.remoteAddress ?? (socket.destroyed ? undefined : 'local');
    this.rawHeaders = request.rawHeaders;
    this.alreadyParsed = request.readableEnded ? place.parsed : undefined;
    this.#request = request;
    this.#place = place;
  }

  get body(): AsyncIterable<Uint8Array> {
    const { bytes } = this.#place;
    // Stopping early must not destroy the socket: the answer still has to get through.
    return bytes === undefined ? this.#request.iterator({ destroyOnReturn: false }) : once(bytes);
  }

  header(name: string): string | undefined {
    const value = this.#request.headers[name];
    return typeof value === 'string' || value === undefined ? value : value.join(', ');
  }
}

/** Where Express, and what is like it, says that a request is: it cuts off `url` what it has routed. */
export function placeOf(request: NodeRequest, prefix: string | undefined): Place {
  return {
    target: textOf(request, 'originalUrl') ?? request.url ?? '/',
    prefix: prefix ?? textOf(request, 'baseUrl') ?? '',
    parsed: 'body' in request ? request.body : undefined,
  };
}

function textOf(request: NodeRequest, name: string): string | undefined {
  const value: unknown = Reflect.get(request, name);
  return typeof value === 'string' ? value : undefined;
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, void> {
  yield bytes;
}

// `in` does not see it: what stands for the socket of HTTP/2 only answers when it is asked.
function isEncrypted({ socket }: NodeRequest): boolean {
  return Reflect.get(socket, 'encrypted') === true;
}

/** Host and port that a connection has reached us by. */
export function localAuthority(socket: Pick<Socket, 'localAddress' | 'localPort'>): string {
  const address = socket.localAddress ?? 'localhost';
  const host = address.includes(':') ? `[${address.replace(/%.*$/s, '')}]` : address;
  return socket.localPort === undefined ? host : `${host}:${socket.localPort}`;
}
