import { performance } from 'node:perf_hooks';
import {
  asUuid,
  createCloud,
  type NumberedItems,
  type ResourceUuid,
  STORE,
  type Store,
} from '@gdcloud/core';
import { sqlite } from '@gdcloud/core/sqlite';
import { memoryDrivers } from '@gdcloud/core/testing';
import { type Figure, figure } from '../report/figure.js';
import type { VlanPart } from './vlan-part.js';

const SIZES = [8, 10, 12, 14, 16];
const FILLS = [0.1, 0.9, 0.999];
const ALLOCATORS = 64;
/** How many are given and given back at each fill. */
const TURNS = 1_024;
/** Of which sizes the cost in pools that are nearly full is compared, and how much more that of the larger may be. */
const [SMALLER, LARGER] = [12, 16];
const MOST_TIMES = 4;

/** Addresses of pools. */
export const addressPools: VlanPart = {
  name: 'pools',
  what: 'addresses given from pools of 2^8 to 2^16, with 64 allocators at once, by how full the pool is (SQLite in memory)',
  async measure({ tell }) {
    const figures: Figure[] = [];
    const nearlyFull = new Map<number, number>();
    for (const bits of SIZES) {
      tell(`a pool of 2^${bits}`);
      const costs = await costsOf(2 ** bits);
      for (const [index, fill] of FILLS.entries())
        figures.push(figure(`one of 2^${bits}, ${fill * 100} % given`, costs[index] ?? 0, 'ms'));
      nearlyFull.set(bits, costs.at(-1) ?? 0);
    }
    const times = (nearlyFull.get(LARGER) ?? 0) / (nearlyFull.get(SMALLER) ?? 0);
    const name = `one of 2^${LARGER} to one of 2^${SMALLER}, nearly all given`;
    figures.push(figure(name, times, '×', { most: MOST_TIMES }));
    return figures;
  },
};

/** Milliseconds for giving one, at each fill. */
async function costsOf(size: number): Promise<readonly number[]> {
  const store = await emptyStore();
  const costs: number[] = [];
  const holders: number[] = [];
  let next = 0;
  const give = async (): Promise<void> => {
    const owner = next;
    next += 1;
    const item = await store.allocate('address', ownerOf(owner), itemsFrom(owner, size));
    if (item !== undefined) holders.push(owner);
  };
  for (const fill of FILLS) {
    await atOnce(Math.floor(size * fill) - holders.length, give);
    let spent = 0;
    for (let turn = 0; turn < TURNS; turn += ALLOCATORS) {
      const count = Math.min(ALLOCATORS, holders.length);
      await atOnce(count, async () => {
        const [gone = 0] = holders.splice((turn * 7_919) % holders.length, 1);
        await store.release('address', ownerOf(gone));
      });
      const begin = performance.now();
      await atOnce(count, give);
      spent += (performance.now() - begin) / count;
    }
    costs.push(spent / (TURNS / ALLOCATORS));
  }
  await store.close();
  return costs;
}

async function emptyStore(): Promise<Store> {
  let store: Store | undefined;
  createCloud({
    pepper: new Uint8Array(32),
    plugins: [
      memoryDrivers().plugin,
      sqlite({ file: ':memory:' }),
      (container) => {
        store = container.resolve(STORE);
      },
    ],
  });
  if (store === undefined) throw new Error('the plug-in was not asked');
  await store.migrate();
  return store;
}

async function atOnce(count: number, work: () => Promise<void>): Promise<void> {
  let left = count;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await work();
    }
  };
  await Promise.all(Array.from({ length: ALLOCATORS }, worker));
}

function ownerOf(n: number): ResourceUuid {
  return asUuid(`00000000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`);
}

function itemsFrom(n: number, size: number): NumberedItems {
  return {
    first: 0,
    last: size - 1,
    from: (n * 40_503 + (n >> 7) * 7_919) % size,
    unwelcome: new Set(),
    itemOf: String,
    *[Symbol.iterator]() {
      for (let number = 0; number < size; number += 1) yield String(number);
    },
  };
}
