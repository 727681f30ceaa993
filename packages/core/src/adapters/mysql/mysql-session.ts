import type { CompiledQuery, QueryResult } from 'kysely';
import { type Connection, createConnection } from 'mysql2/promise';
import { ensureError } from '../../model/errors.js';
import { answeredInTime } from '../store/in-time.js';
import { GRACE, type Patience } from '../store/server-options.js';
import { overdue, unreachable } from '../store/server-problems.js';
import type { ServerAddress } from '../store/server-url.js';
import type { Session } from '../store/session-pool.js';
import { asStoreError, endsSession } from './mysql-errors.js';

/** A process that stands still inside a unit must not hold rows that others wait for: after 5 s MariaDB ends the unit. */
const NOBODY_WAITS = 'idle_transaction_timeout = 5';

/** One connection to MariaDB or MySQL. Statements are prepared once. */
export class MysqlSession implements Session {
  readonly #connection: Connection;
  readonly #patience: Patience;
  #state: Session['state'] = 'usable';
  #late: 'yes' | 'no' = 'no';

  private constructor(connection: Connection, patience: Patience) {
    this.#connection = connection;
    this.#patience = patience;
    // Without a listener a lost connection would end the process.
    connection.on('error', () => this.close());
    connection.on('end', () => {
      this.#state = 'broken';
    });
  }

  /** Opens a connection. Throws PortUnavailable. */
  static async open(address: ServerAddress, patience: Patience): Promise<MysqlSession> {
    const { tls, password, ...where } = address;
    try {
      const connection = await createConnection({
        ...where,
        ...(password === undefined ? {} : { password }),
        ...(tls === undefined ? {} : { ssl: tls as { readonly [name: string]: never } }),
        charset: 'utf8mb4',
        connectTimeout: patience.connect,
        enableKeepAlive: true,
      });
      return await new MysqlSession(connection, patience).#prepared();
    } catch (thrown) {
      throw asStoreError(ensureError(thrown));
    }
  }

  get state(): Session['state'] {
    return this.#state;
  }

  run<Row>({ sql, parameters }: CompiledQuery<Row>): Promise<QueryResult<Row>> {
    return this.#timed(async () => {
      const values = [...parameters] as string[];
      const [answer] = await this.#connection.execute({ sql, values });
      return Array.isArray(answer)
        ? { rows: answer as Row[], numAffectedRows: BigInt(answer.length) }
        : { rows: [], numAffectedRows: BigInt(answer.affectedRows) };
    });
  }

  /** A statement that has no prepared form: `begin`, `commit`. */
  async tell(sql: string): Promise<void> {
    await this.#timed(() => this.#connection.query(sql));
  }

  close(): void {
    if (this.#state === 'broken') return;
    this.#state = 'broken';
    this.#connection.destroy();
  }

  async #prepared(): Promise<this> {
    try {
      await this.#prepare();
      return this;
    } catch (thrown) {
      this.close();
      throw thrown;
    }
  }

  async #prepare(): Promise<void> {
    const seconds = Math.max(1, Math.ceil(this.#patience.statement / 1_000));
    const { rows } = await this.run<{ version: string }>({
      sql: 'select version() as version',
      parameters: [],
    } as unknown as CompiledQuery<{ version: string }>);
    await this.tell('set session transaction isolation level read committed');
    const limit = /mariadb/i.test(rows[0]?.version ?? '')
      ? `max_statement_time = ${this.#patience.statement / 1_000}, ${NOBODY_WAITS}`
      : `max_execution_time = ${this.#patience.statement}`;
    await this.tell(
      `set session sql_mode = 'STRICT_ALL_TABLES,NO_BACKSLASH_ESCAPES', innodb_lock_wait_timeout = ${seconds}, ${limit}`,
    );
  }

  async #timed<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    if (this.#state === 'broken') throw unreachable();
    try {
      return await answeredInTime(ask(), this.#patience.statement + GRACE, () => {
        this.#late = 'yes';
        this.close();
      });
    } catch (thrown) {
      if (this.#late === 'yes') throw overdue();
      const error = ensureError(thrown);
      if (endsSession(error)) this.close();
      throw asStoreError(error);
    }
  }
}
