import type { IncomingMessage } from 'node:http';
import type { ApiRequest } from '../request/api-request.js';

/** A request of node:http, or of a framework on top of it, as the handler wants it. */
export function apiRequest(request: IncomingMessage, target: string, prefix: string): ApiRequest {
  const { headers } = request;
  return {
    method: request.method ?? 'GET',
    target,
    prefix,
    httpVersion: request.httpVersion,
    scheme: 'encrypted' in request.socket && request.socket.encrypted === true ? 'https' : 'http',
    localAuthority: localAuthority(request),
    rawHeaders: request.rawHeaders,
    get body() {
      // Stopping early must not destroy the socket: the answer still has to get through.
      return request.iterator({ destroyOnReturn: false });
    },
    header(name) {
      const value = headers[name];
      return typeof value === 'string' || value === undefined ? value : value.join(', ');
    },
    ...('body' in request && request.readableEnded && request.body !== undefined
      ? { alreadyParsed: request.body }
      : {}),
  };
}

/** The whole target of a request: frameworks cut what they have routed off `url` and keep `originalUrl`. */
export function targetOf(request: IncomingMessage): string {
  return 'originalUrl' in request && typeof request.originalUrl === 'string'
    ? request.originalUrl
    : (request.url ?? '/');
}

/** The path that Express mounted the handler under; empty elsewhere. */
export function mountedUnder(request: IncomingMessage): string {
  return 'baseUrl' in request && typeof request.baseUrl === 'string' ? request.baseUrl : '';
}

function localAuthority({ socket }: IncomingMessage): string {
  const address = socket.localAddress ?? 'localhost';
  const host = address.includes(':') ? `[${address.replace(/%.*$/, '')}]` : address;
  return socket.localPort === undefined ? host : `${host}:${socket.localPort}`;
}
