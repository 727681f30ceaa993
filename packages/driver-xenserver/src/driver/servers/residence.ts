import type { DriverCall, ExternalId, ServerDesired } from '@gdcloud/core';
import type { VMRecord } from '../../datamodel/records.generated.js';
import { isNullRef } from '../../datamodel/ref.js';
import type { DriverContext } from '../context.js';
import { knownRecord } from '../known.js';
import { orGone } from '../ours.js';

/** On which host a VM is, as far as that is not the one it is to be on. */
export type Residence =
  /** On none, or where it is to be. */
  | { readonly kind: 'right' }
  /** On another host, which runs it. */
  | { readonly kind: 'elsewhere'; readonly host: string }
  /** On a host that certainly is off: it runs nowhere. */
  | { readonly kind: 'lost'; readonly host: string }
  /** On a host that does not answer: nobody knows what it does. */
  | { readonly kind: 'unreachable'; readonly host: string };

/** Looks where a VM is. */
export async function readResidence(
  context: DriverContext,
  record: Pick<VMRecord, 'resident_on'>,
  desired: Pick<ServerDesired, 'host' | 'lostHosts'>,
  call: DriverCall,
): Promise<Residence> {
  if (isNullRef(record.resident_on)) return { kind: 'right' };
  const { xapi } = context;
  const host = await orGone(() =>
    knownRecord(context, 'host', record.resident_on, () =>
      xapi.read('host.get_record', [record.resident_on], call),
    ),
  );
  if (host === undefined || host.uuid === desired.host) return { kind: 'right' };
  const { uuid } = host;
  // Past the cache: nothing may be cleared away by an old word.
  const metrics = await orGone(() => xapi.read('host_metrics.get_record', [host.metrics], call));
  // One that answers is not off, whatever anybody has confirmed.
  if (metrics?.live === true) return { kind: 'elsewhere', host: uuid };
  return { kind: isLost(desired, uuid) ? 'lost' : 'unreachable', host: uuid };
}

function isLost({ lostHosts = [] }: Pick<ServerDesired, 'lostHosts'>, uuid: string): boolean {
  return lostHosts.includes(uuid as ExternalId);
}
