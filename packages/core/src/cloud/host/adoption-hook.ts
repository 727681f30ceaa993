import { DriverFailure } from '../../model/errors.js';
import { type Json, textIn } from '../../model/json.js';
import type { Resource } from '../../model/resource.js';
import type { ResourceType } from '../../model/resource-type.js';
import type { ComputeDriver } from '../../ports/drivers/compute.js';
import type { AdmissionInput, HookRegistration, Refusal } from '../../ports/hooks.js';
import type { Store } from '../../ports/store.js';
import type { Inventory } from '../inventory/inventory.js';
import { adoptionFacts, type Lookups } from './adoption-facts.js';
import { pendingWishes, readResults, readWishes } from './adoption-wish.js';
import { assessAdoption } from './assess-adoption.js';
import { host } from './host.js';

/** As long as a driver may take to describe a server, and a little more; milliseconds. */
const LIMIT = 16_000;

/** What adoptions are admitted by. */
export interface AdoptionHookOptions {
  readonly compute: ComputeDriver;
  readonly inventory: Inventory;
  readonly store: Pick<Store, 'find' | 'all'>;
}

/** Says at once why a server can't be adopted, as far as that can be known. The pass decides: much may change until then. */
export function adoptionHook(options: AdoptionHookOptions): HookRegistration {
  return {
    point: 'admit.validate',
    name: 'gdcloud/adoptable',
    timeoutMs: LIMIT,
    run: (input) =>
      input.operation === 'act' && input.type === host.id ? refusalOf(input, options) : undefined,
  };
}

async function refusalOf(
  { before, desired }: AdmissionInput,
  { compute, inventory, store }: AdoptionHookOptions,
): Promise<Refusal | undefined> {
  const known = readWishes(fieldOf(before?.spec, 'adoptions'));
  const wishes = readWishes(desired['adoptions']);
  const pending = Object.entries(
    pendingWishes(wishes, readResults(fieldOf(before?.status, 'adopted'))),
  );
  const fresh = pending.find(([server, { number }]) => known[server]?.number !== number);
  if (fresh === undefined) return undefined;
  const [external, wish] = fresh;
  if (compute.adoptable === undefined)
    return { message: `${compute.name} adopts no servers in this process`, fieldName: 'action' };
  try {
    const server = await inventory.adoptable(compute, external, new AbortController().signal);
    const name = textIn(fieldOf(before?.spec, 'external'));
    const facts = await adoptionFacts(lookups(store), name, wish, server);
    const assessment = assessAdoption(external, wish, facts);
    return assessment.kind === 'refused' ? assessment.refusal : undefined;
  } catch (thrown) {
    // A pool that is away says it later, to the pass.
    if (thrown instanceof DriverFailure) return undefined;
    throw thrown;
  }
}

function fieldOf(fields: object | undefined, name: string): Json | undefined {
  return (fields as Readonly<Record<string, Json>> | undefined)?.[name];
}

function lookups(store: Pick<Store, 'find' | 'all'>): Lookups {
  return {
    find: async <R extends ResourceType>(type: R, id: string | null) => {
      const found = id === null ? undefined : await store.find({ kind: 'all' }, type, id);
      return found?.removed === null ? (found as Resource<R>) : undefined;
    },
    all: async <R extends ResourceType>(type: R) =>
      (await store.all(type, 1_000)) as readonly Resource<R>[],
  };
}
