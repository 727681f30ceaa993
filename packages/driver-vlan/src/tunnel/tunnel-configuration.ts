import type { Tunnel } from '../program/network-program.js';

/** What `wg setconf` and `wg syncconf` read. It holds secrets: it is a file of the owner's for a moment. */
export function tunnelConfiguration({ listenPort, privateKey, peers }: Tunnel): string {
  const lines = [
    '[Interface]',
    `ListenPort = ${listenPort}`,
    `PrivateKey = ${privateKey}`,
    ...peers.flatMap(({ publicKey, presharedKey, allowedCidrs, endpoint }) => [
      '[Peer]',
      `PublicKey = ${publicKey}`,
      ...(presharedKey === null ? [] : [`PresharedKey = ${presharedKey}`]),
      `AllowedIPs = ${allowedCidrs.join(', ')}`,
      ...(endpoint === null ? [] : [`Endpoint = ${endpoint}`, 'PersistentKeepalive = 25']),
    ]),
  ];
  return `${lines.join('\n')}\n`;
}

/** The ranges behind the peers that the tunnel's own address does not lie in with them: they need routes. */
export function tunnelRoutes({ peers }: Tunnel): readonly string[] {
  return [...new Set(peers.flatMap(({ allowedCidrs }) => allowedCidrs))].sort();
}
