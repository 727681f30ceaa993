import type { ResourceUuid } from '../../model/identity.js';
import type { EventBus, Hint } from '../../ports/event-bus.js';
import type { MessageBus } from '../../ports/message-bus.js';
import { DropCounter } from './drop-counter.js';
import { decodeHint, encodeHint, type HintRefusal } from './hint-codec.js';

/** How hints are spread. */
export interface MessageEventBusOptions {
  /** How many topics hints are spread over, by resource. The same in every process of a cloud. Default 16. */
  readonly shards?: number | undefined;
}

/** Hints as messages on topics `hints.0`, `hints.1`, …, so that a broker of many nodes shares them out. */
export class MessageEventBus implements EventBus {
  readonly #messages: MessageBus;
  readonly #shards: number;
  readonly #dropped = new DropCounter<HintRefusal>({ malformed: 0, foreign: 0, oversized: 0 });
  #turn: Map<string, Hint> | undefined;

  /** Throws RangeError unless `shards` is a whole number from 1 to 1,024. */
  constructor(messages: MessageBus, options: MessageEventBusOptions = {}) {
    const { shards = 16 } = options;
    if (!Number.isInteger(shards) || shards < 1 || shards > 1_024)
      throw new RangeError('shards: a whole number from 1 to 1,024 is needed');
    this.#messages = messages;
    this.#shards = shards;
  }

  /** How many messages on our topics were no hints to us, by reason; each subscriber counts what it refused. */
  get dropped(): Readonly<Record<HintRefusal, number>> {
    return this.#dropped.counts;
  }

  /** As the port says. The same hint published several times in one turn of the event loop is sent once, at its end. */
  publish(hint: Hint): void {
    if (this.#turn === undefined) {
      this.#turn = new Map();
      setImmediate(() => this.#send());
    }
    const key = `${hint.reason} ${hint.account} ${hint.uuid}`;
    if (!this.#turn.has(key)) this.#turn.set(key, hint);
  }

  async subscribe(receive: (hint: Hint) => void): Promise<() => Promise<void>> {
    const hear = (message: string): void => {
      const decoded = decodeHint(message);
      if (decoded.kind === 'hint') receive(decoded.hint);
      else this.#dropped.add(decoded.reason);
    };
    const leaves = await Promise.all(
      Array.from({ length: this.#shards }, (_, shard) =>
        this.#messages.subscribe(topicOf(shard), hear),
      ),
    );
    return async () => {
      await Promise.all(leaves.map((leave) => leave()));
    };
  }

  #send(): void {
    const hints = this.#turn;
    this.#turn = undefined;
    for (const hint of hints?.values() ?? [])
      this.#messages.publish(topicOf(shardOf(hint.uuid, this.#shards)), encodeHint(hint));
  }
}

function topicOf(shard: number): string {
  return `hints.${shard}`;
}

// FNV-1a: every process must come to the same shard, whatever made the uuid.
function shardOf(uuid: ResourceUuid, shards: number): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < uuid.length; at += 1)
    hash = Math.imul(hash ^ uuid.charCodeAt(at), 0x01000193);
  return (hash >>> 0) % shards;
}
