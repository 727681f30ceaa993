import type { Clock } from '../../ports/clock.js';
import type { Closeable } from '../../ports/closeable.js';
import type { Logger } from '../../ports/logger.js';
import type { MessageBus } from '../../ports/message-bus.js';
import { DropCounter } from '../messages/drop-counter.js';
import { exceeds, MESSAGE_LIMIT } from '../messages/message-size.js';
import { Broker } from './broker.js';
import type { ClientOptions } from './redis-clients.js';

/** What a bus over Redis is made of. */
export interface RedisMessageBusOptions {
  /** Independent brokers: a message goes to one that can be reached, and all are listened to. */
  readonly brokers: readonly ClientOptions[];
  /** What channel names begin with, before a colon. */
  readonly prefix: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Why a message was not sent, or may not have been: no broker could be reached, too much was on its way already, its
 * size (in either direction), or the connection ended before the broker confirmed it.
 */
export type RedisDrop = 'away' | 'backlog' | 'oversized' | 'lost';

/** How much may be on its way to brokers that did not confirm it yet. */
const BACKLOG = { messages: 10_000, characters: 32 * 1_048_576 };

type Receive = (message: string) => void;

/** Messages through Redis publish/subscribe. Connects with the first use; whatever happens to Redis, it throws nothing. */
export class RedisMessageBus implements MessageBus, Closeable {
  readonly #brokers: readonly Broker[];
  readonly #prefix: string;
  readonly #logger: Logger;
  readonly #receivers = new Map<string, Set<{ readonly receive: Receive }>>();
  readonly #dropped = new DropCounter<RedisDrop>({ away: 0, backlog: 0, oversized: 0, lost: 0 });
  #unconfirmed = 0;
  #unconfirmedCharacters = 0;

  constructor(options: RedisMessageBusOptions) {
    this.#prefix = options.prefix;
    this.#logger = options.logger;
    this.#brokers = options.brokers.map(
      (broker) =>
        new Broker(broker, options.clock, {
          message: (channel, message) => this.#deliver(channel, message),
          changed: (changed, cause) => this.#tell(changed, cause),
        }),
    );
  }

  /** How many messages were dropped, by reason. */
  get dropped(): Readonly<Record<RedisDrop, number>> {
    return this.#dropped.counts;
  }

  publish(topic: string, message: string): void {
    const refusal = this.#refusal(message);
    if (refusal !== undefined) {
      this.#dropped.add(refusal);
      return;
    }
    for (const broker of this.#brokers) broker.open();
    void this.#send(this.#channelOf(topic), message);
  }

  async subscribe(topic: string, receive: Receive): Promise<() => Promise<void>> {
    const channel = this.#channelOf(topic);
    const receivers = this.#receivers.get(channel) ?? new Set();
    // One of its own for each call: who subscribes twice with one function leaves one at a time.
    const subscription = { receive };
    receivers.add(subscription);
    this.#receivers.set(channel, receivers);
    await Promise.all(this.#brokers.map((broker) => broker.listen(channel)));
    return async () => {
      if (!receivers.delete(subscription) || receivers.size > 0) return;
      this.#receivers.delete(channel);
      await Promise.all(this.#brokers.map((broker) => broker.forget(channel)));
    };
  }

  /** Ends all connections for good: what is published from now on is dropped. */
  close(): Promise<void> {
    this.#receivers.clear();
    for (const broker of this.#brokers) broker.close();
    return Promise.resolve();
  }

  #refusal(message: string): RedisDrop | undefined {
    if (exceeds(message, MESSAGE_LIMIT)) return 'oversized';
    const full =
      this.#unconfirmed >= BACKLOG.messages ||
      this.#unconfirmedCharacters + message.length > BACKLOG.characters;
    return full ? 'backlog' : undefined;
  }

  #channelOf(topic: string): string {
    return `${this.#prefix}:${topic}`;
  }

  async #send(channel: string, message: string): Promise<void> {
    this.#unconfirmed += 1;
    this.#unconfirmedCharacters += message.length;
    try {
      const broker = this.#reachable() ?? (await this.#firstReachable());
      if (broker === undefined) this.#dropped.add('away');
      else await broker.send(channel, message);
    } catch {
      this.#dropped.add('lost');
    } finally {
      this.#unconfirmed -= 1;
      this.#unconfirmedCharacters -= message.length;
    }
  }

  #reachable(): Broker | undefined {
    return this.#brokers.find(({ sends }) => sends === 'yes');
  }

  // Only what is published while the very first connections are being made waits for them.
  async #firstReachable(): Promise<Broker | undefined> {
    for (;;) {
      const starting = this.#brokers.filter(({ state }) => state === 'starting');
      if (starting.length === 0) return this.#reachable();
      await Promise.race(starting.map(({ decided }) => decided));
      const found = this.#reachable();
      if (found !== undefined) return found;
    }
  }

  #deliver(channel: string, message: string): void {
    if (exceeds(message, MESSAGE_LIMIT)) this.#dropped.add('oversized');
    else for (const { receive } of this.#receivers.get(channel) ?? []) receive(message);
  }

  #tell(changed: Broker, cause: string | undefined): void {
    const broker = changed.name;
    const others = this.#brokers.filter((each) => each !== changed && each.state === 'up').length;
    if (changed.state === 'up') this.#logger.info({ broker, others }, 'events are carried');
    else if (others > 0)
      this.#logger.warn({ broker, cause, others }, 'a broker is away; the others carry events');
    else this.#logger.warn({ broker, cause }, 'events are away; work goes on by the scan');
  }
}
