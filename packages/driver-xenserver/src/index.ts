export type { TlsOptions } from './client/tls.js';
export type { XenserverOptions } from './options.js';
export { createXenserverDriver, xenserver } from './xenserver.js';
