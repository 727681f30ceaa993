import { PortUnavailable } from '../../model/errors.js';
import { asFence, asUuid, type Fence, type ResourceUuid } from '../../model/identity.js';
import type { Resource } from '../../model/resource.js';
import type { Store } from '../../ports/store.js';
import { CALL_FAULTS, type Fault } from '../simulator/fault.js';
import type { MemoryStore } from '../simulator/memory-store.js';
import type { Process } from '../simulator/process.js';
import { type PortCall, throughPoints } from '../simulator/through-points.js';
import type { World } from '../simulator/world.js';

/** A write to one row, as it took effect. */
export interface RowWrite {
  readonly method: string;
  readonly by: Process;
  readonly before: Resource | undefined;
  readonly after: Resource;
  /** The token the writer gave; absent for desired columns. */
  readonly fence: Fence | undefined;
}

/** Writes to one row, whose uuid is the first argument or in it. */
export const ROW_WRITES: ReadonlySet<string> = new Set<keyof Store>([
  'insert',
  'change',
  'reseal',
  'claim',
  'record',
  'wake',
]);
/** Reads that a lagging replica could answer. */
const STALE_READS: ReadonlySet<string> = new Set([
  'get',
  'find',
  'findAll',
  'all',
  'referrers',
  'everyReferrer',
]);

const READS: ReadonlySet<Fault> = new Set<Fault>([...CALL_FAULTS, 'stale']);

/** The database of a simulated cloud: outlives processes, is reached through I/O points, and tells of every write. */
export class Database {
  readonly store: MemoryStore;
  /** Whether it answers: a restart, a fail-over, a full disk. */
  reachable: 'yes' | 'no' = 'yes';
  onWrite: (write: RowWrite) => void = () => undefined;
  readonly #world: World;
  readonly #seen: Store;

  /** `tamper` may break the store on purpose, to see whether anybody notices. */
  constructor(world: World, store: MemoryStore, tamper: (store: MemoryStore) => Store) {
    this.#world = world;
    this.store = store;
    this.#seen = tamper(store);
  }

  /** The row as it is now. */
  row(uuid: ResourceUuid): Resource | undefined {
    return this.store.earlier(uuid, 0);
  }

  /** The port as one process has it. */
  storeOf(process: Process): Store {
    return throughPoints(this.#world, process, this.#seen, {
      name: 'store',
      possible: (method) => (STALE_READS.has(method) ? READS : CALL_FAULTS),
      failure: () => unavailable(),
      patienceMs: 30_000,
      effect: (call) => this.#effect(process, call),
    });
  }

  #effect(process: Process, call: PortCall): unknown {
    if (this.reachable === 'no') throw unavailable();
    if (call.variant === 'stale') return this.#aged(call.run());
    return ROW_WRITES.has(call.method) ? this.#write(process, call) : call.run();
  }

  async #write(process: Process, call: PortCall): Promise<unknown> {
    const [first, second] = call.args;
    const uuid = uuidIn(first);
    const before = this.row(uuid);
    const result = await call.run();
    const after = this.row(uuid);
    if (after !== undefined && after !== before) {
      const fenced = call.method === 'claim' || call.method === 'record';
      const fence = fenced && typeof second === 'string' ? asFence(second) : undefined;
      this.onWrite({ method: call.method, by: process, before, after, fence });
    }
    return result;
  }

  // The true answer with every row as it was a write ago.
  async #aged(answer: unknown): Promise<unknown> {
    const rows = await answer;
    return Array.isArray(rows) ? rows.map((row: unknown) => this.#before(row)) : this.#before(rows);
  }

  #before(row: unknown): unknown {
    if (typeof row !== 'object' || row === null || !('uuid' in row)) return row;
    return typeof row.uuid === 'string' ? (this.store.earlier(asUuid(row.uuid)) ?? row) : row;
  }
}

function uuidIn(argument: unknown): ResourceUuid {
  if (typeof argument === 'string') return asUuid(argument);
  if (typeof argument === 'object' && argument !== null && 'uuid' in argument)
    return asUuid(String(argument.uuid));
  throw new TypeError('a write names no resource');
}

function unavailable(): PortUnavailable {
  return new PortUnavailable('store', 'the database does not answer', {
    remedy: 'Bring it back; work resumes by itself.',
  });
}
