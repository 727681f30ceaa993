import type {
  Accepted,
  ApplianceActual,
  ApplianceDesired,
  Change,
  Driver,
  DriverCall,
  NetworkDriver,
  ObjectKey,
  OwnedObject,
} from '@gdcloud/core';
import type { Exclusion } from './exclusion.js';
import {
  type Answer,
  type Asking,
  allAway,
  answersOf,
  askEach,
  awayOf,
  type MemberAppliance,
} from './member-appliance.js';
import { isPresent, type Looked, pairObservation, type Seen } from './pair-observation.js';
import type { Setbacks } from './setbacks.js';

type Appliances = NetworkDriver['appliances'];
/** What the appliances of a pair are driven with. */
export interface PairedParts extends Asking {
  readonly pair: string;
  readonly members: readonly MemberAppliance[];
  readonly exclusion: Exclusion;
  readonly setbacks: Setbacks;
}

/**
 * Both appliances of a pair as one: each document goes to both. What one of them can't be told it is told later; until then
 * the other goes on alone.
 */
export function pairedAppliances(parts: PairedParts): Appliances {
  const { pair, members } = parts;
  const [first] = members;
  if (first === undefined) throw new RangeError('a pair has two members');
  const { name, traits } = first.network.appliances;
  const { setbacks } = parts;
  const change = async (
    { uuid }: ObjectKey,
    call: DriverCall,
    work: (appliances: Appliances, its: DriverCall) => Promise<Accepted>,
  ): Promise<Accepted> => {
    const asked = await askEach(
      members,
      ({ appliances }, its) => work(appliances, its),
      call,
      parts,
    );
    setbacks.note(uuid, asked);
    return accepted(asked);
  };
  return {
    name,
    backend: `pair ${pair}`,
    traits,
    async observe(key, desired, call) {
      const seen = await askEach(
        members,
        ({ appliances }, its) => looked(appliances, key, desired, its),
        call,
        parts,
      );
      return desired === undefined ? farewell(parts, key, seen, call) : observed(parts, key, seen);
    },
    create: (key, desired, call) =>
      change(key, call, (appliances, its) => appliances.create(key, desired, its)),
    update: (key, desired, asked, call) => updateBoth(parts, { key, desired, asked }, call),
    delete: (key, call) => change(key, call, (appliances, its) => appliances.delete(key, its)),
    ...('quarantine' in first.network.appliances && {
      async quarantine(key: ObjectKey, call: DriverCall) {
        const asked = await askEach(
          members,
          ({ appliances }, its) => setAside(appliances, key, its),
          call,
          parts,
        );
        const away = awayOf(asked);
        // What is not set aside everywhere is in somebody's way.
        if (away.length > 0) throw allAway(away);
        return accepted(asked);
      },
    }),
    async foresee(desired, call) {
      const asked = await askEach(
        members,
        ({ appliances }, its) => foreseen(appliances, desired, its),
        call,
        parts,
      );
      const found = answersOf(asked)[0];
      if (found === undefined) throw allAway(awayOf(asked));
      const pair = Object.fromEntries(members.map((each) => [each.name, 'carrying' as const]));
      return { ...found.result, actual: { ...found.result.actual, pair } };
    },
    async list(_cursor, call) {
      const asked = await askEach(
        members,
        ({ appliances }, its) => wholeList(appliances, its),
        call,
        parts,
      );
      const away = awayOf(asked);
      // Half a list shows nothing of what isn't on it.
      if (away.length > 0) throw allAway(away);
      return { objects: union(answersOf(asked).map(({ result }) => result)) };
    },
  } satisfies Driver<ApplianceDesired, ApplianceActual>;
}

async function looked(
  appliances: Appliances,
  key: ObjectKey,
  desired: ApplianceDesired | undefined,
  call: DriverCall,
): Promise<Looked> {
  const seen = await appliances.observe(key, desired, call);
  if (seen.presence === 'unknown') throw seen.failure;
  return seen;
}

interface Update {
  readonly key: ObjectKey;
  readonly desired: ApplianceDesired;
  readonly asked: Change;
}

// Each makes the change that it needs itself: one of them may have to make anew what the other has.
async function updateBoth(
  parts: PairedParts,
  { key, desired, asked }: Update,
  call: DriverCall,
): Promise<Accepted> {
  const { members } = parts;
  const seen = await askEach(
    members,
    ({ appliances }, its) => looked(appliances, key, desired, its),
    call,
    parts,
  );
  const present = answersOf(seen).filter(isPresent);
  const first = await askEach(
    present.map(({ by }) => by),
    async (network, its) => {
      const own = present.find(({ by }) => by.network === network)?.result;
      const [change] = own?.changes ?? [];
      return change === undefined
        ? { external: own?.external, settled: true }
        : network.appliances.update(key, desired, change, its);
    },
    call,
    parts,
  );
  // A holder that was replaced has been refused by now.
  const away = awayOf(seen);
  const isNowhere = present.length === 0 && away.length === 0;
  const then = await askEach(
    answersOf(seen).flatMap((answer) => (isPresent(answer) ? [] : [answer.by])),
    ({ appliances }, its) =>
      isNowhere
        ? appliances.update(key, desired, asked, its)
        : appliances.create(key, desired, its),
    call,
    parts,
  );
  parts.setbacks.note(key.uuid, [...first, ...then]);
  return accepted([...first, ...then, ...away]);
}

function setAside(appliances: Appliances, key: ObjectKey, call: DriverCall): Promise<Accepted> {
  return appliances.quarantine?.(key, call) ?? Promise.resolve({ settled: true });
}

function foreseen(
  appliances: Appliances,
  desired: ApplianceDesired,
  call: DriverCall,
): ReturnType<NonNullable<Appliances['foresee']>> {
  if (appliances.foresee === undefined) throw new RangeError('it foresees nothing');
  return appliances.foresee(desired, call);
}

async function wholeList(
  appliances: Appliances,
  call: DriverCall,
): Promise<readonly OwnedObject[]> {
  const all: OwnedObject[] = [];
  let cursor: string | undefined;
  do {
    const page = await appliances.list(cursor, call);
    all.push(...page.objects);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return all;
}

function union(lists: readonly (readonly OwnedObject[])[]): readonly OwnedObject[] {
  const found = new Map(lists.flat().map((object) => [object.external, object]));
  return [...found.values()].sort((one, other) => (one.external < other.external ? -1 : 1));
}

function accepted(asked: readonly Answer<Accepted>[]): Accepted {
  const results = answersOf(asked).map(({ result }) => result);
  const [first] = results;
  if (first === undefined) throw allAway(awayOf(asked));
  return { ...first, settled: results.every(({ settled }) => settled) };
}

function observed(
  { setbacks }: Pick<PairedParts, 'setbacks'>,
  key: ObjectKey,
  asked: readonly Answer<Looked>[],
): Seen {
  return pairObservation(asked, key, (name) => setbacks.hold(key.uuid, name));
}

// Gone once nobody has it who may carry anything: one that is away, or can't let go of it, counts no more after a while.
async function farewell(
  parts: PairedParts,
  key: ObjectKey,
  asked: readonly Answer<Looked>[],
  call: DriverCall,
): Promise<Seen> {
  const seen = observed(parts, key, asked);
  const answered = answersOf(asked);
  const without = answered.filter((answer) => !isPresent(answer)).map(({ by }) => by);
  const others = asked.map(({ by }) => by).filter((by) => !without.includes(by));
  if (without.length === 0) return seen;
  if (others.length === 0) return { presence: 'absent' };
  const question = {
    network: key.uuid,
    says: 'gone' as const,
    key: `${key.uuid} gone`,
    answered: without,
    away: others,
  };
  if (await parts.exclusion.holds(question, call)) return { presence: 'absent' };
  if (answered.some(isPresent)) return seen;
  if (key.external === undefined) {
    return { presence: 'unknown', failure: allAway(awayOf(asked)) };
  }
  return {
    presence: 'present',
    external: key.external,
    actual: { revision: 0, mode: 'full' },
    changes: [],
    busy: true,
  };
}
