import { EventEmitter } from 'eventemitter3';
import type { MessageBus } from '../../ports/message-bus.js';
import { DropCounter } from './drop-counter.js';
import { exceeds, MESSAGE_LIMIT } from './message-size.js';

/** Messages within one process. Delivered in a later microtask, so that a publisher never runs its subscribers' code. */
export class MemoryMessageBus implements MessageBus {
  readonly #emitter = new EventEmitter<Record<string, [message: string]>>();
  readonly #dropped = new DropCounter({ oversized: 0 });

  /** How many messages were not sent, by reason. */
  get dropped(): Readonly<Record<'oversized', number>> {
    return this.#dropped.counts;
  }

  publish(topic: string, message: string): void {
    if (exceeds(message, MESSAGE_LIMIT)) {
      this.#dropped.add('oversized');
      return;
    }
    queueMicrotask(() => this.#emitter.emit(topic, message));
  }

  subscribe(topic: string, receive: (message: string) => void): Promise<() => Promise<void>> {
    // One of its own for each call: who subscribes twice with one function leaves one at a time.
    const listener = (message: string): void => receive(message);
    this.#emitter.on(topic, listener);
    return Promise.resolve(() => {
      this.#emitter.off(topic, listener);
      return Promise.resolve();
    });
  }
}
