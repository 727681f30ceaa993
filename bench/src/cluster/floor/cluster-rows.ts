import pg from 'pg';
import { type FloorRow, KINDS } from '../../floor/floor-store.js';
import { Batched, type BatchLimits } from './batched.js';

interface Write {
  readonly row: FloorRow;
  readonly state: string;
  readonly fence: bigint;
}

/** How rows are reached: with the calls of one moment in one statement, or with a statement for each. */
export type RowAccess = 'batched' | 'single';

const LIMITS: Readonly<Record<RowAccess, BatchLimits>> = {
  // One statement is being answered while the next one fills.
  batched: { most: 2, largest: Number.POSITIVE_INFINITY },
  single: { most: 8, largest: 1 },
};
/** The planner knows nothing of tables this new, and reads all of them for a handful of keys unless it is told not to. */
const SESSION = '-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off';

const READ =
  'select r.id, r.version, r.state, r.data from unnest($1::text[]) k (id) join resource r on r.id = k.id';
const WRITE = `update resource r set version = r.version + 1, state = w.state, fence = w.fence
  from unnest($1::text[], $2::int[], $3::text[], $4::bigint[]) w (id, version, state, fence)
  where r.id = w.id and r.version = w.version and r.fence <= w.fence returning r.id`;
const INSERT = `insert into resource (id, kind, server, version, state, data, fence)
  select unnest($1::text[]), unnest($2::text[]), unnest($3::text[]), 1, 'requested', unnest($4::text[]), 0`;

/** The rows of the floors in PostgreSQL: no validation, no history. */
export class ClusterRows {
  readonly #pool: pg.Pool;
  readonly #reads: Batched<string, FloorRow | 'missing'>;
  readonly #writes: Batched<Write, 'written' | 'refused'>;
  readonly #inserts: Batched<readonly [id: string, body: string], 'written'>;

  constructor(url: string, access: RowAccess) {
    const limits = LIMITS[access];
    this.#pool = new pg.Pool({ connectionString: url, max: 3 * limits.most, options: SESSION });
    this.#reads = new Batched(limits, (ids) => this.#read(ids));
    this.#writes = new Batched(limits, (writes) => this.#write(writes));
    this.#inserts = new Batched(limits, (servers) => this.#insert(servers));
  }

  /** Makes the table. */
  async make(): Promise<void> {
    await this.#pool.query(
      `create table resource (id text primary key, kind text not null, server text not null,
        version integer not null, state text not null, data text not null, fence bigint not null)
        with (fillfactor = 50)`,
    );
  }

  /** Inserts the rows of one server in one transaction. */
  async create(id: string, body: string): Promise<void> {
    await this.#inserts.ask([id, body]);
  }

  /** Reads a row; undefined when there is none. */
  async read(id: string, kind: (typeof KINDS)[number]): Promise<FloorRow | undefined> {
    const row = await this.#reads.ask(rowId(id, kind));
    return row === 'missing' ? undefined : row;
  }

  /** Writes a row unless it has another version by now, or was written under a later fence. */
  async compareAndSet(row: FloorRow, state: string, fence: bigint): Promise<void> {
    const answer = await this.#writes.ask({ row, state, fence });
    if (answer === 'refused') throw new Error(`${row.id} is not at version ${row.version}`);
  }

  async #read(ids: readonly string[]): Promise<readonly (FloorRow | 'missing')[]> {
    const { rows } = await this.#pool.query<FloorRow>({
      name: 'read',
      text: READ,
      values: [[...new Set(ids)]],
    });
    const found = new Map(rows.map((row) => [row.id, row]));
    return ids.map((id) => found.get(id) ?? 'missing');
  }

  async #write(writes: readonly Write[]): Promise<readonly ('written' | 'refused')[]> {
    const { rows } = await this.#pool.query<{ readonly id: string }>({
      name: 'write',
      text: WRITE,
      values: [
        writes.map(({ row }) => row.id),
        writes.map(({ row }) => row.version),
        writes.map(({ state }) => state),
        writes.map(({ fence }) => String(fence)),
      ],
    });
    const written = new Set(rows.map(({ id }) => id));
    return writes.map(({ row }) => (written.has(row.id) ? 'written' : 'refused'));
  }

  async #insert(
    servers: readonly (readonly [id: string, body: string])[],
  ): Promise<readonly 'written'[]> {
    const rows = servers.flatMap(([id, body]) =>
      KINDS.map((kind) => ({
        id: rowId(id, kind),
        kind,
        server: id,
        data: kind === 'server' ? body : '{}',
      })),
    );
    await this.#pool.query({
      name: 'insert',
      text: INSERT,
      values: [
        rows.map(({ id }) => id),
        rows.map(({ kind }) => kind),
        rows.map(({ server }) => server),
        rows.map(({ data }) => data),
      ],
    });
    return servers.map(() => 'written');
  }
}

function rowId(id: string, kind: string): string {
  return `${id}/${kind}`;
}
