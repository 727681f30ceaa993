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
 * further. The client follows slots that move. Where no node answers any more, it is replaced by a new one: an old one
 * does not always come back to what it listened to.
 */
export function clusterClients(options: ClientOptions, events: ClientEvents): RedisClients {
  let cluster = clientOf(options);
  let isClosed: 'yes' | 'no' = 'no';
  let attempts = 0;
  let nodeCause: Error | undefined;
  let renewal: NodeJS.Timeout | undefined;
  // The client keeps every mention of a channel.
  const listening = new Set<string>();

  const renew = (): void => {
    if (renewal !== undefined || isClosed === 'yes') return;
    dismiss(cluster);
    attempts += 1;
    renewal = setTimeout(() => {
      renewal = undefined;
      listening.clear();
      cluster = clientOf(options);
      connect();
    }, pauseBefore(attempts));
  };
  const connect = (): void => {
    cluster.on('ready', () => {
      nodeCause = undefined;
      events.ready();
    });
    cluster.on('node error', (error) => {
      nodeCause = ensureError(error);
    });
    // A node's own words say more than that no node answered.
    cluster.on('error', (error) => events.gone(nodeCause ?? ensureError(error)));
    cluster.on('close', () => {
      events.gone(nodeCause ?? new Error('the connection ended'));
      renew();
    });
    cluster.on('smessage', (channel, message) => events.message(channel, message));
    cluster.connect().catch(() => {});
  };

  return {
    open: connect,
    get sends() {
      return cluster.status === 'ready' ? 'yes' : 'no';
    },
    send: (channel, message) => cluster.spublish(channel, message),
    listen: async (channels) => {
      try {
        for (const channel of channels.filter((each) => !listening.has(each))) {
          await answered(cluster.ssubscribe(channel), options.silenceMs);
          listening.add(channel);
        }
        attempts = 0;
      } catch (thrown) {
        // A client whose view of the nodes is an old one would go on failing.
        renew();
        throw thrown;
      }
    },
    forget: async (channel) => {
      if (listening.delete(channel)) await cluster.sunsubscribe(channel);
    },
    probe: async () => {
      try {
        const pings = cluster.nodes('all').map((node) => node.ping());
        await answered(Promise.any(pings), options.silenceMs);
      } catch {
        events.gone(nodeCause ?? new Error('no node answers'));
        renew();
      }
    },
    close() {
      isClosed = 'yes';
      clearTimeout(renewal);
      dismiss(cluster);
    },
  };
}

// A client may keep a question for a node that does not come back.
function answered(answer: Promise<unknown>, limitMs: number): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the cluster does not answer')), limitMs);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

function dismiss(cluster: Cluster): void {
  cluster.removeAllListeners();
  cluster.on('error', () => {});
  cluster.disconnect();
}

function clientOf({ address, silenceMs, tls }: ClientOptions): Cluster {
  return new Cluster([...address.hosts], {
    lazyConnect: true,
    shardedSubscribers: true,
    enableOfflineQueue: false,
    maxRedirections: 4,
    slotsRefreshTimeout: silenceMs,
    clusterRetryStrategy: () => null,
    redisOptions: {
      ...(address.username === undefined ? {} : { username: address.username }),
      ...(address.password === undefined ? {} : { password: address.password }),
      ...(address.transport === 'tls' ? { tls } : {}),
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
}
