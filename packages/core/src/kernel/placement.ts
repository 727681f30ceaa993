import { leaving } from '../model/claim-class.js';
import type { ResourceUuid } from '../model/identity.js';
import type { Resource } from '../model/resource.js';
import type { PlacementInput } from '../ports/hooks.js';
import type { Placed, PlacementRequest } from '../ports/reconciler.js';
import { companyClaims, companyOf, type PlacesCompany } from './company.js';
import type { PassWorld } from './pass-world.js';
import type { LogSubject } from './telemetry/pass-watch.js';

/** How often one that minds company looks whether it has gone: as long as others need for giving a place back. */
const LOOKS = 8;

type World = Pick<PassWorld, 'store' | 'hooks' | 'random'>;
type Elimination = { readonly name: string; readonly by: string };

/** What is said of a place that others objected to. */
const COMPANY = 'gdcloud/company';

/**
 * Filters, weighs, and charges the best that still has room. The charge is a conditional update, so two placements at
 * once can't both have the last of a host; the loser goes on to its next candidate (reference/kernel.md 1.14).
 */
export async function place(
  resource: Resource,
  request: PlacementRequest,
  world: World,
  about?: LogSubject,
): Promise<Placed> {
  const kept = await keepClaim(resource, request, world);
  if (kept !== undefined) return kept;
  const capacities = await world.store.capacities(request.className);
  const company = await companyOf(resource.uuid, request, world.store);
  const eliminated: Elimination[] = [];
  const weighed: { input: PlacementInput; weight: number }[] = [];
  for (const candidate of request.candidates) {
    const { total, used } = capacities.get(candidate.holder) ?? { total: 0, used: 0 };
    const input: PlacementInput = {
      resource,
      amount: request.amount,
      candidate,
      free: total - used,
      total,
      near: company.isNear(candidate.holder),
    };
    const by = await refusalOf(input, company, world, about);
    if (by !== undefined) {
      eliminated.push({ name: candidate.name, by });
      continue;
    }
    const answers = await world.hooks.run('schedule.weigh', input, undefined, about);
    const weight = answers.reduce((sum, { output }) => sum + output, 0);
    // A little chance keeps kernels that place at the same moment from all choosing the same host.
    weighed.push({ input, weight: weight + world.random.fraction() * 0.01 });
  }
  for (const { input } of weighed.toSorted((left, right) => right.weight - left.weight)) {
    const { holder, name } = input.candidate;
    const taken = await take(resource.uuid, request, holder, world);
    if (taken.kind === 'taken') return { kind: 'placed', holder };
    eliminated.push({ name, by: taken.why });
  }
  return { kind: 'nowhere', eliminated };
}

async function refusalOf(
  input: PlacementInput,
  company: PlacesCompany,
  world: World,
  about: LogSubject | undefined,
): Promise<string | undefined> {
  const answers = await world.hooks.run(
    'schedule.filter',
    input,
    (output) => output !== undefined,
    about,
  );
  const refusal = answers.find(({ output }) => output !== undefined);
  if (refusal?.output !== undefined) return `${refusal.hook}: ${refusal.output.message}`;
  const objection = company.objection(input.candidate.holder);
  return objection === undefined ? undefined : `${COMPANY}: ${objection.message}`;
}

type Taken = { readonly kind: 'taken' } | { readonly kind: 'refused'; readonly why: string };

// All that is charged at a place, or nothing. Who can't be together is looked at once more after the charge: of two
// who came at the same moment at least one sees the other then, and goes. The one that minds stays a little longer, so
// that not both of them go.
async function take(
  owner: ResourceUuid,
  request: PlacementRequest,
  holder: ResourceUuid,
  world: World,
): Promise<Taken> {
  const { store } = world;
  const { className, amount } = request;
  if (!(await charge(owner, request, { className, amount, holder }, store)))
    return { kind: 'refused', why: 'taken meanwhile' };
  for (const claim of companyClaims(request)) {
    await store.setCapacity(holder, claim.className, claim.total);
    if (await charge(owner, request, { ...claim, holder }, store)) continue;
    await giveBack(owner, request, holder, world);
    return { kind: 'refused', why: `${COMPANY}: one with the same label is there` };
  }
  for (let looks = 1; ; looks += 1) {
    const objection = (await companyOf(owner, request, store)).objection(holder);
    if (objection === undefined) return { kind: 'taken' };
    if (objection.by === 'it' && looks < LOOKS) {
      // A write that changes nothing: it takes as long as another one's giving back, which a look does not.
      for (const { className: each, total } of companyClaims(request))
        await store.setCapacity(holder, each, total);
      continue;
    }
    await giveBack(owner, request, holder, world);
    return { kind: 'refused', why: `${COMPANY}: ${objection.message}` };
  }
}

async function charge(
  owner: ResourceUuid,
  { from }: PlacementRequest,
  claim: { readonly className: string; readonly amount: number; readonly holder: ResourceUuid },
  store: World['store'],
): Promise<boolean> {
  const { className, amount, holder } = claim;
  if (from !== undefined && (await store.claimOf(owner, className)) !== undefined)
    return store.moveClaim(owner, className, from, holder);
  return store.claimCapacity(owner, holder, className, amount);
}

// The room last: as long as it is charged, a pass after a crash comes back here.
async function giveBack(
  owner: ResourceUuid,
  request: PlacementRequest,
  holder: ResourceUuid,
  { store }: Pick<World, 'store'>,
): Promise<void> {
  for (const className of classesOf(request).toReversed()) {
    if (request.from === undefined) await store.releaseCapacity(owner, className);
    else if (await store.moveClaim(owner, className, holder, request.from))
      await store.releaseCapacity(owner, leaving(className));
  }
}

/** Ends a move that {@link place} began: all is charged at one place again. Can be repeated. */
export async function endMove(
  owner: ResourceUuid,
  request: PlacementRequest,
  { to, how }: { readonly to: ResourceUuid; readonly how: 'arrived' | 'back' },
  world: Pick<World, 'store'>,
): Promise<void> {
  if (how === 'back') return giveBack(owner, request, to, world);
  for (const className of classesOf(request))
    await world.store.releaseCapacity(owner, leaving(className));
}

/** Everything that is charged at the place of what is placed by `request`. */
export function classesOf(
  request: Pick<PlacementRequest, 'className' | 'marks' | 'avoids'>,
): readonly string[] {
  return [request.className, ...companyClaims(request).map(({ className }) => className)];
}

// A pass that died between the charge and its record left the charge behind: it is the placement, and weighing again
// would find its host fuller by that very charge.
async function keepClaim(
  resource: Resource,
  request: PlacementRequest,
  world: World,
): Promise<Placed | undefined> {
  const { candidates, className, from } = request;
  const claim = await world.store.claimOf(resource.uuid, className);
  if (claim === undefined) return undefined;
  const { holder } = claim;
  if (holder === from) {
    for (const each of classesOf(request))
      await world.store.releaseCapacity(resource.uuid, leaving(each));
    return undefined;
  }
  const usable = candidates.some((candidate) => candidate.holder === holder);
  if (usable && (await take(resource.uuid, request, holder, world)).kind === 'taken')
    return { kind: 'placed', holder };
  await giveBack(resource.uuid, request, holder, world);
  return undefined;
}
