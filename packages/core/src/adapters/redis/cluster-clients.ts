import { Cluster } from 'ioredis';
import { ensureError } from '../../model/errors.js';
import {
  type ClientEvents,
  type ClientOptions,
  pauseBefore,
  type RedisClients,
} from './redis-clients.js';

/**
 * Connections to a cluster, with sharded channels (Redis 7): a message goes to the nodes of its channel's slot and no
 * further. The client follows slots that move and listens anew on its own.
 */
export function clusterClients(options: ClientOptions, events: ClientEvents): RedisClients {
  const { address, silenceMs } = options;
  const cluster = new Cluster([...address.hosts], {
    lazyConnect: true,
    shardedSubscribers: true,
    enableOfflineQueue: false,
    maxRedirections: 4,
    slotsRefreshTimeout: silenceMs,
    clusterRetryStrategy: pauseBefore,
    redisOptions: {
      ...(address.username === undefined ? {} : { username: address.username }),
      ...(address.password === undefined ? {} : { password: address.password }),
      ...(address.transport === 'tls' ? { tls: options.tls } : {}),
      connectTimeout: silenceMs,
      socketTimeout: silenceMs,
      keepAlive: silenceMs,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      disableClientInfo: true,
    },
    // Certificates hold names, so names are not resolved beforehand.
    ...(address.transport === 'tls'
      ? { dnsLookup: (host, answer): void => answer(null, host) }
      : {}),
  });
  // It keeps a list of what it was asked to listen to, and would keep a second mention as well.
  const listening = new Set<string>();
  let nodeCause: Error | undefined;
  cluster.on('ready', () => {
    nodeCause = undefined;
    events.ready();
  });
  cluster.on('node error', (error) => {
    nodeCause = ensureError(error);
  });
  // A node's own words say more than that no node answered.
  cluster.on('error', (error) => events.gone(nodeCause ?? ensureError(error)));
  cluster.on('close', () => events.gone(nodeCause ?? new Error('the connection ended')));
  cluster.on('smessage', (channel, message) => events.message(channel, message));
  return {
    open() {
      cluster.connect().catch(() => {});
    },
    get sends() {
      return cluster.status === 'ready' ? 'yes' : 'no';
    },
    send: (channel, message) => cluster.spublish(channel, message),
    listen: async (channels) => {
      for (const channel of channels.filter((each) => !listening.has(each))) {
        await cluster.ssubscribe(channel);
        listening.add(channel);
      }
    },
    forget: async (channel) => {
      if (listening.delete(channel)) await cluster.sunsubscribe(channel);
    },
    // The client asks for the slots every five seconds itself.
    probe: () => Promise.resolve(),
    close: () => cluster.disconnect(),
  };
}
