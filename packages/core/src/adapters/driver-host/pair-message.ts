import { parseUuid, type ResourceUuid } from '../../model/identity.js';
import type { Json, JsonObject } from '../../model/json.js';
import type {
  PairMember,
  PairStanding,
  TakeoverPermit,
} from '../../ports/drivers/appliance-pair.js';
import type { DriverHostClient } from './driver-host-client.js';
import { isList, isNumber, isObject, isText, listOf } from './json-reading.js';

/** A call of an appliance as one of a pair. */
export type PairRequest =
  | { readonly verb: 'standing' }
  | { readonly verb: 'holdings' }
  | { readonly verb: 'permit'; readonly permit: TakeoverPermit };

/** Reads a {@link PairRequest}; undefined when it is something else. */
export function parsePair({ verb, permit }: JsonObject): PairRequest | undefined {
  if (verb === 'standing' || verb === 'holdings') return { verb };
  if (verb !== 'permit' || !isObject(permit)) return undefined;
  const { stamp, forMs } = permit;
  return isText(stamp) && isNumber(forMs) ? { verb, permit: { stamp, forMs } } : undefined;
}

/** What networks an appliance has, as JSON. */
export function writeHoldings(holdings: Awaited<ReturnType<PairMember['holdings']>>): Json {
  return [...holdings];
}

/** An appliance of a pair that runs in a driver host. */
export function remoteMember(client: DriverHostClient): PairMember {
  return {
    standing: (call) => client.ask({ verb: 'standing' }, call, parseStanding),
    holdings: (call) => client.ask({ verb: 'holdings' }, call, parseHoldings),
    permit: async (permit, call) => {
      await client.ask({ verb: 'permit', permit }, call, (json) => json);
    },
  };
}

function parseStanding(json: Json): PairStanding | undefined {
  if (!isObject(json)) return undefined;
  const { is, exclusive, stamp, permittedMs } = json;
  if ((is !== 'active' && is !== 'standby') || !isText(stamp)) return undefined;
  if (exclusive !== 'yes' && exclusive !== 'no') return undefined;
  return isNumber(permittedMs) ? { is, exclusive, stamp, permittedMs } : undefined;
}

function parseHoldings(json: Json): ReadonlyMap<ResourceUuid, number | null> | undefined {
  const entries = listOf(json, (each): readonly [ResourceUuid, number | null] | undefined => {
    const [text, revision] = isList(each) ? each : [];
    const uuid = isText(text) ? parseUuid(text) : undefined;
    if (uuid === undefined || (revision !== null && !isNumber(revision))) return undefined;
    return [uuid, revision];
  });
  return entries && new Map(entries);
}
