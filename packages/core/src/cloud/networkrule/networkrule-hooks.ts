import type { JsonObject } from '../../model/json.js';
import type { Resource } from '../../model/resource.js';
import type { HookRegistration, Refusal } from '../../ports/hooks.js';
import type { Store } from '../../ports/store.js';
import { ipaddress } from '../ipaddress/ipaddress.js';
import { liveRow } from '../live-row.js';
import { networkrule } from './networkrule.js';

type Reads = Pick<Store, 'find'>;
type Spec = Resource<typeof networkrule>['spec'];

/** A rule says one thing, about one network. */
export const NETWORKRULE_HOOKS: readonly ((store: Reads) => HookRegistration)[] = [
  (store) => ({
    point: 'admit.validate',
    name: 'gdcloud/rule-of-one-network',
    run: ({ type, operation, before, desired }) =>
      type === networkrule.id && operation !== 'delete'
        ? refusal(store, { ...(before?.spec as JsonObject), ...desired })
        : undefined,
  }),
];

async function refusal(store: Reads, desired: JsonObject): Promise<Refusal | undefined> {
  // Validated by now: the fields are as the type says.
  const spec = desired as unknown as Spec;
  const { startPort, endPort, protocol, direction, networkId } = spec;
  if (protocol === 'any' && startPort !== null)
    return { message: 'ports are of tcp or udp: say which', fieldName: 'protocol' };
  if (endPort !== null && startPort === null)
    return { message: 'say the first port too', fieldName: 'startPort' };
  if (endPort !== null && startPort !== null && endPort < startPort)
    return { message: 'the last port is before the first', fieldName: 'endPort' };
  const address = await liveRow(store, ipaddress, spec.ipaddressId);
  if (address === undefined) return undefined;
  const fieldName = 'ipaddressId';
  if (direction === 'out')
    return { message: 'what servers reach is not told by address: leave it out', fieldName };
  return address.spec.networkId === networkId
    ? undefined
    : { message: `ipaddress ${address.id} is not assigned to network ${networkId}`, fieldName };
}
