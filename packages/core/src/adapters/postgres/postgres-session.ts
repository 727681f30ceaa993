import type { CompiledQuery, QueryResult } from 'kysely';
import pg from 'pg';
import { ensureError } from '../../model/errors.js';
import { answeredInTime } from '../store/in-time.js';
import { GRACE, type Patience } from '../store/server-options.js';
import { overdue, unreachable } from '../store/server-problems.js';
import type { ServerAddress } from '../store/server-url.js';
import type { Session } from '../store/session-pool.js';
import { asStoreError, endsSession } from './postgres-errors.js';

/** https://github.com/postgres/postgres/blob/master/src/include/catalog/pg_type.dat: int8. */
const INT8 = 20;

/** Numbers of ours fit into what JavaScript can count. */
const TYPES: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === INT8 ? Number : pg.types.getTypeParser(oid, format as 'text')) as never,
};

/**
 * All our statements go by an index, and plans are kept. One made while a table is new would read it from end to end long
 * after it has grown; and where only the cost of that is raised, the compiler must not take it for a reason to start.
 */
const PLANS =
  'set enable_seqscan = off; set enable_hashjoin = off; set enable_mergejoin = off; set jit = off';

/** A process that stands still in the middle of a unit holds rows that others wait for: after 5 s the server ends the unit. */
const NOBODY_WAITS = "set idle_in_transaction_session_timeout = '5s'";

/** What the client keeps to itself: the socket it writes to. */
interface Wire {
  readonly stream: { cork(): void; uncork(): void; destroy(): void };
}

/** One connection to PostgreSQL. Statements are prepared once, and sent without waiting for the answers before. */
export class PostgresSession implements Session {
  readonly #client: pg.Client;
  readonly #patience: Patience;
  readonly #names: Map<string, string>;
  #state: Session['state'] = 'usable';
  #late: 'yes' | 'no' = 'no';
  #gathering: 'yes' | 'no' = 'no';

  private constructor(client: pg.Client, patience: Patience, names: Map<string, string>) {
    this.#client = client;
    this.#patience = patience;
    this.#names = names;
    // Without a listener a lost connection would end the process.
    client.on('error', () => this.close());
    client.on('end', () => {
      this.#state = 'broken';
    });
  }

  /** Opens a connection. `names` are those of prepared statements, by their text. Throws PortUnavailable. */
  static async open(
    address: ServerAddress,
    patience: Patience,
    names: Map<string, string>,
  ): Promise<PostgresSession> {
    const { tls, ...where } = address;
    const client = new pg.Client({
      ...where,
      ssl: tls ?? false,
      connectionTimeoutMillis: patience.connect,
      statement_timeout: patience.statement,
      keepAlive: true,
      application_name: 'gdcloud',
      types: TYPES,
      pipeline: true,
    } as pg.ClientConfig);
    const session = new PostgresSession(client, patience, names);
    try {
      await session.#inTime(client.connect(), patience.connect);
      await session.#inTime(client.query(`${PLANS}; ${NOBODY_WAITS}`), patience.connect);
      return session;
    } catch (thrown) {
      session.close();
      throw asStoreError(ensureError(thrown));
    }
  }

  get state(): Session['state'] {
    return this.#state;
  }

  async run<Row>(query: CompiledQuery<Row>): Promise<QueryResult<Row>> {
    if (this.#state === 'broken') throw unreachable();
    this.#gatherWrites();
    const { sql: text } = query;
    try {
      const result = await this.#inTime(
        this.#client.query<Row & pg.QueryResultRow>({
          name: this.#nameOf(text),
          text,
          values: query.parameters.map(asText),
        }),
        this.#patience.statement,
      );
      return {
        rows: result.rows,
        numAffectedRows: BigInt(result.rowCount ?? 0),
      };
    } catch (thrown) {
      // All that wait for one connection end with it.
      if (this.#late === 'yes') throw overdue();
      const error = ensureError(thrown);
      if (endsSession(error)) this.close();
      throw asStoreError(error);
    }
  }

  #inTime<Answer>(answer: Promise<Answer>, limitMs: number): Promise<Answer> {
    return answeredInTime(answer, limitMs + GRACE, () => {
      this.#late = 'yes';
      this.close();
    });
  }

  // A write to the network costs more than what is written: what is sent in one turn goes out together.
  #gatherWrites(): void {
    if (this.#gathering === 'yes') return;
    this.#gathering = 'yes';
    const { stream } = this.#wire;
    stream.cork();
    process.nextTick(() => {
      this.#gathering = 'no';
      stream.uncork();
    });
  }

  get #wire(): Wire {
    return (this.#client as unknown as { connection: Wire }).connection;
  }

  close(): void {
    if (this.#state === 'broken') return;
    this.#state = 'broken';
    // Says goodbye where that is possible, and never waits for it.
    this.#client.end().catch(() => undefined);
    const { stream } = this.#wire;
    setImmediate(() => stream.destroy());
  }

  #nameOf(text: string): string {
    let name = this.#names.get(text);
    if (name === undefined) {
      name = `q${this.#names.size}`;
      this.#names.set(text, name);
    }
    return name;
  }
}

// A NUL is the one character that no text in PostgreSQL can have.
function asText(value: unknown): unknown {
  return typeof value === 'string' && value.includes('\u0000')
    ? value.replaceAll('\u0000', '\ufffd')
    : value;
}
