import type { Caller } from '@gdcloud/core';
import type { ApiRequest } from '../request/api-request.js';
import type { DryRun } from '../request/dry-run.js';
import type { Input } from '../request/input.js';
import type { Query } from '../request/query.js';
import type { Site } from '../site.js';

/** One request of a known caller, read to its end and about to be carried out. */
export interface Visit {
  readonly site: Site;
  readonly request: ApiRequest;
  readonly caller: Caller;
  /** What is to be done, after `_method`; HEAD counts as GET. */
  readonly method: string;
  readonly query: Query;
  readonly input: Input;
  /** Whether a write is only planned. */
  readonly dryRun: DryRun;
  /** URL of the version, without a trailing slash: `https://h/v1`. */
  readonly root: string;
}
