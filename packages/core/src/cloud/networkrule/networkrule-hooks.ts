import { ipText, parseCidr, reservedWithin } from '../../model/ip-network.js';
import type { JsonObject } from '../../model/json.js';
import type { Resource } from '../../model/resource.js';
import type { HookRegistration, Refusal } from '../../ports/hooks.js';
import type { Store } from '../../ports/store.js';
import { addressFamily } from '../ipaddress/address-family.js';
import { ipaddress } from '../ipaddress/ipaddress.js';
import { liveRow } from '../live-row.js';
import { familyOf } from '../network/family.js';
import { isRouted } from '../network/ipv6-range.js';
import { network } from '../network/network.js';
import { virtualmachine } from '../virtualmachine/virtualmachine.js';
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
  const reserved = reservedRefusal(spec.sourceCidr);
  if (reserved !== undefined) return reserved;
  const server = await serverRefusal(store, spec);
  if (server !== undefined) return server;
  const address = await liveRow(store, ipaddress, spec.ipaddressId);
  if (address === undefined) return undefined;
  const fieldName = 'ipaddressId';
  if (direction === 'out')
    return { message: 'what servers reach is not told by address: leave it out', fieldName };
  if (address.spec.networkId !== networkId)
    return {
      message: `ipaddress ${address.id} is not assigned to network ${networkId}`,
      fieldName,
    };
  const family = await addressFamily(store, address);
  return family === undefined || family === familyOf(spec.sourceCidr)
    ? undefined
    : {
        message: `ipaddress ${address.id} is of ${family}, and the others are not`,
        fieldName: 'sourceCidr',
      };
}

async function serverRefusal(
  store: Reads,
  { virtualmachineId, ipaddressId, direction, networkId, sourceCidr }: Spec,
): Promise<Refusal | undefined> {
  const server = await liveRow(store, virtualmachine, virtualmachineId);
  if (server === undefined) return undefined;
  const fieldName = 'virtualmachineId';
  if (ipaddressId !== null)
    return { message: 'a rule is of an address or of a server: leave one out', fieldName };
  if (direction === 'out')
    return { message: 'what servers reach is the same for all: leave it out', fieldName };
  if (server.spec.networkId !== networkId) {
    const message = `virtualmachine ${server.id} is not in network ${networkId}`;
    return { message, fieldName };
  }
  const of = await liveRow(store, network, networkId);
  if (typeof of?.spec.ipv6Cidr !== 'string' || !isRouted(of.spec.ipv6Cidr)) {
    const message = `servers of network ${networkId} have no addresses that others know: say which ipaddress`;
    return { message, fieldName };
  }
  return familyOf(sourceCidr) === 'ipv6'
    ? undefined
    : {
        message: 'servers are known by IPv6 addresses, to others with such',
        fieldName: 'sourceCidr',
      };
}

// Nobody is there over IPv6 to be let in or kept out, and tools write some of these in other ways.
function reservedRefusal(sourceCidr: string): Refusal | undefined {
  const network = parseCidr(sourceCidr);
  if (network?.version !== 6 || network.prefixLength === 0) return undefined;
  const reserved = reservedWithin(network);
  return reserved === undefined
    ? undefined
    : {
        message: `${ipText({ version: 6, value: reserved.first })}/${reserved.prefixLength} is reserved: only ::/0 has it in it`,
        fieldName: 'sourceCidr',
      };
}
