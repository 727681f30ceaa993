/**
 * Where the kernel tells operators what it does. Any pino-compatible logger fits. The message is a constant, the data
 * are keys and values; never a secret. Lines of a pass carry `pass`, `resource`, `account` and `type`, those of a request
 * `request` and `account` (docs/observability.md).
 */
export interface Logger {
  debug(data: object, message: string): void;
  info(data: object, message: string): void;
  warn(data: object, message: string): void;
  error(data: object, message: string): void;
}
