import type { WriteOptions } from '@gdcloud/core';
import { idempotencyKey } from '../request/idempotency-key.js';
import { expectedGeneration } from '../request/precondition.js';
import type { Visit } from './visit.js';

/**
 * What the headers of a write insist on: If-Match, and Idempotency-Key, which a plan does without. Throws BadRequest.
 */
export function writeOptions({ request, dryRun }: Visit): WriteOptions {
  return {
    generation: expectedGeneration(request.header('if-match')),
    idempotencyKey:
      dryRun === 'plan' ? undefined : idempotencyKey(request.header('idempotency-key')),
  };
}
