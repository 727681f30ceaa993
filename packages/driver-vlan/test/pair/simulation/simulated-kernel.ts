import {
  asExternalId,
  asOperationKey,
  type DocumentsOnRecord,
  type DriverCall,
  DriverFailure,
  type Fence,
  type NetworkDriver,
  type ObjectKey,
} from '@gdcloud/core';
import type { ManualClock } from '@gdcloud/core/testing';
import type { Chance } from './chance.js';
import { type CloudRecord, documentOf, type ForwardRow, type NetworkRow } from './cloud-record.js';

/** Passes at a time. */
const WORKERS = 4;

/** What kernels hold together: who works on what. A lock may be lost while its holder does not know it. */
export class Locks {
  readonly #holders = new Map<object, { readonly kernel: SimulatedKernel }>();

  take(
    row: object,
    kernel: SimulatedKernel,
    how: 'if free' | 'from whoever has it',
  ): object | undefined {
    const holder = this.#holders.get(row);
    const isFree = holder === undefined || holder.kernel.state === 'dead';
    if (!isFree && how === 'if free') return undefined;
    const taken = { kernel };
    this.#holders.set(row, taken);
    return taken;
  }

  release(row: object, taken: object): void {
    if (this.#holders.get(row) === taken) this.#holders.delete(row);
  }
}

/** Somebody else has the row by now, or the kernel is dead: the pass is over. */
class Over extends Error {}

/** A process that makes the world as asked, a pass at a time, as the cloud's reconcilers do. It may be killed or held still. */
export class SimulatedKernel {
  state: 'running' | 'dead' = 'running';
  readonly #clock: ManualClock;
  readonly #chance: Chance;
  readonly #record: CloudRecord;
  readonly #locks: Locks;
  readonly #network: NetworkDriver;
  readonly #stop = new AbortController();
  #heldStillUntil = 0;

  constructor(world: {
    readonly clock: ManualClock;
    readonly chance: Chance;
    readonly record: CloudRecord;
    readonly locks: Locks;
    readonly network: NetworkDriver;
    readonly documents: DocumentsOnRecord;
  }) {
    this.#clock = world.clock;
    this.#chance = world.chance;
    this.#record = world.record;
    this.#locks = world.locks;
    this.#network = world.network;
    void this.#network.vouch?.(this.#slowly(world.documents), this.#stop);
    for (let worker = 0; worker < WORKERS; worker += 1) void this.#work();
  }

  kill(): void {
    this.state = 'dead';
    this.#stop.abort(new Error('killed'));
  }

  holdStill(milliseconds: number): void {
    this.#heldStillUntil = this.#clock.now() + milliseconds;
  }

  // A process may be held still before and after it has looked.
  #slowly(documents: DocumentsOnRecord): DocumentsOnRecord {
    const around = async <Result>(look: () => Promise<Result>): Promise<Result> => {
      await this.#step();
      const result = await look();
      await this.#step();
      return result;
    };
    return {
      all: () => around(() => documents.all()),
      of: (network) => around(() => documents.of(network)),
    };
  }

  async #work(): Promise<void> {
    while (this.state === 'running') {
      await this.#clock.wait(this.#chance.between(20, 400));
      const network = this.#chance.oneOf(
        [...this.#record.networks.values()].filter(({ isRemoved }) => !isRemoved),
      );
      if (network === undefined) continue;
      const waiting = network.forwards.filter(({ wish, told }) => told !== wish);
      const forward = this.#chance.oneOf(waiting);
      await this.#pass(network, (fence) => this.#followed(network, fence));
      if (forward !== undefined) {
        await this.#pass(forward, (fence) => this.#forwarded(network, forward, fence));
      }
    }
  }

  async #pass(row: { fence: Fence }, work: (fence: Fence) => Promise<void>): Promise<void> {
    const how = this.#chance.happens(0.05) ? 'from whoever has it' : 'if free';
    const taken = this.#locks.take(row, this, how);
    if (taken === undefined) return;
    const fence = this.#record.newFence();
    try {
      await this.#step();
      this.#claim(row, fence);
      await work(fence);
    } catch (thrown) {
      if (!(thrown instanceof Over) && !(thrown instanceof DriverFailure)) throw thrown;
    } finally {
      this.#locks.release(row, taken);
    }
  }

  #claim(row: { fence: Fence }, fence: Fence): void {
    if (row.fence > fence || this.state === 'dead') throw new Over();
    row.fence = fence;
  }

  async #followed(row: NetworkRow, fence: Fence): Promise<void> {
    if (row.wish === 'gone' && row.forwards.every(({ told }) => told === 'gone')) {
      return this.#dissolved(row, fence);
    }
    const document = documentOf(row);
    const digest = JSON.stringify(document);
    if (row.digest !== digest) {
      await this.#step();
      this.#claim(row, fence);
      row.digest = digest;
      row.documentRevision += 1;
      return;
    }
    const { documentRevision: revision, fence: held } = row;
    if (held !== fence) throw new Over();
    const desired = { ...document, revision };
    const { appliances } = this.#network;
    const key = keyOf(row);
    const seen = await appliances.observe(key, desired, this.#call(fence, `look ${revision}`));
    await this.#step();
    if (seen.presence === 'unknown') return;
    if (seen.presence === 'absent') {
      await appliances.create(key, desired, this.#call(fence, `create ${revision}`));
      return;
    }
    if (seen.busy === true) return;
    const [change] = seen.changes;
    if (change !== undefined) {
      await appliances.update(key, desired, change, this.#call(fence, `update ${revision}`));
      return;
    }
    await this.#step();
    this.#claim(row, fence);
    row.appliedRevision = revision;
  }

  async #dissolved(row: NetworkRow, fence: Fence): Promise<void> {
    if (row.appliedRevision !== null) {
      await this.#step();
      this.#claim(row, fence);
      row.appliedRevision = null;
      return;
    }
    const { appliances } = this.#network;
    const key = keyOf(row);
    const seen = await appliances.observe(key, undefined, this.#call(fence, 'farewell'));
    if (seen.presence === 'unknown') return;
    if (seen.presence === 'present') {
      if (seen.busy !== true) await appliances.delete(key, this.#call(fence, 'delete'));
      return;
    }
    await this.#step();
    this.#claim(row, fence);
    row.isRemoved = true;
  }

  async #forwarded(network: NetworkRow, row: ForwardRow, fence: Fence): Promise<void> {
    const { wish, generation } = row;
    if (wish === 'there' && row.told === 'there') return;
    // As it is read before the appliances are asked: see stillCarried.
    const { documentRevision, appliedRevision } = network;
    const hope = wish === 'there' ? `carried ${generation}` : 'let go';
    const call = this.#call(fence, `${row.uuid} ${hope}`);
    const carried = await this.#network.carried(network.uuid, row.uuid, call);
    await this.#step();
    this.#claim(row, fence);
    if (row.wish !== wish || row.generation !== generation) return;
    if (wish === 'there') {
      if (carried !== undefined && carried >= generation) row.told = 'there';
    } else if (carried === undefined && documentRevision === appliedRevision) row.told = 'gone';
  }

  async #step(): Promise<void> {
    await this.#clock.wait(this.#chance.between(0, 10));
    const rest = this.#heldStillUntil - this.#clock.now();
    if (rest > 0) await this.#clock.wait(rest);
    if (this.state === 'dead') throw new Over();
  }

  #call(fence: Fence, operation: string): DriverCall {
    return {
      signal: this.#stop.signal,
      deadline: this.#clock.now() + 30_000,
      fence,
      operation: asOperationKey(operation),
    };
  }
}

function keyOf({ uuid }: NetworkRow): ObjectKey {
  return { uuid, epoch: 1, external: asExternalId(`gd-${uuid}`) };
}
