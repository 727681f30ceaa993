import { createServer } from 'node:http';
import { createSecureServer } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import type { Server } from 'node:net';
import type { Logger, Meter } from '@gdcloud/core';
import {
  type HardenedServer,
  harden,
  http2ServerOptions,
  type NodeRequest,
  type NodeResponse,
  serverOptions,
} from '@gdcloud/http';
import { followCertificate, readCertificate } from './certificate.js';
import type { FrontSettings } from './front-settings.js';

/** What answers requests. */
export type Listener = (request: NodeRequest, response: NodeResponse) => void;

/** A server that does not listen yet. */
export interface Front {
  readonly server: Server;
  readonly scheme: 'http' | 'https';
  /** Counts connections. */
  measure(meter: Meter): void;
}

/** Makes the server that the settings ask for, with the limits of a hardened one. Throws InvalidSetting. */
export async function makeFront(
  settings: FrontSettings,
  listener: Listener,
  logger: Logger,
): Promise<Front> {
  const { tls, http2, trustedProxies } = settings;
  const hardened = (server: HardenedServer, scheme: Front['scheme']): Front => {
    const guard = harden(server, { trustForwarded: trustedProxies });
    return { server, scheme, measure: (meter) => guard.measure(meter) };
  };
  if (tls === undefined) return hardened(createServer(serverOptions(), listener), 'http');
  const pair = await readCertificate(tls);
  const server =
    http2 === 'off'
      ? createHttpsServer({ ...serverOptions(), ...pair }, listener)
      : // Older clients, and the WebSockets of browsers, come over HTTP/1.1.
        createSecureServer({ ...http2ServerOptions(), ...pair, allowHTTP1: true }, listener);
  followCertificate(server, tls, logger);
  return hardened(server, 'https');
}
