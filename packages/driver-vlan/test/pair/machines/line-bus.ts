import type { MessageBus } from '@gdcloud/core';

/** A message on its way. */
export interface BusLine {
  readonly topic: string;
  readonly message: string;
}

/** A bus over lines of text: what is published goes out by each, and comes to whoever listens here. */
export class LineBus implements MessageBus {
  readonly #receivers = new Map<string, Set<(message: string) => void>>();
  readonly #lines = new Set<(line: BusLine) => void>();

  /** Adds a way out. Returns what takes it away. */
  addLine(send: (line: BusLine) => void): () => void {
    this.#lines.add(send);
    return () => void this.#lines.delete(send);
  }

  /** What came in by one of the lines. */
  hear({ topic, message }: BusLine): void {
    for (const receive of this.#receivers.get(topic) ?? []) receive(message);
  }

  publish(topic: string, message: string): void {
    for (const send of this.#lines) send({ topic, message });
  }

  subscribe(topic: string, receive: (message: string) => void): Promise<() => Promise<void>> {
    const receivers = this.#receivers.get(topic) ?? new Set();
    this.#receivers.set(topic, receivers);
    receivers.add(receive);
    return Promise.resolve(async () => void receivers.delete(receive));
  }
}
