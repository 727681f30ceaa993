import type { DependencyContainer, Plugin } from '../../di.js';
import type { Clock } from '../../ports/clock.js';
import type { Logger } from '../../ports/logger.js';
import { CLOCK, CLOSEABLE, EVENT_BUS, LOGGER, MESSAGE_BUS } from '../../ports/tokens.js';
import { MessageEventBus } from '../messages/message-event-bus.js';
import { silentLogger } from '../system/silent-logger.js';
import { systemClock } from '../system/system-clock.js';
import { parseRedisUrl } from './redis-address.js';
import type { RedisTls } from './redis-clients.js';
import { RedisMessageBus } from './redis-message-bus.js';

export type { RedisTls } from './redis-clients.js';
export type { RedisDrop, RedisMessageBus } from './redis-message-bus.js';

/** Which Redis carries events, and how it is reached. */
export interface RedisOptions {
  /**
   * `redis://user:password@host:port`, `rediss://…` for TLS, `redis+sentinel://host:port,host:port/master-name`,
   * `redis+cluster://host:port,host:port`. Several are independent brokers: a message goes to one that can be reached,
   * and all are listened to, so that one may be away. All processes of a cloud name the same ones.
   */
  readonly url: string | readonly [string, ...string[]];
  /** What names of channels begin with, so that several clouds share a server. Default `gdcloud`. */
  readonly prefix?: string | undefined;
  /** TLS of `rediss` beyond the system's own certificates. */
  readonly tls?: RedisTls | undefined;
  /** What the Sentinels ask for, where they do. */
  readonly sentinelPassword?: string | undefined;
  /** How many channels hints are spread over. The same in every process of a cloud. Default 16. */
  readonly shards?: number | undefined;
  /** How long a server may leave a question unanswered before its connection is given up; milliseconds. Default 5,000. */
  readonly silenceMs?: number | undefined;
}

/**
 * Carries events between processes through Redis (7, or 6.2 without a cluster). Redis keeps nothing: while it is away,
 * work goes on by the scan. Throws TypeError for what can't be a URL or a prefix, without repeating it.
 */
export function redis(options: RedisOptions): Plugin {
  const connected = connection(options);
  return (container) => {
    let bus: RedisMessageBus | undefined;
    const busOf = (c: DependencyContainer): RedisMessageBus =>
      (bus ??= connected({ clock: c.resolve(CLOCK), logger: c.resolve(LOGGER) }));
    let events: MessageEventBus | undefined;
    container.register(MESSAGE_BUS, { useFactory: busOf });
    container.register(CLOSEABLE, { useFactory: busOf });
    container.register(EVENT_BUS, {
      useFactory: (c) =>
        (events ??= new MessageEventBus(c.resolve(MESSAGE_BUS), { shards: options.shards })),
    });
  };
}

/** The message bus alone, for what a program does before there is a cloud: hearing what drivers a driver host runs. */
export function connectRedis(
  options: RedisOptions,
  { logger = silentLogger }: { readonly logger?: Logger } = {},
): RedisMessageBus {
  return connection(options)({ clock: systemClock, logger });
}

function connection(
  options: RedisOptions,
): (ports: { readonly clock: Clock; readonly logger: Logger }) => RedisMessageBus {
  const { url, prefix = 'gdcloud', tls = {}, sentinelPassword, silenceMs = 5_000 } = options;
  if (!/^[\w.:-]{1,100}$/.test(prefix))
    throw new TypeError('redis: a prefix has letters, digits and . : _ - only');
  const urls = typeof url === 'string' ? [url] : url;
  const brokers = urls.map((each) => ({
    address: parseRedisUrl(each),
    tls,
    sentinelPassword,
    silenceMs,
  }));
  return (ports) => new RedisMessageBus({ brokers, prefix, ...ports });
}
