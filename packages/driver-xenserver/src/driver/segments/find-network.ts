import { type DriverCall, parseUuid, type ResourceUuid } from '@gdcloud/core';
import type { NetworkRecord } from '../../datamodel/records.generated.js';
import type { DriverContext } from '../context.js';
import { byText, segmentRank } from '../ours.js';
import { queryFor, readStamp } from '../stamp.js';

/**
 * The reference of the pool's network that carries a network resource's segment, whatever its epoch: the newest, of
 * several with that the one that ranks first, as everybody chooses.
 */
export async function findNetworkOf(
  context: DriverContext,
  network: ResourceUuid,
  call: DriverCall,
): Promise<string | undefined> {
  if (parseUuid(network) === undefined) return undefined;
  const { xapi } = context;
  // Hardly any segment is ever made anew, so this one cheap question is nearly always enough.
  const first = await xapi.read(
    'network.get_all_records_where',
    [queryFor({ uuid: network, epoch: 1 })],
    call,
  );
  const candidates = choose(context, network, first);
  if (candidates !== undefined) return candidates;
  return choose(context, network, await xapi.read('network.get_all_records', [], call));
}

/**
 * As {@link findNetworkOf}, by what the pool's events have told: the only network that they know of this resource, if it
 * is known for certain. It is enough where a wrong answer shows: a segment is made anew only once the pool has lost the
 * one before, and a card on that one is refused.
 */
export function knownNetworkOf(
  { cache, settings }: DriverContext,
  network: ResourceUuid,
): string | undefined {
  const [only, other] = (cache.all('network') ?? []).filter(
    ([, { other_config: config }]) => readStamp(config, settings.deployment)?.uuid === network,
  );
  return other === undefined ? only?.[0] : undefined;
}

function choose(
  { settings }: DriverContext,
  network: ResourceUuid,
  records: Readonly<Record<string, NetworkRecord>>,
): string | undefined {
  const ours = Object.entries(records).flatMap(([ref, record]) => {
    const stamp = readStamp(record.other_config, settings.deployment);
    return stamp?.uuid === network ? [{ ref, epoch: stamp.epoch, rank: segmentRank(record) }] : [];
  });
  const [best] = ours.sort(
    (left, right) => right.epoch - left.epoch || byText(left.rank, right.rank),
  );
  return best?.ref;
}
