import {
  EVENT_BUS,
  type Outcome,
  type Plugin,
  RECONCILER,
  RESOURCE_TYPE,
  type Reconciler,
} from '@gdcloud/core';
import { type BegunPass, type Passes, wallClock } from '../../process/messages.js';
import { gadget } from '../../sim/gadgets.js';
import { nullGadgets } from './null-gadgets.js';

/** A gadget of this size keeps its pass from ending, and with it the lock that the pass has. */
export const HELD_SIZE = 13;

/** More than this are counted and not described: what is watched must not fill the memory that is measured. */
const MOST_DESCRIBED = 20_000;

/** A hint that is older than this brought about no pass here; milliseconds. */
const LONGEST_WAIT = 4_000;

/** Adds gadgets to a cloud and watches the passes over them. */
export class PassWatch {
  readonly #heard = new Map<string, number>();
  #since: BegunPass[] = [];
  #count = 0;

  /** Goes behind the plug-in of the event bus. */
  readonly plugin: Plugin = (container) => {
    const events = container.resolve(EVENT_BUS);
    container.register(EVENT_BUS, {
      useValue: {
        publish: (hint) => events.publish(hint),
        subscribe: (receive) =>
          events.subscribe((hint) => {
            if (this.#heardOf(hint.uuid) === undefined) this.#heard.set(hint.uuid, wallClock());
            receive(hint);
          }),
      },
    });
    container.register(RESOURCE_TYPE, { useValue: gadget });
    container.register(RECONCILER, { useValue: this.#reconciler });
  };

  /** The passes since the last call. */
  take(): Passes {
    const since = this.#since;
    this.#since = [];
    return { count: this.#count, since };
  }

  readonly #reconciler: Reconciler<typeof gadget> = {
    type: gadget,
    reconcile: async (pass): Promise<Outcome> => {
      const { uuid, id, generation, spec } = pass.resource;
      const { size } = spec;
      this.#see({ id, generation, begun: wallClock(), heard: this.#heardOf(uuid) });
      this.#heard.delete(uuid);
      if (size === HELD_SIZE) await aborted(pass.signal);
      const object = await pass.converge('object', nullGadgets, { size });
      return object.kind === 'settled' ? { kind: 'done' } : object.outcome;
    },
  };

  // Every process hears every hint, and all but one of them do nothing about it: what is older led to a pass elsewhere.
  #heardOf(uuid: string): number | undefined {
    const heard = this.#heard.get(uuid);
    return heard === undefined || wallClock() - heard > LONGEST_WAIT ? undefined : heard;
  }

  #see(pass: BegunPass): void {
    this.#count += 1;
    if (this.#since.length < MOST_DESCRIBED) this.#since.push(pass);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
