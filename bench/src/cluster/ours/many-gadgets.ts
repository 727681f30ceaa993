import pg from 'pg';

/** Further ahead than any measurement takes; milliseconds. */
const FAR = 30 * 24 * 60 * 60_000;

/**
 * Rows of gadgets, put into the database without a pass for each: a million of them are there in a minute. They are
 * copies of one that gdcloud itself has settled, so that they look as its own rows do whatever its schema is.
 */
export class ManyGadgets implements AsyncDisposable {
  readonly #client: pg.Client;

  private constructor(client: pg.Client) {
    this.#client = client;
  }

  /** Connects to gdcloud's database. */
  static async open(url: string): Promise<ManyGadgets> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    return new ManyGadgets(client);
  }

  /** Copies the settled gadget `model` as number `from` up to `to`, `to` not included. The copies are at rest for long. */
  async copy(model: string, from: number, to: number): Promise<void> {
    const { rows } = await this.#client.query<{ readonly column_name: string }>(
      `select column_name from information_schema.columns
        where table_schema = current_schema() and table_name = 'resource' order by ordinal_position`,
    );
    const own: Readonly<Record<string, string>> = {
      uuid: UUID_OF_N,
      id: `'bulk-' || n`,
      natural_key: 'null',
      next_attempt_at: `${Date.now() + FAR} + n`,
    };
    const columns = rows.map(({ column_name: name }) => name);
    const values = columns.map((name) => own[name] ?? `model.${name}`);
    await this.#client.query(
      `insert into resource (${columns.join(', ')}) select ${values.join(', ')}
        from resource model, generate_series(${from}::int, ${to - 1}::int) n
        where model.type = 'gadget' and model.id = $1`,
      [model],
    );
    // Autovacuum would come to the same some day, in the middle of a measurement.
    await this.#client.query('vacuum analyze resource');
    await this.#client.query('checkpoint');
  }

  /** Makes every `step`th of the copies below `count` due for a routine look, now. */
  async makeDue(count: number, step: number): Promise<void> {
    const due = (): Promise<unknown> =>
      this.#client.query(
        `update resource set next_attempt_at = $1 where uuid in
        (select ${UUID_OF_N} from generate_series(0, $2::int - 1, $3::int) n)`,
        [Date.now(), count, step],
      );
    // The kernel writes these rows too, in an order of its own; whoever loses such a meeting asks again.
    for (let attempt = 1; ; attempt += 1) {
      try {
        await due();
        break;
      } catch (thrown) {
        if (attempt === 10 || !/deadlock/.test(String(thrown))) throw thrown;
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.end();
  }
}

const UUID_OF_N = `'01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0')`;
