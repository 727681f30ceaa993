import type { PortProtocol } from '@gdcloud/core';
import type { BalancerElement, ForwardElement, VpnElement } from './appliance-elements.js';
import { invalidDocument } from './invalid-document.js';

/** Which ports of an address are taken: a bit for each, so that ten thousand forwards cost next to nothing. */
type Taken = Uint8Array;

/** Sees to it that each port of each public address and protocol leads to one place. Throws `invalid`. */
export function refusePortsTakenTwice(
  forwards: readonly ForwardElement[],
  balancers: readonly BalancerElement[],
  vpn: VpnElement | null,
): void {
  const taken = { tcp: new Map<string, Taken>(), udp: new Map<string, Taken>() };
  const claim = (protocol: PortProtocol, address: string, port: number, by: string): void => {
    const ports = taken[protocol].get(address) ?? new Uint8Array(65_536 / 8);
    taken[protocol].set(address, ports);
    const bit = 1 << (port & 7);
    const others = ports[port >> 3] ?? 0;
    if ((others & bit) !== 0) {
      throw invalidDocument(
        'PortTaken',
        `${by}: a port of its public address is another's already`,
      );
    }
    ports[port >> 3] = others | bit;
  };
  if (vpn !== null) claim('udp', vpn.publicAddress, vpn.listenPort, `vpn ${vpn.uuid}`);
  for (const { uuid, protocol, publicAddress, publicPort } of balancers) {
    claim(protocol, publicAddress, publicPort, `balancers ${uuid}`);
  }
  for (const { uuid, protocol, publicAddress, publicStartPort, publicEndPort } of forwards) {
    for (let port: number = publicStartPort; port <= publicEndPort; port += 1) {
      claim(protocol, publicAddress, port, `forwards ${uuid}`);
    }
  }
}
