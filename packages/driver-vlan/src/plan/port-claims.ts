import type { BalancerElement, ForwardElement, VpnElement } from './appliance-elements.js';
import { invalidDocument } from './invalid-document.js';

interface Claim {
  readonly by: string;
  readonly start: number;
  readonly end: number;
}

/** Sees to it that each port of each public address and protocol leads to one place. Throws `invalid`. */
export function refusePortsTakenTwice(
  forwards: readonly ForwardElement[],
  balancers: readonly BalancerElement[],
  vpn: VpnElement | null,
): void {
  const claims = new Map<string, Claim[]>();
  const claim = (protocol: string, address: string, made: Claim): void => {
    const key = `${protocol} ${address}`;
    const found = claims.get(key);
    if (found === undefined) claims.set(key, [made]);
    else found.push(made);
  };
  for (const { uuid, protocol, publicAddress, publicStartPort, publicEndPort } of forwards) {
    const made = { by: `forwards ${uuid}`, start: publicStartPort, end: publicEndPort };
    claim(protocol, publicAddress, made);
  }
  for (const { uuid, protocol, publicAddress, publicPort } of balancers) {
    const made = { by: `balancers ${uuid}`, start: publicPort, end: publicPort };
    claim(protocol, publicAddress, made);
  }
  if (vpn !== null) {
    const made = { by: `vpn ${vpn.uuid}`, start: vpn.listenPort, end: vpn.listenPort };
    claim('udp', vpn.publicAddress, made);
  }
  for (const made of claims.values()) refuseOverlaps(made);
}

function refuseOverlaps(claims: Claim[]): void {
  let before: Claim | undefined;
  for (const claim of claims.sort((a, b) => a.start - b.start)) {
    if (before !== undefined && claim.start <= before.end) {
      throw invalidDocument(
        'PortTaken',
        `${claim.by}: a port of its public address is that of ${before.by} too`,
      );
    }
    before = claim;
  }
}
