import type { CompiledQuery, QueryResult } from 'kysely';
import pg from 'pg';
import { ensureError } from '../../model/errors.js';
import type { ServerAddress } from '../store/server-url.js';
import type { Session } from '../store/session-pool.js';
import { asStoreError, endsSession, overdue, unreachable } from './postgres-errors.js';

/** How long things may take; milliseconds. */
export interface PostgresPatience {
  readonly connect: number;
  /** For one statement. The server ends it then; the client waits a little longer for it to say so. */
  readonly statement: number;
}

/** What the client waits beyond the server's limit before it takes the server for dead; milliseconds. */
const GRACE = 1_000;

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
  readonly #patience: PostgresPatience;
  readonly #names: Map<string, string>;
  #state: Session['state'] = 'usable';
  #late: 'yes' | 'no' = 'no';
  #gathering: 'yes' | 'no' = 'no';

  private constructor(client: pg.Client, patience: PostgresPatience, names: Map<string, string>) {
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
    patience: PostgresPatience,
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
      await client.connect();
      await client.query(`${PLANS}; ${NOBODY_WAITS}`);
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
    const timer = setTimeout(() => {
      this.#late = 'yes';
      this.close();
    }, this.#patience.statement + GRACE);
    this.#gatherWrites();
    try {
      const { sql: text } = query;
      const result = await this.#client.query<Row & pg.QueryResultRow>({
        name: this.#nameOf(text),
        text,
        values: query.parameters.map(asText),
      });
      return {
        rows: result.rows,
        numAffectedRows: BigInt(result.rowCount ?? 0),
      };
    } catch (thrown) {
      if (this.#late === 'yes') throw overdue();
      const error = ensureError(thrown);
      if (endsSession(error)) this.close();
      throw asStoreError(error);
    } finally {
      clearTimeout(timer);
    }
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
