import type { Logger } from '../../ports/logger.js';

/** Says nothing: what a library does unless its host gives it a logger. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
