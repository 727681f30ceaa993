import { isReady, type Store } from '@gdcloud/core';
import { ROW_WRITES } from '../../dist/testing/cloud-simulation/database.js';
import type { TestCloud } from './cloud.js';

type Method = Exclude<keyof Store, 'close'>;

/** Where to die: before the call has an effect, or after it with the answer lost. */
export type Death = 'before' | 'after' | undefined;

/**
 * Kills the process that uses a store, as far as a test can: from the chosen call on nothing of the store is ever
 * answered, so no line of that process runs any more, its `catch` and `finally` included.
 */
export class Mortality {
  #state: 'alive' | 'dying' | 'dead' = 'alive';
  readonly #when: (method: Method, args: readonly unknown[]) => Death;

  constructor(when: (method: Method, args: readonly unknown[]) => Death) {
    this.#when = when;
  }

  /** Whether it is dead and its last call has had its effect. */
  get dead(): boolean {
    return this.#state === 'dead';
  }

  readonly wrap = (store: Store): Store => {
    const wrapped = Object.entries(store).map(([name, method]) => [
      name,
      async (...args: readonly unknown[]): Promise<unknown> => {
        if (this.#state !== 'alive') return never();
        const death = this.#when(name as Method, args);
        if (death === 'before') {
          this.#state = 'dead';
          return never();
        }
        if (death === 'after') this.#state = 'dying';
        const result: unknown = await (method as (...given: readonly unknown[]) => unknown)(
          ...args,
        );
        if (death === 'after') this.#state = 'dead';
        // An answer that was under way when the process died reaches nobody.
        return this.#state === 'alive' ? result : never();
      },
    ]);
    return Object.fromEntries(wrapped) as Store;
  };
}

const LEDGER_WRITES: readonly Method[] = [
  'allocate',
  'allocateAll',
  'release',
  'setCapacity',
  'claimCapacity',
  'moveClaim',
  'releaseCapacity',
];

/** The methods that write. */
export const WRITES: ReadonlySet<string> = new Set([...ROW_WRITES, ...LEDGER_WRITES]);

/** Moves time on until the process is dead; false when all resources of the type came to rest before that. */
export async function untilDead(
  world: TestCloud,
  mortality: Mortality,
  type: string,
): Promise<boolean> {
  const end = world.clock.now() + 60_000;
  for (;;) {
    await world.quiet(() => mortality.dead);
    if (mortality.dead) return true;
    const { resources } = await world.store.list({ kind: 'all' }, world.type(type), {
      filters: [],
      limit: 100,
    });
    if (world.cloud.load.active === 0 && resources.every(isReady)) return false;
    if (!world.clock.advanceToNext(end)) return false;
  }
}

function never(): Promise<never> {
  return new Promise<never>(() => undefined);
}
