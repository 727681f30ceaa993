export { type ApiListener, api } from './api.js';
export { ApiHandler } from './api-handler.js';
export type { BridgeLimits } from './console/bridge-limits.js';
export {
  type ConsoleGatewayOptions,
  consoleGateway,
  type UpgradeListener,
} from './console/console-gateway.js';
export type { ApiLimits, ApiOptions, Readiness, TransferLimits } from './options.js';
export type { ApiRequest } from './request/api-request.js';
export type { ApiResponse } from './response/api-response.js';
