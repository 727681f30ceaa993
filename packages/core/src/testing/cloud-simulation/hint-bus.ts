import type { EventBus, Hint } from '../../ports/event-bus.js';
import type { Fault } from '../simulator/fault.js';
import type { Process } from '../simulator/process.js';
import type { World } from '../simulator/world.js';

interface Subscriber {
  readonly process: Process;
  readonly receive: (hint: Hint) => void;
}

const POSSIBLE: ReadonlySet<Fault> = new Set<Fault>(['crash-before', 'crash-after', 'delay']);

/** Hints between the processes of a simulation: each delivery may get lost, doubled or late, as the port allows. */
export class HintBus {
  /** The share of deliveries that get lost, and of those that come twice; 0 to 1. */
  lossRate = 0;
  doubleRate = 0;
  /** How late a delivery is at most; milliseconds. */
  lateMs = 10;
  /** Told of every hint that is sent. */
  onPublish: (hint: Hint) => void = () => undefined;
  readonly #world: World;
  readonly #subscribers = new Set<Subscriber>();

  constructor(world: World) {
    this.#world = world;
  }

  /** The port as one process has it. */
  busOf(process: Process): EventBus {
    return {
      publish: (hint) => {
        this.onPublish(hint);
        for (const subscriber of this.#subscribers) this.#send(subscriber, hint);
      },
      subscribe: (receive) =>
        this.#world.point(process, this.#point('events.subscribe'), () => {
          const subscriber = { process, receive };
          this.#subscribers.add(subscriber);
          process.onDeath(() => this.#subscribers.delete(subscriber));
          return () =>
            this.#world.point(process, this.#point('events.unsubscribe'), () => {
              this.#subscribers.delete(subscriber);
            });
        }),
    };
  }

  #send(subscriber: Subscriber, hint: Hint): void {
    if (this.#world.random.fraction() < this.lossRate) return;
    this.#deliver(subscriber, hint);
    if (this.#world.random.fraction() < this.doubleRate) this.#deliver(subscriber, hint);
  }

  #deliver({ process, receive }: Subscriber, hint: Hint): void {
    const after = 1 + this.#world.random.below(this.lateMs);
    this.#world.schedule(this.#world.now + after, () => process.deliver(() => receive(hint)));
  }

  #point(label: string): Parameters<World['point']>[1] {
    return { label, possible: POSSIBLE, failure: () => new Error('never said') };
  }
}
