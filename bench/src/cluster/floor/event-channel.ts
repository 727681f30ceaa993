import { Redis } from 'ioredis';
import type { Step } from './step.js';

/** Ownership, and with it the way events go, is shared out in so many parts. */
export const PARTITIONS = 256;

/** The partition that a server belongs to. */
export function partitionOf(id: string): number {
  return Number.parseInt(id.slice(0, 2), 16) % PARTITIONS;
}

/** Events through Redis: one channel a partition, heard by whoever owns it. */
export class EventChannel {
  readonly #publisher: Redis;
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
    // What is published in one turn of the event loop goes in one write.
    this.#publisher = new Redis(url, { enableAutoPipelining: true });
  }

  /** Sends an event to the owner of its server. */
  publish({ id, event }: Step): void {
    void this.#publisher.publish(`floor:${partitionOf(id)}`, `${event} ${id}`);
  }

  /** Calls `receive` for each event of these partitions. */
  async subscribe(partitions: readonly number[], receive: (step: Step) => void): Promise<void> {
    const subscriber = new Redis(this.#url);
    subscriber.on('message', (_channel: string, message: string) => {
      const space = message.indexOf(' ');
      receive({ id: message.slice(space + 1), event: Number(message.slice(0, space)) });
    });
    await subscriber.subscribe(...partitions.map((partition) => `floor:${partition}`));
  }
}
