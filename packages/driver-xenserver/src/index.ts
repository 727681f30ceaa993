export type { TlsOptions, TlsVersion } from './client/tls.js';
export { type Effect, TransportError } from './client/transport-error.js';
export type { Connect, Exchange, Wire } from './client/wire.js';
export type { RepositoryOptions, XenserverOptions } from './options.js';
export type { XenserverPorts } from './ports.js';
export { createXenserverDriver, type XenserverDriver, xenserver } from './xenserver.js';
