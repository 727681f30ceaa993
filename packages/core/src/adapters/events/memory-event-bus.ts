import { EventEmitter } from 'eventemitter3';
import type { EventBus, Hint } from '../../ports/event-bus.js';

/** Hints within one process. Delivered in a later microtask, so that a publisher never runs its subscribers' code. */
export class MemoryEventBus implements EventBus {
  readonly #emitter = new EventEmitter<{ hint: [hint: Hint] }>();

  publish(hint: Hint): void {
    queueMicrotask(() => this.#emitter.emit('hint', hint));
  }

  subscribe(receive: (hint: Hint) => void): Promise<() => Promise<void>> {
    this.#emitter.on('hint', receive);
    return Promise.resolve(() => {
      this.#emitter.off('hint', receive);
      return Promise.resolve();
    });
  }
}
