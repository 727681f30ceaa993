import type { Resource } from '../../model/resource.js';
import { gatewayOf } from '../network/ipv4-range.js';

/** What a client's configuration says of itself. */
export interface ClientSide {
  readonly address: string;
  readonly privateKey: string;
  readonly presharedKey: string;
}

/** How often it says that it is there, so that whatever translates its address lets answers through; seconds. */
const KEEPALIVE = 25;

/** The file that wg-quick takes, for a client of a VPN. */
export function clientConfiguration(
  gateway: Pick<Resource, 'spec' | 'status'> | undefined,
  { address, privateKey, presharedKey }: ClientSide,
): string {
  const { publicKey, clientCidr } = gateway?.spec ?? {};
  const { endpoint, privateCidrs } = gateway?.status ?? {};
  const reached = Array.isArray(privateCidrs) ? privateCidrs : [];
  const [servers] = reached;
  const lines = [
    '[Interface]',
    `PrivateKey = ${privateKey}`,
    `Address = ${address}/32`,
    ...(typeof servers === 'string' ? [`DNS = ${gatewayOf(servers)}`] : []),
    '',
    '[Peer]',
    `PublicKey = ${String(publicKey)}`,
    `PresharedKey = ${presharedKey}`,
    `Endpoint = ${String(endpoint)}`,
    `AllowedIPs = ${[...reached, `${gatewayOf(String(clientCidr))}/32`].join(', ')}`,
    `PersistentKeepalive = ${KEEPALIVE}`,
  ];
  return `${lines.join('\n')}\n`;
}
