import { ensureError } from '../model/errors.js';
import { parseUuid } from '../model/identity.js';
import type { Clock } from '../ports/clock.js';
import type { HealthCheck } from '../ports/health-check.js';
import type { LockService } from '../ports/lock-service.js';
import type { Logger } from '../ports/logger.js';
import type { Store } from '../ports/store.js';
import { inTime } from './driver-calls.js';

/** How long one check may take; milliseconds. */
const CHECK_LIMIT = 2_000;

/** Whether the cloud can answer requests, and what of it answers. */
export interface Health {
  /** `no` when something needed does not answer. */
  readonly ready: 'yes' | 'no';
  /** Names what does not answer, needed or not; absent when all does. */
  readonly reason?: string | undefined;
  readonly checks: readonly CheckResult[];
}

/** How one check went. */
export interface CheckResult {
  readonly name: string;
  readonly needed: 'yes' | 'no';
  readonly state: 'ok' | 'failed';
}

/** The checks of the ports that every cloud has. Without locks work waits, but requests are recorded and answered. */
export function portChecks(ports: {
  readonly store: Pick<Store, 'get'>;
  readonly locks: Pick<LockService, 'holder'>;
}): readonly HealthCheck[] {
  const nobody = parseUuid('00000000-0000-7000-8000-000000000000');
  if (nobody === undefined) throw new TypeError('uuids are not what they were');
  return [
    {
      name: 'store',
      needed: 'yes',
      check: async () => void (await ports.store.get(nobody)),
    },
    {
      name: 'locks',
      needed: 'no',
      check: async () => void (await ports.locks.holder(nobody)),
    },
  ];
}

/** Makes all checks at once, each with a limit in time. What failed is told to the log, which alone learns why. */
export async function healthOf(
  checks: readonly HealthCheck[],
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): Promise<Health> {
  const results = await Promise.all(
    checks.map(async (one): Promise<CheckResult> => {
      const { name, needed } = one;
      try {
        await inTime(one.check(), CHECK_LIMIT, clock);
        return { name, needed, state: 'ok' };
      } catch (thrown) {
        logger.warn({ check: name, error: ensureError(thrown).message }, 'a health check failed');
        return { name, needed, state: 'failed' };
      }
    }),
  );
  const failed = results.filter(({ state }) => state === 'failed');
  return {
    ready: failed.some(({ needed }) => needed === 'yes') ? 'no' : 'yes',
    ...(failed.length === 0
      ? {}
      : { reason: `no answer from: ${failed.map(({ name }) => name).join(', ')}` }),
    checks: results,
  };
}
