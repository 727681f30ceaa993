import type { CompiledQuery } from 'kysely';
import type { ResourceUuid } from '../../model/identity.js';
import type { AllocationWant, NumberedItems } from '../../ports/store.js';
import type { Queries, SqlConnection } from './connection.js';
import { insertNew, locked } from './flavour.js';
import { choiceOf, FoundFull, FullStretches } from './full-stretches.js';
import { type Prepared, prepare } from './prepared.js';
import { takeNumber } from './take-number.js';

/** Whether an owner is a tombstone; keeps it from becoming one until the unit ends. */
export type TombstoneCheck = (queries: Queries, owner: ResourceUuid) => Promise<boolean>;

/** Prepares that check: a late call of a replaced process must not take what its owner has given back for good. */
export function tombstoneCheck({ builder, flavour }: SqlConnection): TombstoneCheck {
  const owner = prepare<{ uuid: string }, { removed: number | null }>((p) =>
    locked(
      builder.selectFrom('resource').select('removed').where('uuid', '=', p.uuid),
      flavour.shareLock,
    ),
  );
  return async (queries, uuid) => {
    const [row] = (await queries.run(owner({ uuid }))).rows;
    return row !== undefined && row.removed !== null;
  };
}

interface Allocation {
  readonly pool: string;
  readonly item: string;
  readonly owner: string;
  /** Of a numbered item. */
  readonly number: number | null;
}

type Given = Pick<Allocation, 'pool' | 'number'>;

/** Who holds which item: the unique key of (pool, item) decides, never an earlier read. */
export class SqlAllocations {
  readonly #connection: SqlConnection;
  readonly #isGone: TombstoneCheck;
  readonly #full: FullStretches;
  readonly #held: Prepared<{ pool: string; owner: string }, { item: string }>;
  readonly #take: Prepared<Allocation, unknown>;
  readonly #number: Prepared<Pick<Allocation, 'pool' | 'item' | 'number'>, unknown>;
  readonly #givingBack: Prepared<{ owner: string }, Given>;
  readonly #giveBack: Prepared<{ owner: string }, Given>;
  readonly #givingBackOne: Prepared<{ pool: string; owner: string }, Given>;
  readonly #giveBackOne: Prepared<{ pool: string; owner: string }, Given>;

  constructor(connection: SqlConnection, isGone: TombstoneCheck) {
    this.#connection = connection;
    this.#isGone = isGone;
    this.#full = new FullStretches(connection);
    const { builder: db, flavour } = connection;
    this.#held = prepare((p) =>
      db
        .selectFrom('allocation')
        .select('item')
        .where('owner', '=', p.owner)
        .where('pool', '=', p.pool),
    );
    this.#take = prepare(({ pool, item, owner, number }) =>
      flavour.skipExisting(db.insertInto('allocation').values({ pool, item, owner, number })),
    );
    this.#number = prepare((p) =>
      db
        .updateTable('allocation')
        .set({ number: p.number })
        .where('pool', '=', p.pool)
        .where('item', '=', p.item),
    );
    const toGive = db.selectFrom('allocation').select(['pool', 'number']);
    this.#givingBack = prepare((p) =>
      locked(toGive.where('owner', '=', p.owner), flavour.updateLock),
    );
    this.#givingBackOne = prepare((p) =>
      locked(toGive.where('owner', '=', p.owner).where('pool', '=', p.pool), flavour.updateLock),
    );
    const given = db.deleteFrom('allocation');
    this.#giveBack = prepare((p) =>
      flavour.answering(given.where('owner', '=', p.owner), ['pool', 'number']),
    );
    this.#giveBackOne = prepare((p) =>
      flavour.answering(given.where('owner', '=', p.owner).where('pool', '=', p.pool), [
        'pool',
        'number',
      ]),
    );
  }

  /** See Ledger. */
  allocateAll(
    owner: ResourceUuid,
    wants: readonly AllocationWant[],
  ): Promise<readonly (string | undefined)[]> {
    return this.#connection.write(async (queries) => {
      if (await this.#isGone(queries, owner)) return wants.map(() => undefined);
      const given: (string | undefined)[] = [];
      for (const { pool } of wants) given.push(await this.#itemOf(queries, pool, owner));
      for (const [index, want] of wants.entries())
        given[index] ??= await this.#firstFree(queries, owner, want);
      return given;
    });
  }

  /** See Ledger. */
  async release(pool: string, owner: ResourceUuid): Promise<void> {
    const which = { pool, owner };
    await this.#connection.write((queries) =>
      this.#release(queries, this.#givingBackOne(which), this.#giveBackOne(which)),
    );
  }

  /** Gives back all that `owner` holds, inside a unit that makes it a tombstone. */
  async releaseAll(queries: Queries, owner: ResourceUuid): Promise<void> {
    await this.#release(queries, this.#givingBack({ owner }), this.#giveBack({ owner }));
  }

  /** See Ledger. */
  async allocated(pool: string): Promise<readonly string[]> {
    const { builder } = this.#connection;
    const { rows } = await this.#connection.run(
      builder.selectFrom('allocation').select('item').where('pool', '=', pool).compile(),
    );
    return rows.map((row) => row.item);
  }

  async #release(
    queries: Queries,
    givingBack: CompiledQuery<Given>,
    giveBack: CompiledQuery<Given>,
  ): Promise<void> {
    const answers = this.#connection.flavour.returning === 'yes';
    const before = answers ? [] : (await queries.run(givingBack)).rows;
    const { rows } = await queries.run(giveBack);
    for (const { pool, number } of answers ? rows : before)
      if (number !== null) await this.#full.clear(queries, pool, Number(number));
  }

  async #firstFree(
    queries: Queries,
    owner: ResourceUuid,
    { pool, items }: AllocationWant,
  ): Promise<string | undefined> {
    if (isNumbered(items)) return this.#firstFreeNumber(queries, owner, pool, items);
    const { writers } = this.#connection.flavour;
    for (const candidates of portions(items, writers)) {
      for (const item of await this.#free(queries, pool, candidates)) {
        const take = this.#take({ pool, item, owner, number: null });
        if ((await insertNew(queries, take)) === 'new') return item;
        if (writers === 'one') continue;
        // Somebody was faster: to the item, or on behalf of the same owner.
        const given = await this.#itemOf(queries, pool, owner);
        if (given !== undefined) return given;
      }
    }
    return undefined;
  }

  async #firstFreeNumber(
    queries: Queries,
    owner: ResourceUuid,
    pool: string,
    items: NumberedItems,
  ): Promise<string | undefined> {
    const full = this.#full;
    const choice = choiceOf(pool, items);
    const marks = new FoundFull();
    const found = await takeNumber(items, {
      take: async (number) => {
        const take = this.#take({ pool, item: items.itemOf(number), owner, number });
        if ((await insertNew(queries, take)) === 'new') return 'taken';
        const given = await this.#itemOf(queries, pool, owner);
        return given === undefined ? 'not free' : 'elsewhere';
      },
      held: (numbers) => this.#heldOf(queries, pool, items, numbers),
      fullAround: (number) => full.around(queries, choice, number),
      fullWithin: (stretch) => full.within(queries, choice, stretch, 'seen'),
      leafIsFull: async (leaf, numbers) => {
        if (!marks.hasRoom) return;
        const held = await this.#heldOf(queries, pool, items, numbers, 'kept');
        if (held.size < numbers.length) return;
        // Given before numbers were put on record: who gives it back has to know which marks are around it.
        for (const [number, recorded] of held)
          if (recorded === null)
            await queries.run(this.#number({ pool, item: items.itemOf(number), number }));
        marks.add(leaf);
      },
      isFull: async (stretch, parts) => {
        if (!marks.hasRoom) return;
        const kept = await full.within(queries, choice, stretch, 'kept');
        if (parts.every((part) => kept.has(part.start) || marks.has(part))) marks.add(stretch);
      },
    });
    await full.put(queries, choice, marks.all);
    if (found === 'elsewhere') return this.#itemOf(queries, pool, owner);
    return found === undefined ? undefined : items.itemOf(found);
  }

  // Which of these numbers are held, each with the number on record for it; `kept`: none is given back until the unit ends.
  async #heldOf(
    queries: Queries,
    pool: string,
    items: NumberedItems,
    numbers: readonly number[],
    reading: 'seen' | 'kept' = 'seen',
  ): Promise<ReadonlyMap<number, number | null>> {
    const { builder, flavour } = this.#connection;
    const byItem = new Map(numbers.map((number) => [items.itemOf(number), number]));
    if (byItem.size === 0) return new Map();
    const held = builder
      .selectFrom('allocation')
      .select(['item', 'number'])
      .where('pool', '=', pool)
      .where('item', 'in', [...byItem.keys()]);
    const lock = reading === 'kept' ? flavour.shareLock : undefined;
    const { rows } = await queries.run(locked(held, lock).compile());
    return new Map(
      rows.flatMap(({ item, number }) => {
        const of = byItem.get(item);
        return of === undefined ? [] : [[of, number] as const];
      }),
    );
  }

  async #itemOf(queries: Queries, pool: string, owner: ResourceUuid): Promise<string | undefined> {
    return (await queries.run(this.#held({ pool, owner }))).rows[0]?.item;
  }

  // Which of several are free, so that only those are tried; where trying is as cheap as looking, all of them.
  async #free(
    queries: Queries,
    pool: string,
    items: readonly string[],
  ): Promise<readonly string[]> {
    if (items.length < 2) return items;
    const taken = await queries.run(
      this.#connection.builder
        .selectFrom('allocation')
        .select('item')
        .where('pool', '=', pool)
        .where('item', 'in', items)
        .compile(),
    );
    const held = new Set(taken.rows.map(({ item }) => item));
    return items.filter((item) => !held.has(item));
  }
}

/** Whether items are numbers in a row. */
export function isNumbered(items: Iterable<string> | NumberedItems): items is NumberedItems {
  return 'itemOf' in items;
}

/** How many items of a pool are looked at together. */
const PORTION = 200;

// The first alone: most of the time it is free.
function* portions(
  items: Iterable<string>,
  writers: 'one' | 'many',
): Generator<readonly string[], void> {
  let portion: string[] = [];
  let size = 1;
  for (const item of items) {
    portion.push(item);
    if (portion.length < size) continue;
    yield portion;
    portion = [];
    size = writers === 'one' ? 1 : PORTION;
  }
  if (portion.length > 0) yield portion;
}
