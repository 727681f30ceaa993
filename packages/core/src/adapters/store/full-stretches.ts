import { createHash } from 'node:crypto';
import type { NumberedItems } from '../../ports/store.js';
import type { Queries, SqlConnection } from './connection.js';
import { insertNew, locked } from './flavour.js';
import { type Prepared, prepare } from './prepared.js';
import { SIZES, type Stretch, stretchOf } from './stretches.js';

/** A pool, and those of its numbers that are meant: others mean others, and for them the same stretch may be full or not. */
export interface Choice {
  readonly pool: string;
  readonly choice: string;
}

interface Starts {
  readonly [size: `s${number}`]: number;
}

type Within = Choice & { readonly size: number; readonly from: number; readonly before: number };

/** The most stretches that one unit puts on record: it holds locks for each. */
const MOST_MARKS = 256;

/**
 * What is on record of full stretches. A mark says that each number of a stretch that is meant is held. Who gives a number
 * back removes the marks of the stretches around it. Both agree by locks where several write at a time: who puts a mark on
 * record holds what it rests on (the numbers of the stretch, or the marks of its parts) against being given back, until
 * his unit ends; who gives back has removed the number by then, or waits.
 */
export class FullStretches {
  readonly #connection: SqlConnection;
  readonly #around: Prepared<Choice & Starts, { size: number }>;
  readonly #within: Prepared<Within, { start: number }>;
  readonly #withinToRest: Prepared<Within, { start: number }>;
  readonly #mark: Prepared<Choice & Stretch, unknown>;
  readonly #clear: Prepared<{ pool: string } & Starts, unknown>;

  constructor(connection: SqlConnection) {
    this.#connection = connection;
    const { builder, flavour } = connection;
    this.#around = prepare((p) =>
      builder
        .selectFrom('full_stretch')
        .select('size')
        .where('pool', '=', p.pool)
        .where('choice', '=', p.choice)
        .where((eb) =>
          eb.or(SIZES.map((size) => eb.and({ size, start: p[`s${size}`] as number }))),
        ),
    );
    const within = (p: Within) =>
      builder
        .selectFrom('full_stretch')
        .select('start')
        .where('pool', '=', p.pool)
        .where('size', '=', p.size)
        .where('start', '>=', p.from)
        .where('start', '<', p.before)
        .where('choice', '=', p.choice);
    this.#within = prepare(within);
    this.#withinToRest = prepare((p) => locked(within(p), flavour.shareLock));
    this.#mark = prepare(({ pool, choice, size, start }) =>
      flavour.skipExisting(
        builder.insertInto('full_stretch').values({ pool, size, start, choice }),
      ),
    );
    this.#clear = prepare((p) =>
      builder
        .deleteFrom('full_stretch')
        .where('pool', '=', p.pool)
        .where((eb) =>
          eb.or(SIZES.map((size) => eb.and({ size, start: p[`s${size}`] as number }))),
        ),
    );
  }

  /** The sizes of the full stretches around a number. */
  async around(queries: Queries, choice: Choice, number: number): Promise<ReadonlySet<number>> {
    const { rows } = await queries.run(this.#around({ ...choice, ...startsAround(number) }));
    return new Set(rows.map(({ size }) => Number(size)));
  }

  /** The starts of the full parts of a stretch; `kept`: they are so until the unit ends. */
  async within(
    queries: Queries,
    choice: Choice,
    { size, start }: Stretch,
    reading: 'seen' | 'kept',
  ): Promise<ReadonlySet<number>> {
    const part = size / (SIZES[0] ?? 1);
    const query = reading === 'seen' ? this.#within : this.#withinToRest;
    const parameters = { ...choice, size: part, from: start, before: start + size };
    const { rows } = await queries.run(query(parameters));
    return new Set(rows.map((row) => Number(row.start)));
  }

  /** Puts marks on record, each in the same order as all do it: nobody then waits for one who waits for him. */
  async put(queries: Queries, choice: Choice, stretches: readonly Stretch[]): Promise<void> {
    const inOrder = stretches.toSorted(
      (left, right) => left.size - right.size || left.start - right.start,
    );
    for (const stretch of inOrder) await insertNew(queries, this.#mark({ ...choice, ...stretch }));
  }

  /** Removes the marks of the stretches around a number that was given back in this unit. */
  async clear(queries: Queries, pool: string, number: number): Promise<void> {
    const clear = this.#clear({ pool, ...startsAround(number) });
    // Where one was removed, somebody may have been kept waiting who rested another one on it.
    while ((await queries.run(clear)).numAffectedRows !== 0n);
  }

  /**
   * Removes all: they are found again when they are needed. Done when a process starts, as a release from before there
   * were marks, which may have run until then, gives back without removing any.
   */
  async forget(): Promise<void> {
    await this.#connection.writeOne(this.#connection.builder.deleteFrom('full_stretch').compile());
  }
}

/** Says which numbers of which pool are meant, in few characters that no database compares in its own way. */
export function choiceOf(pool: string, { first, last, unwelcome }: NumberedItems): Choice {
  const inOrder = [...unwelcome].sort((left, right) => left - right);
  const said = JSON.stringify([pool, first, last, ...inOrder]);
  return { pool, choice: createHash('sha256').update(said).digest('hex').slice(0, CHOICE_DIGITS) };
}

/** 128 bits. */
const CHOICE_DIGITS = 32;

/** The stretches that one search is about to put on record. */
export class FoundFull {
  readonly #found: Stretch[] = [];

  get all(): readonly Stretch[] {
    return this.#found;
  }

  get hasRoom(): boolean {
    return this.#found.length < MOST_MARKS;
  }

  has({ size, start }: Stretch): boolean {
    return this.#found.some((found) => found.size === size && found.start === start);
  }

  add(stretch: Stretch): void {
    this.#found.push(stretch);
  }
}

function startsAround(number: number): Starts {
  return Object.fromEntries(
    SIZES.map((size) => [`s${size}`, stretchOf(number, size).start]),
  ) as Starts;
}
