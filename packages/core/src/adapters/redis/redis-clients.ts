import type { ConnectionOptions } from 'node:tls';
import type { RedisAddress } from './redis-address.js';

/** TLS beyond what the URL says, as `node:tls` takes it. */
export type RedisTls = Pick<
  ConnectionOptions,
  'ca' | 'cert' | 'key' | 'rejectUnauthorized' | 'servername' | 'checkServerIdentity'
>;

/** What it takes to reach one broker. */
export interface ClientOptions {
  readonly address: RedisAddress;
  readonly tls: RedisTls;
  /** What the Sentinels ask for; the servers' password is in the URL. */
  readonly sentinelPassword: string | undefined;
  /** How long a server may leave a question unanswered before its connection is given up; milliseconds. */
  readonly silenceMs: number;
}

/** What the connections to one broker tell. */
export interface ClientEvents {
  /** Messages can be sent and listened for. Nothing is listened for until it is asked for anew. */
  ready(): void;
  /** They can't, for now; they try again by themselves. May be told any number of times. */
  gone(cause: Error): void;
  message(channel: string, message: string): void;
}

/** The connections to one broker: one server, wherever its Sentinels say it is, or a cluster. */
export interface RedisClients {
  /** Connects, and connects again whenever that fails or ends, until closed. */
  open(): void;
  /** Whether what is sent now is on its way, as far as is known. */
  readonly sends: 'yes' | 'no';
  /** Resolves when the broker took it; rejects where it did not or that can't be known. */
  send(channel: string, message: string): Promise<unknown>;
  /** Listens to `channels`; doing so again is harmless. Rejects where not connected. */
  listen(channels: readonly string[]): Promise<unknown>;
  forget(channel: string): Promise<unknown>;
  /** Asks something so that silence shows. */
  probe(): Promise<unknown>;
  /** Ends all connections for good. */
  close(): void;
}

/** How long to wait before the `attempt`th try to connect again; milliseconds. */
export function pauseBefore(attempt: number): number {
  return Math.min(50 * 2 ** Math.min(attempt, 5), 1_000);
}
