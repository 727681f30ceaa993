import type { Queries, SqlConnection } from './connection.js';
import { type Prepared, prepare } from './prepared.js';

interface Wish {
  grant(number: number): void;
  refuse(reason: unknown): void;
}

/** Numbers that are drawn once, by name. */
export class SqlSequences {
  readonly #connection: SqlConnection;
  readonly #countUp: Prepared<{ name: string; count: number }, { last: number }>;
  readonly #last: Prepared<{ name: string }, { last: number }>;
  readonly #wishes = new Map<string, Wish[]>();

  constructor(connection: SqlConnection) {
    const db = connection.builder;
    this.#connection = connection;
    this.#countUp = prepare((p) => connection.flavour.countUp(db, p));
    this.#last = prepare((p) =>
      db.selectFrom('sequence').select('last').where('name', '=', p.name),
    );
  }

  /** Draws a number inside a unit, which gives it back when it fails. Holds up whoever else draws until the unit ends. */
  async drawInside(queries: Queries, name: string, count = 1): Promise<number> {
    let { rows } = await queries.run(this.#countUp({ name, count }));
    if (this.#connection.flavour.returning === 'no')
      rows = (await queries.run(this.#last({ name }))).rows;
    const [row] = rows;
    if (row === undefined) throw new Error(`the sequence ${name} counted up to nothing`);
    return row.last;
  }

  /** Draws a number. Those who ask while another draw is under way share the next one. */
  draw(name: string): Promise<number> {
    return new Promise((grant, refuse) => {
      const waiting = this.#wishes.get(name);
      if (waiting !== undefined) waiting.push({ grant, refuse });
      else {
        this.#wishes.set(name, [{ grant, refuse }]);
        void this.#drawAll(name);
      }
    });
  }

  async #drawAll(name: string): Promise<void> {
    // Everybody who asks in this turn of the event loop is in the first draw.
    await Promise.resolve();
    for (let wishes = this.#taken(name); wishes.length > 0; wishes = this.#taken(name)) {
      const count = wishes.length;
      try {
        const last = await this.#drawMany(name, count);
        for (const [index, wish] of wishes.entries()) wish.grant(last - count + 1 + index);
      } catch (thrown) {
        for (const wish of wishes) wish.refuse(thrown);
      }
    }
    this.#wishes.delete(name);
  }

  // The empty list that stays tells the next ones that a draw is under way.
  #taken(name: string): readonly Wish[] {
    return this.#wishes.get(name)?.splice(0) ?? [];
  }

  async #drawMany(name: string, count: number): Promise<number> {
    const { flavour } = this.#connection;
    if (flavour.returning === 'no')
      return this.#connection.write((queries) => this.drawInside(queries, name, count));
    const { rows } = await this.#connection.writeOne(this.#countUp({ name, count }));
    const [row] = rows;
    if (row === undefined) throw new Error(`the sequence ${name} counted up to nothing`);
    return row.last;
  }
}
