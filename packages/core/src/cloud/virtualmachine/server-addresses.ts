import type { Resource } from '../../model/resource.js';
import type { NetworkDriver } from '../../ports/drivers/network.js';
import type { Random } from '../../ports/random.js';
import type { Pass } from '../../ports/reconciler.js';
import { serverAddresses } from '../network/ipv4-range.js';
import { serverIpv6Address } from '../network/ipv6-range.js';
import type { network } from '../network/network.js';
import { readAdopted } from './adopted.js';
import { hostnames } from './lease.js';
import { end, have, type Step } from './step.js';
import type { virtualmachine } from './virtualmachine.js';

/** How long to wait for a free address before looking again; milliseconds. */
const ADDRESS_PAUSE = 30_000;
/** How many MAC addresses are tried before giving up on a pass; a collision of two is rare already. */
const MAC_TRIES = 16;
type Server = typeof virtualmachine;

/** What a server's card is known by. */
export interface Addresses {
  readonly address: string;
  readonly mac: string;
}

/** The addresses of a server in its network: its own until it has gone. Its name there is taken with them. */
export async function allocateAddresses(
  pass: Pass<Server>,
  segment: Resource<typeof network>,
  driver: NetworkDriver,
  random: Random,
): Promise<Step<Addresses>> {
  const { uuid, status } = pass.resource;
  const { hostname: called } = status;
  const known = { address: status.privateIpv4Address, mac: status.macAddress };
  if (
    typeof known.address === 'string' &&
    typeof known.mac === 'string' &&
    typeof called === 'string'
  )
    return have({ address: known.address, mac: known.mac });
  const adopted = readAdopted(pass.resource.spec.adopted);
  const [address, mac, hostname] = await pass.allocateAll([
    {
      pool: `ipv4/${segment.uuid}`,
      items:
        adopted === undefined
          ? serverAddresses(segment.spec.ipv4Cidr, random.fraction())
          : [adopted.ipv4Address],
    },
    {
      pool: 'mac',
      items:
        adopted === undefined
          ? Array.from({ length: MAC_TRIES }, (_, attempt) =>
              driver.macAddress({ server: uuid, device: 0, attempt }),
            )
          : [adopted.macAddress],
    },
    { pool: `hostname/${segment.uuid}`, items: hostnames(pass.resource) },
  ]);
  if (hostname !== undefined && hostname !== called) pass.report({ hostname });
  // It is told early, so that nothing has to wait for it in the end.
  pass.wakeAfterwards([segment]);
  if (address !== undefined && address !== known.address) {
    pass.report({ privateIpv4Address: address });
    pass.note('address.allocate', address);
  }
  if (mac !== undefined && mac !== known.mac) {
    pass.report({ macAddress: mac });
    pass.note('mac.allocate', mac);
  }
  if (address === undefined) {
    return noneFree(
      adopted === undefined
        ? `every address of network ${segment.id} is in use`
        : `${adopted.ipv4Address} is another server’s in network ${segment.id}`,
    );
  }
  return mac === undefined ? noneFree('no MAC address is free') : have({ address, mac });
}

/** Tells which IPv6 address a server has. It follows from what it has already, so servers of the days before get theirs too. */
export function reportIpv6Address(
  pass: Pass<Server>,
  { spec: { ipv6Cidr } }: Resource<typeof network>,
  mac: string,
): void {
  if (typeof ipv6Cidr !== 'string') return;
  const privateIpv6Address = serverIpv6Address(ipv6Cidr, mac);
  if (pass.resource.status.privateIpv6Address === privateIpv6Address) return;
  pass.report({ privateIpv6Address });
}

function noneFree(message: string): Step<Addresses> {
  return end({ kind: 'wait', on: 'capacity', afterMs: ADDRESS_PAUSE, message });
}
