import type { Caller } from '../../kernel/resources.js';
import { asId, asUuid } from '../../model/identity.js';
import { MemoryStore } from '../simulator/memory-store.js';
import type { Outside } from './outside.js';
import type { Tenant } from './scenario.js';

/** What every run begins with. */
export interface Foundation {
  /** A database of its own. */
  store(): MemoryStore;
  /** Puts what was there before into an outside. */
  furnish(outside: Outside): void;
}

/** The accounts that users of a simulation belong to. */
export const TENANTS: Readonly<Record<Tenant, Caller>> = {
  alice: {
    account: asUuid('00000000-0000-8000-a000-0000000a11ce'),
    accountId: asId('2'),
    accountName: 'alice',
    kind: 'user',
  },
  bob: {
    account: asUuid('00000000-0000-8000-a000-000000000b0b'),
    accountId: asId('3'),
    accountName: 'bob',
    kind: 'user',
  },
};

/** Makes the foundation of runs. */
export function foundation(): Promise<Foundation> {
  return Promise.resolve({ store: () => new MemoryStore(), furnish: () => undefined });
}
