import type { Tunnel, TunnelPeer } from '../program/network-program.js';

/** What `wg setconf` and `wg syncconf` read. It holds secrets: it is a file of the owner's for a moment. */
export function tunnelConfiguration({ listenPort, privateKey, peers }: Tunnel): string {
  const lines = [
    '[Interface]',
    `ListenPort = ${listenPort}`,
    `PrivateKey = ${privateKey}`,
    ...peers.flatMap(peerLines),
  ];
  return `${lines.join('\n')}\n`;
}

// A word that is left out leaves a peer that is there as it is: all are said.
function peerLines(peer: TunnelPeer): readonly string[] {
  const { publicKey, presharedKey, allowedCidrs, endpoint } = peer;
  return [
    '[Peer]',
    `PublicKey = ${publicKey}`,
    ...(presharedKey === null ? [] : [`PresharedKey = ${presharedKey}`]),
    `AllowedIPs = ${allowedCidrs.join(', ')}`,
    ...(endpoint === null ? [] : [`Endpoint = ${endpoint}`]),
    `PersistentKeepalive = ${keepaliveOf(peer)}`,
  ];
}

/** How often a peer hears from us, in seconds: another site's gateway, whose way to us may be kept open by that only. */
export function keepaliveOf({ endpoint }: TunnelPeer): '25' | 'off' {
  return endpoint === null ? 'off' : '25';
}

/** The ranges behind the peers that the tunnel's own address does not lie in with them: they need routes. */
export function tunnelRoutes({ peers }: Tunnel): readonly string[] {
  return [...new Set(peers.flatMap(({ allowedCidrs }) => allowedCidrs))].sort();
}
