import { GroupCommit } from './group-commit.js';

/** One row of the floor. */
export interface FloorRow {
  readonly id: string;
  readonly version: number;
  readonly state: string;
  readonly data: string;
}

/** The kinds of rows one server is made of. */
export const KINDS = ['server', 'volume', 'nic', 'address', 'allocation'] as const;

/** One table, no validation, no history: what the same work costs at least. */
export class FloorStore {
  readonly #commits: GroupCommit;
  readonly #read: (id: string) => FloorRow | undefined;
  readonly #insert: (id: string, kind: string, server: string, data: string) => void;
  readonly #update: (row: FloorRow, state: string, data: string) => number;

  constructor(file: string, synchronous: 'full' | 'normal') {
    this.#commits = new GroupCommit(file, synchronous);
    const { database } = this.#commits;
    database.exec(
      `create table resource (id text primary key, kind text not null, server text not null,
        version integer not null, state text not null, data text not null) without rowid`,
    );
    const read = database.prepare('select id, version, state, data from resource where id = ?');
    const insert = database.prepare("insert into resource values (?, ?, ?, 1, 'requested', ?)");
    const update = database.prepare(
      'update resource set version = version + 1, state = ?, data = ? where id = ? and version = ?',
    );
    this.#read = (id) => read.get(id) as FloorRow | undefined;
    this.#insert = (id, kind, server, data) => void insert.run(id, kind, server, data);
    this.#update = (row, state, data) =>
      Number(update.run(state, data, row.id, row.version).changes);
  }

  /** Inserts the rows of one server in one transaction. */
  create(id: string, body: string): Promise<void> {
    return this.#commits.write(() => {
      for (const kind of KINDS) {
        this.#insert(rowId(id, kind), kind, id, kind === 'server' ? body : '{}');
      }
    });
  }

  /** Reads a row. Transactions begin and end within one turn, so what is read is committed. */
  read(id: string, kind: (typeof KINDS)[number]): FloorRow | undefined {
    return this.#read(rowId(id, kind));
  }

  /** Writes a row unless it has another version by now. */
  async compareAndSet(row: FloorRow, state: string, data: string): Promise<void> {
    const changes = await this.#commits.write(() => this.#update(row, state, data));
    if (changes !== 1) throw new Error(`${row.id} is not at version ${row.version}`);
  }
}

function rowId(id: string, kind: string): string {
  return `${id}/${kind}`;
}
