import ipaddr from 'ipaddr.js';
import type { ApiRequest, ReceivedRequest } from './api-request.js';

/**
 * Whose X-Forwarded-* are believed: nobody's, that of whoever connects (only where nothing but one proxy can), or that of
 * the proxies at these addresses and networks: `['10.0.0.7', '192.168.0.0/24', '::1']`.
 */
export type TrustForwarded = 'never' | 'always' | readonly string[];

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Network = readonly [Address, number];

/** The proxies that an API stands behind (security.md T42). */
export class TrustedProxies {
  readonly #trust: 'never' | 'always' | readonly Network[];

  /** Throws a TypeError that names what is no address and no network. */
  constructor(trust: TrustForwarded = 'never') {
    this.#trust = typeof trust === 'string' ? trust : trust.map(networkOf);
  }

  /** A request with what its way here tells of who sent it. */
  received(request: ReceivedRequest): ApiRequest {
    const forwarded = this.believes(request.peerAddress) ? 'believed' : 'ignored';
    const client =
      forwarded === 'believed'
        ? this.#clientOf(request.peerAddress, request.header('x-forwarded-for'))
        : canonical(request.peerAddress);
    return new KnownRequest(request, forwarded, client);
  }

  /** Whether what comes from this end of a connection is believed of others. */
  believes(peer: string | undefined): boolean {
    if (typeof this.#trust === 'string') return this.#trust === 'always';
    const address = parsed(peer);
    return address !== undefined && this.#isTrusted(address);
  }

  #isTrusted(address: Address): boolean {
    // Of all that may connect only the one at the other end is a proxy.
    if (typeof this.#trust === 'string') return false;
    return this.#trust.some(
      ([network, bits]) => network.kind() === address.kind() && address.match(network, bits),
    );
  }

  // Each proxy adds at the right whom it heard from, so all to the left of the first that is no proxy is hearsay.
  #clientOf(peer: string | undefined, list: string | undefined): string | undefined {
    let nearest = canonical(peer);
    for (const hop of list?.split(',').reverse() ?? []) {
      const address = parsed(withoutPort(hop.trim()));
      if (address === undefined) return nearest;
      nearest = textOf(address);
      if (!this.#isTrusted(address)) return nearest;
    }
    return nearest;
  }
}

// A class, as one is made for every request: objects with getters of their own are slow to make.
class KnownRequest implements ApiRequest {
  readonly method: string;
  readonly target: string;
  readonly prefix: string;
  readonly httpVersion: string;
  readonly scheme: 'http' | 'https';
  readonly localAuthority: string;
  readonly peerAddress: string | undefined;
  readonly rawHeaders: readonly string[];
  readonly forwarded: ApiRequest['forwarded'];
  readonly clientAddress: string | undefined;
  readonly #received: ReceivedRequest;

  constructor(
    received: ReceivedRequest,
    forwarded: ApiRequest['forwarded'],
    clientAddress: string | undefined,
  ) {
    this.method = received.method;
    this.target = received.target;
    this.prefix = received.prefix;
    this.httpVersion = received.httpVersion;
    this.scheme = received.scheme;
    this.localAuthority = received.localAuthority;
    this.peerAddress = received.peerAddress;
    this.rawHeaders = received.rawHeaders;
    this.forwarded = forwarded;
    this.clientAddress = clientAddress;
    this.#received = received;
  }

  header(name: string): string | undefined {
    return this.#received.header(name);
  }

  // Looked up each time it is asked for: adapters may hand out what has not been read yet.
  get body(): AsyncIterable<Uint8Array> {
    return this.#received.body;
  }

  get alreadyParsed(): unknown {
    return this.#received.alreadyParsed;
  }
}

/** Whether an address in canonical form can only be that of this machine. */
export function isThisMachine(address: string | undefined): boolean {
  if (address === undefined) return false;
  // Asked with every request, and what is looked at is in canonical form.
  return address === 'local' || address === '::1' || /^127\.\d+\.\d+\.\d+$/.test(address);
}

function networkOf(text: string): Network {
  const [first = '', bits, ...more] = text.trim().split('/');
  const address = parsed(first);
  const most = address?.kind() === 'ipv4' ? 32 : 128;
  const length = bits === undefined ? most : /^\d{1,3}$/.test(bits) ? Number(bits) : -1;
  if (address === undefined || more.length > 0 || length < 0 || length > most) {
    throw new TypeError(`${JSON.stringify(text)} is no IP address and no network of them (CIDR)`);
  }
  return [address, length];
}

function canonical(text: string | undefined): string | undefined {
  // Most addresses are dotted decimals already, as the system writes them.
  if (text === undefined || text === 'local' || /^\d+\.\d+\.\d+\.\d+$/.test(text)) return text;
  const address = parsed(text);
  return address === undefined ? undefined : textOf(address);
}

// IPv4 in IPv6 is what a socket that listens to both calls IPv4.
function parsed(text: string | undefined): Address | undefined {
  if (text === undefined || text.length > 64) return undefined;
  const isAddress = text.includes(':')
    ? ipaddr.IPv6.isValid(text)
    : ipaddr.IPv4.isValidFourPartDecimal(text);
  return isAddress ? ipaddr.process(text) : undefined;
}

function textOf(address: Address): string {
  return 'octets' in address ? address.toString() : address.toRFC5952String();
}

// `192.0.2.1:1234`, `[2001:db8::1]:1234`, `[2001:db8::1]`, and the bare addresses.
function withoutPort(hop: string): string {
  return /^\[([^\]]*)\](?::\d+)?$/.exec(hop)?.[1] ?? /^([\d.]+):\d+$/.exec(hop)?.[1] ?? hop;
}
