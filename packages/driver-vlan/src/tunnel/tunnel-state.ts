import type { WireguardKey } from '../plan/wireguard-key.js';
import type { Tunnel, TunnelPeer } from '../program/network-program.js';
import { keepaliveOf } from './tunnel-configuration.js';

/**
 * Whether `wg show … dump` tells of this tunnel. Where a peer is at the moment is its own business: it may have moved.
 * What it prints holds secrets, and goes nowhere from here.
 */
export function isDumpOf({ listenPort, privateKey, peers }: Tunnel, dump: string): boolean {
  const [own = '', ...others] = dump.split('\n').filter(Boolean);
  const [foundKey, , foundPort] = own.split('\t');
  if (foundKey !== clamped(privateKey) || foundPort !== String(listenPort)) return false;
  const found = new Set(others.map(foundPeer));
  return found.size === peers.length && peers.every((peer) => found.has(wantedPeer(peer)));
}

function foundPeer(line: string): string {
  const [publicKey = '', presharedKey = '', , cidrs = '', , , , keepalive = ''] = line.split('\t');
  return peerText(publicKey, presharedKey, cidrs.split(','), keepalive);
}

function wantedPeer(peer: TunnelPeer): string {
  const { publicKey, presharedKey, allowedCidrs } = peer;
  return peerText(publicKey, presharedKey ?? '(none)', allowedCidrs, keepaliveOf(peer));
}

function peerText(
  publicKey: string,
  presharedKey: string,
  cidrs: readonly string[],
  keepalive: string,
): string {
  return [publicKey, presharedKey, cidrs.toSorted().join(), keepalive].join(' ');
}

/** A private key as WireGuard keeps it: of its bits some are always the same (RFC 7748, 5). */
function clamped(key: WireguardKey): string {
  const bytes = Buffer.from(key, 'base64');
  bytes[0] = (bytes[0] ?? 0) & 248;
  bytes[31] = ((bytes[31] ?? 0) & 127) | 64;
  return bytes.toString('base64');
}
