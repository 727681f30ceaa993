import type { Store } from '../../ports/store.js';
import type { SqlConnection } from '../store/connection.js';
import { sqlStore } from '../store/sql-store.js';
import { withGatheredRows } from './gathered-rows.js';
import { withSingleStatementLedger } from './single-statement-ledger.js';

/** The store on PostgreSQL. */
export function postgresStore(connection: SqlConnection): Store {
  return withSingleStatementLedger(withGatheredRows(sqlStore(connection), connection), connection);
}
