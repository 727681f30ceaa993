import { systemClock } from '@gdcloud/core';
import { missingService } from '@gdcloud/services';
import { parseRedisUrl } from '../../../dist/adapters/redis/redis-address.js';
import type { RedisTls } from '../../../dist/adapters/redis/redis-clients.js';
import { RedisMessageBus } from '../../../dist/adapters/redis/redis-message-bus.js';
import { collectingLogger, type Line } from '../../support/collecting-logger.js';

/** A bus as one process has it, and what it told. */
export interface OpenBus {
  readonly bus: RedisMessageBus;
  readonly lines: readonly Line[];
}

/** Opens a bus of its own connections; they end with the test. */
export function openBus(
  t: { teardown(fn: () => Promise<void>): void },
  urls: string | readonly string[],
  options: { readonly tls?: RedisTls; readonly prefix?: string } = {},
): OpenBus {
  const logger = collectingLogger();
  const bus = new RedisMessageBus({
    brokers: [urls].flat().map((url) => ({
      address: parseRedisUrl(url),
      tls: options.tls ?? {},
      sentinelPassword: undefined,
      silenceMs: 400,
    })),
    prefix: options.prefix ?? 'test',
    clock: systemClock,
    logger,
  });
  t.teardown(() => bus.close());
  return { bus, lines: logger.lines };
}

/** Whether tests against a real server are left out, and why. In CI none are. */
export function withoutRedis(): string | false {
  const missing = missingService('redis');
  return missing === undefined || process.env['CI'] === 'true' ? false : missing;
}
