export type { TlsOptions } from './client/tls.js';
export { type Effect, TransportError } from './client/transport-error.js';
export type { Connect, Exchange, Wire } from './client/wire.js';
export type { XenserverOptions } from './options.js';
export type { XenserverPorts } from './ports.js';
export { createXenserverDriver, xenserver } from './xenserver.js';
