import type { VpnGateway, VpnPeer } from '@gdcloud/core';
import type { PublicAddressElement, VpnElement, VpnPeerElement } from './appliance-elements.js';
import { invalidField, within } from './invalid-document.js';
import { type Ipv4Range, overlap } from './ipv4.js';
import { parseElements } from './parse-elements.js';
import { parsePort } from './ports.js';
import { parseEndpoint, parseInterfaceAddress, parseTunnelRange } from './tunnel-ranges.js';
import { parseWireguardKey } from './wireguard-key.js';

/**
 * Reads the VPN's gateway. No two peers may claim the same addresses, and none the network's: a tunnel would take what
 * belongs to somebody else. Throws `invalid`.
 */
export function parseVpn(
  sent: VpnGateway,
  range: Ipv4Range,
  publicAddresses: readonly PublicAddressElement[],
): VpnElement {
  const at = publicAddresses.find(({ address }) => address === sent.publicAddress);
  if (at === undefined) {
    throw invalidField(
      'UnknownAddress',
      'publicAddress',
      "it is one of the network's public addresses",
    );
  }
  const own = parseInterfaceAddress(sent.ipv4Address, 'ipv4Address');
  if (overlap(own.range, range)) {
    throw invalidField('RangesOverlap', 'ipv4Address', "its range isn't the network's");
  }
  const peers = parseElements('peers', sent.peers, [], parsePeer);
  refuseOverlaps(peers, range);
  return {
    uuid: sent.uuid,
    generation: sent.generation,
    publicAddress: at.address,
    listenPort: parsePort(sent.listenPort, 'listenPort'),
    privateKey: parseWireguardKey(sent.privateKey, 'privateKey'),
    ipv4Address: own.cidr,
    peers,
  };
}

function parsePeer(sent: VpnPeer): VpnPeerElement {
  return {
    uuid: sent.uuid,
    generation: sent.generation,
    publicKey: parseWireguardKey(sent.publicKey, 'publicKey'),
    presharedKey:
      sent.presharedKey === null ? null : parseWireguardKey(sent.presharedKey, 'presharedKey'),
    allowedCidrs: sent.allowedCidrs.map((cidr) => parseTunnelRange(cidr, 'allowedCidrs').cidr),
    endpoint: sent.endpoint === null ? null : parseEndpoint(sent.endpoint, 'endpoint'),
  };
}

function refuseOverlaps(peers: readonly VpnPeerElement[], range: Ipv4Range): void {
  const keys = new Set(peers.map(({ publicKey }) => publicKey));
  if (keys.size < peers.length) {
    throw invalidField('DuplicateKey', 'peers.publicKey', 'each peer has a key of its own');
  }
  const claimed: Ipv4Range[] = [range];
  for (const { uuid, allowedCidrs } of peers) {
    const own = allowedCidrs.map((cidr) => parseTunnelRange(cidr, 'allowedCidrs').range);
    within(`peers ${uuid}`, () => {
      if (own.some((one) => claimed.some((other) => overlap(one, other)))) {
        throw invalidField(
          'RangesOverlap',
          'allowedCidrs',
          "no address in them is the network's or another peer's",
        );
      }
    });
    claimed.push(...own);
  }
}
