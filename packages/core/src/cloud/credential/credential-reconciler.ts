import type { Reconciler } from '../../ports/reconciler.js';
import type { UseRecords } from '../../ports/use-records.js';
import { apikey } from '../apikey/apikey.js';
import { login } from '../login/login.js';

/** Nothing outside stands for a key: its passes say when it was used last, and that its time is over. */
export function apikeyReconciler(uses: Pick<UseRecords, 'lastUse'>): Reconciler<typeof apikey> {
  return {
    type: apikey,
    async reconcile(pass) {
      const { uuid, spec, status, deleteRequestedAt } = pass.resource;
      if (deleteRequestedAt !== null) return { kind: 'gone' };
      const lastUsed = (await uses.lastUse(uuid)) ?? status.lastUsed ?? null;
      // Rows of earlier releases have no such field.
      const expires = spec.expires ?? null;
      const expired = expires !== null && expires <= pass.now;
      pass.report({ lastUsed, expired });
      return expires === null || expired ? { kind: 'done' } : { kind: 'done', until: expires };
    },
  };
}

/** As {@link apikeyReconciler}, for people. */
export function loginReconciler(uses: Pick<UseRecords, 'lastUse'>): Reconciler<typeof login> {
  return {
    type: login,
    async reconcile(pass) {
      const { uuid, status, deleteRequestedAt } = pass.resource;
      if (deleteRequestedAt !== null) return { kind: 'gone' };
      pass.report({ lastUsed: (await uses.lastUse(uuid)) ?? status.lastUsed ?? null });
      return { kind: 'done' };
    },
  };
}
