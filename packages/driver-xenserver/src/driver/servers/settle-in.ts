import { type Accepted, asExternalId, type DriverCall, type ExternalId } from '@gdcloud/core';
import type { DriverContext } from '../context.js';
import { isHeldBy } from '../fence.js';
import { findCarrying, orGone, SERVER } from '../ours.js';
import { together } from '../together.js';
import { claim } from './claim.js';
import { furnish, type NewServer } from './furnish.js';

/**
 * Furnishes the VM that was just made, and looks what else carries its key. Where another one counts before it, somebody
 * else was faster, and the new one goes again: it never ran. Both makers of two come to the same choice. A crash at any
 * point leaves what the next look finds: a VM that lacks things, or one too many.
 *
 * No look at the fence comes before the devices: the pool's answer that it has made the VM is one, as the VM was made with
 * this holder's fence on it.
 */
export async function settleIn(
  context: DriverContext,
  server: NewServer,
  call: DriverCall,
): Promise<Accepted> {
  const [verdict, made] = await together([
    judge(context, server, call).catch(() => undefined),
    furnish(context, server, call),
  ]);
  if (verdict === undefined) return { settled: true };
  if (verdict.own === 'surplus') {
    await orGone(() => context.xapi.write('VM.destroy', [server.ref], call));
    return { external: verdict.external, settled: true };
  }
  return { external: verdict.external, settled: true, made };
}

interface Verdict {
  readonly external: ExternalId;
  /** Whether the new VM is one too many, and nobody's but ours. */
  readonly own: 'kept' | 'surplus';
}

/** Tells which VM of the key counts, and marks the new one as itself if it is that. */
async function judge(
  context: DriverContext,
  { key, ref }: NewServer,
  call: DriverCall,
): Promise<Verdict | undefined> {
  const carrying = await findCarrying(context, SERVER, key, call);
  const [winner] = carrying;
  if (winner === undefined) return undefined;
  const external = asExternalId(winner[1].uuid);
  const own = carrying.find(([carrier]) => carrier === ref);
  if (own === undefined || !isHeldBy(call, own[1].other_config)) return { external, own: 'kept' };
  if (own !== winner) return { external, own: 'surplus' };
  // What fails is planned by the next look.
  await claim(context, { ref, uuid: own[1].uuid }, call).catch(() => undefined);
  return { external, own: 'kept' };
}
