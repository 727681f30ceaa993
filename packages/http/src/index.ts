export { type ApiListener, api } from './api.js';
export { ApiHandler } from './api-handler.js';
export type { BridgeLimits } from './console/bridge-limits.js';
export {
  type ConsoleGatewayOptions,
  consoleGateway,
  type UpgradeListener,
} from './console/console-gateway.js';
export type { Rate } from './limits/bucket.js';
export type { RequestRates, SignInLimits, TrafficLimits } from './limits/traffic-limits.js';
export type { NodeRequest } from './node/incoming.js';
export type { NodeResponse } from './node/outgoing.js';
export type { ApiLimits, ApiOptions, Readiness, TransferLimits } from './options.js';
export type { ApiRequest, ReceivedRequest } from './request/api-request.js';
export type { CredentialsInClear } from './request/clear-credentials.js';
export { TrustedProxies, type TrustForwarded } from './request/trusted-proxies.js';
export type { ApiResponse } from './response/api-response.js';
export {
  type EndReason,
  type Hardened,
  type HardenedServer,
  type HardenOptions,
  harden,
  serverOptions,
} from './server/harden.js';
export { http2ServerOptions } from './server/http2-server-options.js';
export type { ServerLimits } from './server/server-limits.js';
