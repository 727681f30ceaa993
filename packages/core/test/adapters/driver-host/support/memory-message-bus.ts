import type { MessageBus } from '@gdcloud/core';

/** Messages within one process, in a later microtask. */
export class MemoryMessageBus implements MessageBus {
  readonly #topics = new Map<string, Set<(message: string) => void>>();

  publish(topic: string, message: string): void {
    queueMicrotask(() => {
      for (const receive of [...(this.#topics.get(topic) ?? [])]) receive(message);
    });
  }

  subscribe(topic: string, receive: (message: string) => void): Promise<() => Promise<void>> {
    const receivers = this.#topics.get(topic) ?? new Set();
    this.#topics.set(topic, receivers.add(receive));
    return Promise.resolve(() => {
      receivers.delete(receive);
      return Promise.resolve();
    });
  }
}
