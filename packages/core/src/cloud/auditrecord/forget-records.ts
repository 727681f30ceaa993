import type { Clock } from '../../ports/clock.js';
import type { RoutineTask } from '../../ports/routine-task.js';
import type { WriteRecords } from '../../ports/write-records.js';
import type { AuditSettings } from './audit-settings.js';

/** How long a request with an idempotency key is remembered; milliseconds (reference/security.md T28). */
const REMEMBERED = 24 * 60 * 60_000;
const EVERY = 15 * 60_000;

/** Forgets which requests have been carried out, and records of the audit log that are too old. */
export function forgetRecords(
  store: Pick<WriteRecords, 'forgetRequests' | 'forgetAudited'>,
  clock: Clock,
  { retentionMs }: AuditSettings,
): RoutineTask {
  return {
    name: 'forget old requests and audit records',
    everyMs: EVERY,
    run: async () => {
      await store.forgetRequests(clock.now() - REMEMBERED);
      if (retentionMs !== Number.POSITIVE_INFINITY)
        await store.forgetAudited(clock.now() - retentionMs);
    },
  };
}
