import type { JsonObject } from '../../model/json.js';
import type { ResourceType } from '../../model/resource-type.js';
import type { TrafficByWay } from '../../model/traffic.js';
import type { Answerer } from '../../ports/answerer.js';
import type { TrafficRecords } from '../../ports/traffic-records.js';
import { account } from '../account/account.js';
import { ipaddress } from '../ipaddress/ipaddress.js';
import { loadbalancer } from '../loadbalancer/loadbalancer.js';
import { portforward } from '../portforward/portforward.js';

/** Answer what elements of networks, and accounts, have carried: by what {@link keepTraffic} has put on record. */
export function trafficAnswerers(store: Pick<TrafficRecords, 'traffic'>): readonly Answerer[] {
  const answering = (
    type: ResourceType,
    question: string,
    fields: (carried: TrafficByWay) => JsonObject,
  ): Answerer => ({
    type,
    question,
    async answer({ resource: { uuid } }) {
      const [record] = await store.traffic([uuid]);
      const { carried = {}, since = null, until = null } = record ?? {};
      return { fields: { ...fields(carried), since, until } };
    },
  });
  return [
    answering(ipaddress, 'usage', eachWay),
    answering(portforward, 'usage', bothWays),
    answering(loadbalancer, 'usage', bothWays),
    answering(account, 'traffic', eachWay),
  ];
}

function eachWay({ in: into, out }: TrafficByWay): JsonObject {
  return {
    inPackets: into?.packets ?? 0,
    inBytes: into?.bytes ?? 0,
    outPackets: out?.packets ?? 0,
    outBytes: out?.bytes ?? 0,
  };
}

function bothWays({ both }: TrafficByWay): JsonObject {
  return { packets: both?.packets ?? 0, bytes: both?.bytes ?? 0 };
}
