import { type Simulator, startSimulator } from '@gdcloud/driver-xenserver/simulator';
import type { Test } from 'tap';
import { openRawPool, type RawPool, refusalOf } from '../../raw-pool.js';

/** A freshly installed host with local storage, and what its calls answer. */
export interface FreshPool {
  readonly simulator: Simulator;
  readonly raw: RawPool;
  readonly call: RawPool['call'];
  /** The reference that a call answers. */
  readonly ref: (method: string, ...args: readonly unknown[]) => Promise<string>;
  /** The first of the references that a call answers. */
  readonly first: (method: string, ...args: readonly unknown[]) => Promise<string>;
  /** The error that a call ends with; empty when it succeeds. */
  readonly refused: (method: string, ...args: readonly unknown[]) => Promise<readonly string[]>;
}

/** Starts one for a test; it ends with it. */
export async function freshPool(t: Test): Promise<FreshPool> {
  const simulator = await startSimulator({ fixture: 'base' });
  t.teardown(() => simulator.close());
  const raw = await openRawPool(simulator.url);
  const call: FreshPool['call'] = (method, ...args) => raw.call(method, ...args);
  return {
    simulator,
    raw,
    call,
    ref: async (method, ...args) => String(await call(method, ...args)),
    first: async (method, ...args) => {
      const [ref = ''] = (await call(method, ...args)) as readonly string[];
      return ref;
    },
    refused: (method, ...args) => refusalOf(call(method, ...args)),
  };
}

/** A reference of nothing. */
export const NOBODY = 'OpaqueRef:00000000-0000-4000-8000-000000000000';
