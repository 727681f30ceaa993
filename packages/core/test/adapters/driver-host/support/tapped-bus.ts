import type { Clock, MessageBus, Random } from '@gdcloud/core';

/** A message as it went by. */
export interface Tapped {
  readonly topic: string;
  readonly message: string;
}

/** A bus that keeps what goes by, and loses what it is told to. */
export class TappedBus implements MessageBus {
  readonly #bus: MessageBus;
  readonly seen: Tapped[] = [];
  /** What is lost. */
  loses: (tapped: Tapped) => boolean = () => false;

  constructor(bus: MessageBus) {
    this.#bus = bus;
  }

  publish(topic: string, message: string): void {
    const tapped = { topic, message };
    this.seen.push(tapped);
    if (!this.loses(tapped)) this.#bus.publish(topic, message);
  }

  subscribe(topic: string, receive: (message: string) => void): Promise<() => Promise<void>> {
    return this.#bus.subscribe(topic, receive);
  }

  /** Those of a kind: `requests`, `news`, `replies`. */
  of(kind: string): readonly Tapped[] {
    return this.seen.filter(({ topic }) => topic.split('.')[2] === kind);
  }
}

/** A bus that loses every fourth message, doubles others, and delivers each late by up to two seconds, in no order. */
export function lossyBus(bus: MessageBus, clock: Clock, random: Random): MessageBus {
  const chance = (): number => (random.bytes(1)[0] ?? 0) / 256;
  return {
    publish: (topic, message) => {
      const copies = chance() < 0.25 ? 0 : chance() < 0.3 ? 2 : 1;
      for (let copy = 0; copy < copies; copy += 1) {
        clock.schedule(Math.floor(chance() * 2_000), () => bus.publish(topic, message));
      }
    },
    subscribe: (topic, receive) => bus.subscribe(topic, receive),
  };
}
