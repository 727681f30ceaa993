/**
 * Where the kernel tells operators what it does. Any pino-compatible logger fits. The message is a constant, the data
 * are keys and values; never a secret.
 */
export interface Logger {
  debug(data: object, message: string): void;
  info(data: object, message: string): void;
  warn(data: object, message: string): void;
  error(data: object, message: string): void;
}
