import type { PairMember, PairStanding, ResourceUuid } from '@gdcloud/core';
import type { Carrier } from '../carrier/carrier.js';
import { guarded } from '../record/record-failure.js';
import { type RecordFolder, recordedKeys } from '../record/record-folder.js';
import type { TakeoverPermission } from './takeover-permission.js';

/** An appliance as whoever has its pair deals with it: how it stands, what it has, and until when it may take over. */
export function pairMember(
  kept: RecordFolder,
  carrier: Pick<Carrier, 'isHeard' | 'networks' | 'revision'>,
  permission: TakeoverPermission,
  exclusive: PairStanding['exclusive'],
): PairMember {
  return {
    standing: ({ signal }) =>
      guarded(signal, 'read', kept.folder, async () => {
        // Looked at between two moments of its own: it was so at one after the first.
        const stamp = permission.stamp();
        const isHeard = await carrier.isHeard(signal);
        const permittedMs = permission.remainingMs();
        return { is: isHeard ? 'active' : 'standby', exclusive, stamp, permittedMs };
      }),
    holdings: ({ signal }) =>
      guarded(signal, 'read', kept.folder, async () => {
        const recorded = (await recordedKeys(kept)).map(({ uuid }) => uuid);
        const all = new Set<ResourceUuid>([...recorded, ...(await carrier.networks(signal))]);
        return new Map([...all].map((network) => [network, carrier.revision(network) ?? null]));
      }),
    async permit(permit) {
      permission.permit(permit);
    },
  };
}
