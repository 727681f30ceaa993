import type { Resource } from '../../model/resource.js';
import type { OpenSealed } from '../../model/sealed-fields.js';
import type { PublicAddress, VpnGateway, VpnPeer } from '../../ports/drivers/appliance.js';
import type { vpn } from '../vpn/vpn.js';
import type { vpnclient } from '../vpnclient/vpnclient.js';
import type { Conflict, Conflicts } from './conflicts.js';
import { familyOf } from './family.js';
import { gatewayOf } from './ipv4-range.js';
import { peerConflicts } from './peer-conflicts.js';

/** The way in of a network, and what it leaves out. */
export interface GatheredGateway {
  readonly gateway: VpnGateway | null;
  readonly row: Resource<typeof vpn> | undefined;
  readonly conflicts: Conflicts;
}

/** Gathers the way in of a network from what is asked for: of several the oldest. Throws what `open` throws. */
export function gatherGateway(
  gateways: readonly Resource<typeof vpn>[],
  clients: readonly Resource<typeof vpnclient>[],
  addresses: ReadonlyMap<string, PublicAddress>,
  open: OpenSealed,
): GatheredGateway {
  const conflicts = new Map<Resource['uuid'], Conflict>();
  const [row, ...younger] = gateways.toSorted(
    (left, right) => left.created - right.created || (left.uuid < right.uuid ? -1 : 1),
  );
  if (row === undefined) return { gateway: null, row, conflicts };
  for (const { uuid, generation } of younger) {
    const message = `its network has vpn ${row.id}, which is older`;
    conflicts.set(uuid, { generation, message, with: row.uuid });
  }
  const { spec, uuid, generation } = row;
  const publicAddress = addresses.get(spec.ipaddressId)?.address;
  const { listenPort, clientCidr } = spec;
  const privateKey = publicAddress === undefined ? null : open(row, 'privateKey');
  if (publicAddress === undefined || privateKey === null) return { gateway: null, row, conflicts };
  const claims = clients
    .filter((client) => client.spec.vpnId === row.id)
    .flatMap((by) => {
      const peer = peerOf(by, open);
      return peer === undefined ? [] : [{ by, peer }];
    });
  const left = peerConflicts(claims);
  const peers = claims.map(({ peer }) => peer).filter((peer) => !left.has(peer.uuid));
  const ipv4Address = `${gatewayOf(clientCidr)}/${clientCidr.split('/')[1]}`;
  const gateway = { uuid, generation, publicAddress, listenPort, privateKey, ipv4Address, peers };
  return { gateway, row, conflicts: new Map([...conflicts, ...left]) };
}

function peerOf(client: Resource<typeof vpnclient>, open: OpenSealed): VpnPeer | undefined {
  const { uuid, generation, spec } = client;
  const { publicKey, address, allowedCidrs, endpoint } = spec;
  if (publicKey === null || address === null) return undefined;
  const presharedKey = open(client, 'presharedKey');
  // Of days when others were not refused.
  const carried = allowedCidrs.filter((cidr) => familyOf(cidr) === 'ipv4');
  const all = [`${address}/32`, ...carried];
  return { uuid, generation, publicKey, presharedKey, allowedCidrs: all, endpoint };
}
