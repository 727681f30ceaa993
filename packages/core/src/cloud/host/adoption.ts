import { asUuid } from '../../model/identity.js';
import type { JsonObject } from '../../model/json.js';
import type { ComputeDriver } from '../../ports/drivers/compute.js';
import type { Pass } from '../../ports/reconciler.js';
import type { Inventory } from '../inventory/inventory.js';
import { adoptedField } from '../virtualmachine/adopted.js';
import { virtualmachine } from '../virtualmachine/virtualmachine.js';
import { adoptionFacts } from './adoption-facts.js';
import {
  type AdoptionResult,
  type AdoptionWish,
  pendingWishes,
  readResults,
  readWishes,
} from './adoption-wish.js';
import { type Adoption, assessAdoption } from './assess-adoption.js';
import type { host } from './host.js';

/**
 * Makes a resource of each server that is to be adopted, and records what came of it. The resource goes by the uuid that
 * the pool has for the server, so that a server is never adopted twice: a pass that died in between finds it there.
 */
export async function adoptServers(
  pass: Pass<typeof host>,
  compute: ComputeDriver,
  inventory: Inventory,
): Promise<void> {
  const wishes = readWishes(pass.resource.spec.adoptions);
  const before = readResults(pass.resource.status.adopted);
  const pending = Object.entries(pendingWishes(wishes, before));
  if (pending.length === 0) return;
  const results: Record<string, JsonObject> = {};
  // What a later wish no longer names is forgotten with it.
  for (const [server, result] of Object.entries(before))
    if (wishes[server] !== undefined) results[server] = { ...result };
  for (const [server, wish] of pending) {
    const result = await adopt(pass, { compute, inventory }, server, wish);
    results[server] = { ...result };
    pass.note(`adopt ${server}`, `${result.result}: ${result.message}`);
  }
  pass.report({ adopted: results });
}

async function adopt(
  pass: Pass<typeof host>,
  by: { readonly compute: ComputeDriver; readonly inventory: Inventory },
  external: string,
  wish: AdoptionWish,
): Promise<AdoptionResult> {
  const { number } = wish;
  const made = (await pass.all(virtualmachine)).find(({ uuid }) => uuid === external);
  if (made !== undefined)
    return { number, result: 'adopted', message: `virtualmachine ${made.id}` };
  const server = await by.inventory.adoptable(by.compute, external, pass.signal);
  const facts = await adoptionFacts(pass, pass.resource.spec.external, wish, server);
  const assessment = assessAdoption(external, wish, facts);
  if (assessment.kind === 'refused') {
    const { message, fieldName } = assessment.refusal;
    return { number, result: 'refused', message: `${fieldName ?? 'virtualmachine'}: ${message}` };
  }
  const resource = await pass.ensureChild(virtualmachine, `adopt ${external}`, {
    uuid: asUuid(external),
    account: assessment.adoption.account.uuid,
    name: assessment.adoption.name,
    spec: specOf(assessment.adoption),
  });
  return resource.removed === null && resource.type === virtualmachine.id
    ? { number, result: 'adopted', message: `virtualmachine ${resource.id}` }
    : { number, result: 'refused', message: 'virtualmachine: it was adopted and removed before' };
}

function specOf({ offering, image, network, desiredState, adopted }: Adoption) {
  return {
    offering: offering.name ?? offering.id,
    imageId: image.id,
    networkId: network.id,
    desiredState,
    restarts: 0,
    removeAfter: null,
    desiredStateBefore: null,
    labels: [],
    antiAffinityLabels: [],
    affinityLabels: [],
    sshKeys: [],
    userData: null,
    adopted: adoptedField(adopted),
  };
}
