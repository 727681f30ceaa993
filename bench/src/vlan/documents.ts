import { type ApplianceDesired, asUuid, type PortForward, type ResourceUuid } from '@gdcloud/core';
import {
  type ApplianceDocument,
  compileProgram,
  type NetworkProgram,
  parseAppliance,
} from '@gdcloud/driver-vlan';
import { NetworkAgent, type Sandbox, sandboxPorts } from '@gdcloud/driver-vlan/agent';

const PHYSICAL_NETWORKS = [{ name: 'physnet1', kind: 'vlan', firstId: 1, lastId: 4094 }] as const;
/** Forwards of one public address. */
const PORTS = 200;

/** The uuid number `n` of a benchmark. */
export function uuidOf(n: number): ResourceUuid {
  return asUuid(`01890000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`);
}

/** A network with `forwards` forwards, spread over as many public addresses as they need. */
export function documentOf(network: number, forwards: number): ApplianceDesired {
  const addresses = Array.from({ length: Math.max(1, Math.ceil(forwards / PORTS)) }, (_, n) => ({
    uuid: uuidOf(100_000 + n),
    generation: 1,
    address: publicAddress(network, n),
    prefixLength: 15,
    gateway: '198.18.0.1',
    uplink: 'outside',
  }));
  return {
    name: `network ${network}`,
    revision: 1,
    segment: { kind: 'vlan', physicalNetwork: 'physnet1', id: network },
    ipv4Cidr: '10.0.0.0/16',
    gatewayIpv4Address: '10.0.0.1',
    ipv6Cidr: null,
    domain: 'bench.example',
    rateLimitMbit: null,
    publicAddresses: addresses,
    outgoingAddress: addresses[0]?.address ?? null,
    forwards: Array.from({ length: forwards }, (_, n) => forwardOf(network, n)),
    balancers: [],
    rules: [],
    leases: [],
    vpn: null,
  };
}

/** The forward number `n` of a network. */
export function forwardOf(network: number, n: number): PortForward {
  const port = 1000 + (n % PORTS);
  return {
    uuid: uuidOf(200_000 + n),
    generation: 1,
    protocol: 'tcp',
    publicAddress: publicAddress(network, Math.floor(n / PORTS)),
    publicStartPort: port,
    publicEndPort: port,
    privateAddress: `10.0.${1 + (n >> 8)}.${n & 255}`,
    privateStartPort: 8080,
  };
}

/** What a document comes to, from the very beginning: it is validated first, beside the one before, as the driver does. */
export function programOf(
  network: number,
  desired: ApplianceDesired,
  before?: ApplianceDocument,
): NetworkProgram {
  return compileProgram(documentRead(network, desired, before));
}

/** A document as the driver reads it. */
export function documentRead(
  network: number,
  desired: ApplianceDesired,
  before?: ApplianceDocument,
): ApplianceDocument {
  return parseAppliance(uuidOf(network), desired, PHYSICAL_NETWORKS, before);
}

/** An agent in the sandbox. */
export function agentIn({ runner }: Sandbox): NetworkAgent {
  const ports = sandboxPorts(['physnet1'], ['outside']);
  return new NetworkAgent({ runner, ports, services: [], metersFolder: '/run/meters' });
}

function publicAddress(network: number, n: number): string {
  return `198.${18 + (network >> 10)}.${(network >> 2) & 255}.${((network & 3) << 6) + 2 + n}`;
}
