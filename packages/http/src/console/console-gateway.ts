import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import {
  type Clock,
  type Consoles,
  DriverFailure,
  type Logger,
  type OpenConsole,
  systemClock,
} from '@gdcloud/core';
import { WebSocketServer } from 'ws';
import { receivedRequest } from '../node/incoming.js';
import { originOf, withoutDefaultPort } from '../request/origin.js';
import { pathUnder, splitTarget } from '../request/target.js';
import { TrustedProxies, type TrustForwarded } from '../request/trusted-proxies.js';
import { errorText } from '../response/error-text.js';
import { WireFault } from '../response/wire-fault.js';
import { bridge } from './bridge.js';
import type { BridgeLimits } from './bridge-limits.js';
import { type Refusal, refuse } from './refuse.js';

/** What a gateway to consoles is made of. */
export interface ConsoleGatewayOptions {
  /** Where they are opened: `cloud.consoles`. */
  readonly consoles: Consoles;
  /** Path under which the API is mounted: `/cloud`. Default: none. */
  readonly prefix?: string | undefined;
  /** As for the API: see ApiOptions. */
  readonly trustForwarded?: TrustForwarded | undefined;
  /** As for the API: see ApiOptions. */
  readonly hosts?: readonly string[] | undefined;
  /** Whose pages besides our own may open consoles: `https://panel.example.com`. Default: nobody's. */
  readonly origins?: readonly string[] | undefined;
  /** How many consoles may be open in this process. Default 200. */
  readonly most?: number | undefined;
  readonly limits?: Partial<BridgeLimits> | undefined;
  readonly clock?: Clock | undefined;
  readonly logger?: Logger | undefined;
}

/** Answers an upgrade of node:http; `next` is called for paths that are no consoles'. */
export type UpgradeListener = (
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  next?: () => void,
) => void;

const DEFAULT_LIMITS: BridgeLimits = {
  totalMs: 8 * 60 * 60_000,
  idleMs: 15 * 60_000,
  heartbeatMs: 30_000,
};
const MOST_CONSOLES = 200;
/** More than a client of RFB ever says at once; what it pastes comes in many messages. */
const LARGEST_MESSAGE = 1024 * 1024;
const PROTOCOL = 'binary';
const PATH = /^\/v1\/consoles\/([A-Za-z0-9._-]{1,400})$/;

/**
 * Makes the listener that carries consoles: `server.on('upgrade', consoleGateway({ consoles: cloud.consoles }))`. It
 * answers WebSockets at the URLs that the action `console` gives out; there is nothing else in it to configure on the
 * way of a browser. The ticket in the path is the only credential, and is never logged.
 */
export function consoleGateway(options: ConsoleGatewayOptions): UpgradeListener {
  const gateway = new Gateway(options);
  const prefix = options.prefix?.replace(/(?<!\/)\/+$/, '') ?? '';
  return (request, socket, head, next) => {
    // A client that goes away is no failure of ours.
    socket.on('error', () => undefined);
    const path = pathUnder(prefix, splitTarget(request.url ?? '/').path) ?? '';
    const ticket = PATH.exec(path)?.[1];
    if (ticket !== undefined) void gateway.answer({ request, socket, head, prefix }, ticket);
    else if (next !== undefined) next();
    else refuse(socket, 'NotFound');
  };
}

interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
  readonly prefix: string;
}

class Gateway {
  readonly #options: ConsoleGatewayOptions;
  readonly #clock: Clock;
  readonly #limits: BridgeLimits;
  readonly #proxies: TrustedProxies;
  readonly #hosts: ReadonlySet<string>;
  readonly #origins: ReadonlySet<string>;
  readonly #sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    // What compresses hides nothing from who counts bytes, and costs memory for each console.
    perMessageDeflate: false,
    maxPayload: LARGEST_MESSAGE,
    handleProtocols: (offered) => (offered.has(PROTOCOL) ? PROTOCOL : false),
  });
  #open = 0;

  constructor(options: ConsoleGatewayOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#proxies = new TrustedProxies(options.trustForwarded);
    this.#hosts = new Set(options.hosts?.map((host) => withoutDefaultPort('', host)));
    this.#origins = new Set(options.origins?.map((origin) => origin.toLowerCase()));
  }

  /** Never rejects. Nothing is opened for whoever may not have it, and the ticket of who may is used up. */
  async answer(upgrade: Upgrade, ticket: string): Promise<void> {
    const { socket } = upgrade;
    const refusal = this.#refusalOf(upgrade);
    if (refusal !== undefined) {
      refuse(socket, refusal);
      return;
    }
    this.#open += 1;
    const left = new AbortController();
    const leave = (): void => left.abort();
    socket.once('close', leave);
    let opened: OpenConsole | undefined;
    try {
      opened = await this.#options.consoles.open(ticket, { signal: left.signal });
    } catch (thrown) {
      this.#open -= 1;
      if (left.signal.aborted) return;
      this.#tell(thrown);
      refuse(socket, 'Unavailable');
      return;
    }
    socket.off('close', leave);
    if (opened === undefined || socket.destroyed) {
      this.#open -= 1;
      opened?.stream.on('error', () => undefined).destroy();
      refuse(socket, 'Forbidden');
      return;
    }
    this.#connect(upgrade, opened);
  }

  #refusalOf({ request, prefix }: Upgrade): Refusal | undefined {
    if (request.method !== 'GET' || request.headers.upgrade?.toLowerCase() !== 'websocket')
      return 'BadRequest';
    const offered = request.headers['sec-websocket-protocol'];
    const protocols = offered?.split(',').map((word) => word.trim());
    if (protocols !== undefined && !protocols.includes(PROTOCOL)) return 'BadRequest';
    try {
      const received = receivedRequest(request, { target: request.url ?? '/', prefix });
      const own = originOf(this.#proxies.received(received), this.#hosts);
      if (!this.#isWelcome(request.headers.origin, own)) return 'Forbidden';
    } catch (thrown) {
      if (thrown instanceof WireFault) return 'BadRequest';
      throw thrown;
    }
    return this.#open >= (this.#options.most ?? MOST_CONSOLES) ? 'Unavailable' : undefined;
  }

  // Browsers always say whose page it is; what is no browser has no page that could lead it astray.
  #isWelcome(from: string | undefined, own: string): boolean {
    if (from === undefined) return true;
    const origin = from.toLowerCase();
    // The scheme is left out: behind a proxy that ends TLS the browser sees https where we see http.
    return this.#origins.has(origin) || authorityOf(origin) === authorityOf(own);
  }

  #connect({ request, socket, head }: Upgrade, { stream, revoked }: OpenConsole): void {
    let bridged: 'yes' | 'no' = 'no';
    // A handshake that is no proper one is answered and ended by ws itself, and nobody calls us then.
    const closed = (): void => {
      if (bridged === 'yes') return;
      this.#open -= 1;
      stream.on('error', () => undefined).destroy();
    };
    socket.once('close', closed);
    this.#sockets.handleUpgrade(request, socket, head, (client) => {
      bridged = 'yes';
      socket.off('close', closed);
      bridge({ socket: client, stream, revoked }, this.#limits, this.#clock, () => {
        this.#open -= 1;
      });
    });
  }

  #tell(thrown: unknown): void {
    const { logger } = this.#options;
    if (thrown instanceof DriverFailure) {
      const { code, message } = thrown;
      logger?.warn({ code, error: message }, 'a console could not be opened');
    } else {
      logger?.error({ error: errorText(thrown) }, 'a console could not be opened');
    }
  }
}

function authorityOf(origin: string): string | undefined {
  const parts = /^(https?):\/\/([^/]+)$/.exec(origin);
  return parts?.[1] === undefined || parts[2] === undefined
    ? undefined
    : withoutDefaultPort(parts[1], parts[2]);
}
