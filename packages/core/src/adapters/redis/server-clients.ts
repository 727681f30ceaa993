import { Redis, type RedisOptions } from 'ioredis';
import { ensureError } from '../../model/errors.js';
import {
  type ClientEvents,
  type ClientOptions,
  pauseBefore,
  type RedisClients,
} from './redis-clients.js';

/** Two connections to one server, found directly or through Sentinels: one that listens can't publish. */
export function serverClients(options: ClientOptions, events: ClientEvents): RedisClients {
  const settings = settingsOf(options);
  const publisher = new Redis(settings);
  const subscriber = new Redis({ ...settings, enableReadyCheck: false });
  for (const client of [publisher, subscriber]) {
    client.on('ready', () => {
      if (publisher.status === 'ready' && subscriber.status === 'ready') events.ready();
    });
    client.on('error', (error) => events.gone(ensureError(error)));
    client.on('close', () => events.gone(new Error('the connection ended')));
  }
  subscriber.on('message', (channel, message) => events.message(channel, message));
  return {
    open() {
      for (const client of [publisher, subscriber]) client.connect().catch(toldByEvents);
    },
    get sends() {
      return publisher.status === 'ready' ? 'yes' : 'no';
    },
    send: (channel, message) => publisher.publish(channel, message),
    listen: async (channels) => {
      if (channels.length > 0) await subscriber.subscribe(...channels);
    },
    forget: (channel) => subscriber.unsubscribe(channel),
    probe: () => Promise.all([publisher.ping(), subscriber.ping()]),
    close() {
      publisher.disconnect();
      subscriber.disconnect();
    },
  };
}

function toldByEvents(): void {}

// Which shapes replies have is part of a client's type.
type Settings = RedisOptions & { readonly replyMapping?: 'legacy' };

function settingsOf(options: ClientOptions): Settings {
  const { address, silenceMs } = options;
  const tls = address.transport === 'tls' ? { tls: options.tls } : {};
  const common: Settings = {
    ...tls,
    ...(address.username === undefined ? {} : { username: address.username }),
    ...(address.password === undefined ? {} : { password: address.password }),
    lazyConnect: true,
    connectTimeout: silenceMs,
    socketTimeout: silenceMs,
    retryStrategy: pauseBefore,
    // What can't be sent now is lost, never kept: whoever published must not find out by its memory.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    // The broker listens anew itself, also to what was asked for meanwhile.
    autoResubscribe: false,
    disableClientInfo: true,
  };
  if (address.kind !== 'sentinel') return { ...common, ...address.hosts[0] };
  return {
    ...common,
    sentinels: [...address.hosts],
    name: address.master,
    sentinelRetryStrategy: pauseBefore,
    enableTLSForSentinelMode: address.transport === 'tls',
    ...(address.transport === 'tls' ? { sentinelTLS: options.tls } : {}),
    ...(options.sentinelPassword === undefined
      ? {}
      : { sentinelPassword: options.sentinelPassword }),
  };
}
