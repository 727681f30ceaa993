import type { AuditRecord } from '../../model/audit-record.js';
import type { ResourceUuid } from '../../model/identity.js';
import type { LockService } from '../../ports/lock-service.js';
import type { Logger } from '../../ports/logger.js';
import type { RoutineTask } from '../../ports/routine-task.js';
import type { WriteRecords } from '../../ports/write-records.js';
import { type Digest, sealsAfter } from './chain.js';

const EVERY = 60_000;
/** How many records are sealed in one go. */
const BATCH = 500;
/** Keeps processes from doing the same; that no place is given twice, the store sees to. */
const LOCK = 'audit-log';

/** What records are sealed with. */
export interface SealOptions {
  readonly store: Pick<WriteRecords, 'unsealed' | 'chainHead' | 'seal'>;
  readonly locks: Pick<LockService, 'tryAcquire'>;
  readonly logger: Logger;
  readonly digest: Digest;
}

/**
 * Gives the records of the audit log their places, an account a chain. Apart from the requests that write them, so that
 * these need not wait for each other. Where each chain has got to is logged: who can rewrite the database, its chain and
 * its key can't rewrite what the log has kept elsewhere.
 */
export function sealRecords(options: SealOptions): RoutineTask {
  return {
    name: 'seal the audit log',
    everyMs: EVERY,
    run: async ({ signal }) => {
      const lease = await options.locks.tryAcquire(LOCK);
      if (lease === undefined) return;
      try {
        await sealAll(options, AbortSignal.any([signal, lease.signal]));
      } finally {
        await lease.release();
      }
    },
  };
}

async function sealAll(options: SealOptions, signal: AbortSignal): Promise<void> {
  const { store, logger, digest } = options;
  const anchors = new Map<ResourceUuid, string>();
  for (let more = true; more && !signal.aborted; ) {
    const records = await store.unsealed(BATCH);
    more = records.length === BATCH;
    for (const [account, own] of byAccount(records)) {
      const head = await store.chainHead(account);
      const seals = sealsAfter(head, own, digest);
      if (signal.aborted) break;
      if (await store.seal(account, head, seals)) {
        const { sequence, chainHash } = seals.at(-1)?.seal ?? head;
        anchors.set(account, `${sequence}:${chainHash}`);
      } else {
        // Somebody else does it: what is left is done the next time.
        more = false;
      }
    }
  }
  if (anchors.size > 0)
    logger.info({ anchors: Object.fromEntries(anchors) }, 'the audit log was sealed');
}

function byAccount(
  records: readonly AuditRecord[],
): ReadonlyMap<ResourceUuid, readonly AuditRecord[]> {
  const groups = new Map<ResourceUuid, AuditRecord[]>();
  for (const record of records) {
    const group = groups.get(record.account);
    if (group === undefined) groups.set(record.account, [record]);
    else group.push(record);
  }
  return groups;
}
