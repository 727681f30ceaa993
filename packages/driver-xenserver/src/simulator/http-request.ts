import type { JsonObject } from '@gdcloud/core';
import { isAtLeast } from '../datamodel/releases.js';
import type { Pool } from './pool.js';

/** A request as it comes, whoever carried it. */
export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

/** What is sent back. */
export interface HttpAnswer {
  readonly status: number;
  /** Exactly: some clients take nothing else for theirs. Undefined where there is no body. */
  readonly type?: 'application/json' | 'text/xml' | 'text/html' | undefined;
  readonly location?: string | undefined;
  readonly body: string;
}

const OTHER_CONFIG = 'x-http-other-config-';

/** What a task made by this request carries. */
export function otherConfigOf(pool: Pool, { headers }: HttpRequest): JsonObject {
  if (!isAtLeast(pool.settings.asOf, 'tampa')) return {};
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => name.startsWith(OTHER_CONFIG))
      .map(([name, value]) => [`http:${name.slice(OTHER_CONFIG.length)}`, String(value)]),
  );
}
