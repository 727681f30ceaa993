import type { CompiledQuery, Kysely, QueryResult } from 'kysely';
import type { SqlFlavour } from './flavour.js';
import type { MigrationSteps } from './migrations.js';
import type { Database } from './schema.js';

/** Runs queries: outside a unit for reads, inside one for writes. */
export interface Queries {
  run<Row>(query: CompiledQuery<Row>): Promise<QueryResult<Row>>;
}

/** What a SQL store needs of one kind of database. Every failure to answer is a PortUnavailable. */
export interface SqlConnection extends Queries {
  /** For building queries; runs nothing itself, but for migrations. */
  readonly builder: Kysely<Database>;
  readonly flavour: SqlFlavour;
  readonly migrations: MigrationSteps;

  /**
   * Runs `unit` in a transaction, alone or together with other units, and resolves after it is durable. When `unit`
   * throws, nothing of it remains and other units are not touched. `unit` waits for its own queries only, and may be run
   * again when it met another one.
   */
  write<Result>(unit: (queries: Queries) => Promise<Result>): Promise<Result>;

  /** Runs one statement as a unit of its own. */
  writeOne<Row>(query: CompiledQuery<Row>): Promise<QueryResult<Row>>;

  close(): Promise<void>;
}
