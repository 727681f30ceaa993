import type { Explanation } from '../../kernel/explain/explanation.js';
import { conditionOf } from '../../model/condition.js';
import { PortUnavailable, RequestError } from '../../model/errors.js';
import type { ResourceUuid } from '../../model/identity.js';
import type { Resource } from '../../model/resource.js';
import { stallOf } from '../../model/stall.js';
import type { World } from '../simulator/world.js';
import type { Database } from './database.js';
import type { Finding } from './facts.js';
import { OPERATOR } from './foundation.js';
import type { KernelProcess } from './kernel-process.js';

/** How often an operator looks for what is stuck; virtual milliseconds. */
const ROUND = 20_000;
/** How long a look takes that somebody asked for, at the most; the rows show what it found. */
const LOOK = 3_000;
/** What is done about what is stalled, the first that is offered: none of it gives up what users asked for. */
const WAYS_OUT = ['recreate', 'keep', 'reconcile'] as const;

/** What an operator works with. */
export interface OperatorOptions {
  readonly world: World;
  readonly database: Database;
  /** A kernel that takes requests now, if any. */
  readonly kernel: () => KernelProcess | undefined;
}

/** An operator of a simulated cloud, who knows nothing but the API and does nothing but what it suggests. */
export class Operator {
  readonly #options: OperatorOptions;

  constructor(options: OperatorOptions) {
    this.#options = options;
  }

  /** From now on frees what is stalled, by the ways out that it names itself. */
  goRounds(): void {
    const { world } = this.#options;
    world.schedule(world.now + ROUND, () => void this.#round().then(() => this.goRounds()));
  }

  /** Has a look taken at a resource, and waits for what it finds. */
  async lookAt(uuid: ResourceUuid): Promise<void> {
    const { world, database } = this.#options;
    const row = database.row(uuid);
    if (row !== undefined) await this.#ask(row, 'reconcile', {});
    await new Promise<void>((resolve) => world.schedule(world.now + LOOK, resolve));
  }

  /** Asks why a resource is not as asked; undefined when nobody can tell now. */
  async explain(uuid: ResourceUuid): Promise<Explanation | undefined> {
    try {
      return await this.#options.kernel()?.cloud.explain(uuid);
    } catch (thrown) {
      // With the database away nobody can say anything.
      if (thrown instanceof PortUnavailable || thrown instanceof RequestError) return undefined;
      throw thrown;
    }
  }

  async #round(): Promise<void> {
    // Those there are now: what is asked for meanwhile may add more.
    const rows = Array.from(this.#options.database.store.rows());
    for (const row of rows) {
      if (row.removed !== null) continue;
      // Data that nobody owns goes no further than quarantine by itself.
      if (row.type === 'orphan' && typeof row.status['quarantinedAt'] === 'number')
        await this.#ask(row, 'reap', {});
      const stalled = stallOf(row);
      if (isHopeless(row)) await this.#remove(row);
      const action = WAYS_OUT.find((way) => stalled?.actions.includes(way));
      const external = stalled?.externals[0];
      const input = action === 'keep' && external !== undefined ? { external } : {};
      if (action !== undefined) await this.#ask(row, action, input);
    }
  }

  async #remove({ type, id }: Resource): Promise<void> {
    const cloud = this.#options.kernel()?.cloud;
    await cloud?.resources.remove(OPERATOR, cloud.types.get(type), id).catch(() => undefined);
  }

  async #ask(
    { type, id }: Resource,
    action: string,
    input: { readonly external?: string },
  ): Promise<void> {
    const cloud = this.#options.kernel()?.cloud;
    await cloud?.resources
      .act(OPERATOR, cloud.types.get(type), id, action, { ...input })
      .catch(() => undefined);
  }
}

// It was never made, and what it was to be made of went in the very moment in which it was asked for.
function isHopeless(row: Resource): boolean {
  const missing = conditionOf(row.conditions, 'DependenciesReady')?.reason === 'Missing';
  return missing && row.type === 'volume' && row.observedGeneration === 0;
}

/** What is wrong with an explanation of something that is not as asked: it must name a reason and a way on. */
export function emptiness(explanation: Explanation): Finding {
  const { asAsked, verdict, root, suggestions, resource } = explanation;
  if (asAsked === 'yes' || (verdict !== '' && root !== null && suggestions.length > 0))
    return undefined;
  return `of ${resource.name} nothing is said but "${verdict}", with ${suggestions.length} suggestions`;
}
