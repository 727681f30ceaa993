import type { Ipv4Address } from '../plan/ipv4.js';
import type { DeviceName, MacAddress, NamespaceName } from '../plan/plan-names.js';
import type { ElementSets } from './element-sets.js';

/**
 * What a document comes to on one appliance: everything that must be there, as data. The agent compares it with what is
 * there and makes the difference go away. Equal documents make equal programs.
 */
export interface NetworkProgram {
  readonly namespace: NamespaceName;
  /** A 32-bit hash of all of it, never 0: who finds it in the set `rev` knows what is loaded without listing it. */
  readonly mark: number;
  /** The side of the servers. */
  readonly tenant: TenantLink;
  /** One device for each uplink that an address needs. */
  readonly uplinks: readonly UplinkLink[];
  /** `net.ipv4.ip_forward`: values of the namespace, in the order in which they are set. */
  readonly settings: readonly Setting[];
  readonly sets: ElementSets;
  readonly names: NameService;
  readonly tunnel: Tunnel | null;
}

/** A device in the namespace with its addresses. */
export interface LinkAddresses {
  readonly device: DeviceName;
  readonly macAddress: MacAddress;
  /** `192.168.0.1/24`, and IPv6 ones; in their canonical form. */
  readonly addresses: readonly string[];
  /** Bits per second each way, or null: as fast as it goes. */
  readonly rateLimit: number | null;
}

/** How the network's segment comes into the namespace. */
export interface TenantLink extends LinkAddresses {
  readonly segment: SegmentPort;
}

/** A segment on a device of the machine. */
export type SegmentPort =
  | { readonly kind: 'vlan'; readonly trunk: DeviceName; readonly id: number }
  | {
      readonly kind: 'qinq';
      readonly trunk: DeviceName;
      readonly outerId: number;
      readonly id: number;
    }
  | { readonly kind: 'vxlan'; readonly trunk: DeviceName; readonly id: number };

/** The way outside over one uplink. */
export interface UplinkLink extends LinkAddresses {
  /** The physical network on the other side. */
  readonly uplink: DeviceName;
  /** The routers there, by what leaves from which address; the first is the namespace's default. */
  readonly routes: readonly UplinkRoute[];
}

/** What leaves from these addresses takes this way. */
export interface UplinkRoute {
  readonly gateway: string;
  readonly from: readonly string[];
  /** Of the routing table of these addresses. 254 is the main one. */
  readonly table: number;
}

/** A kernel setting inside the namespace. */
export interface Setting {
  readonly name: string;
  readonly value: string;
}

/** DHCP and DNS for the network's servers. */
export interface NameService {
  readonly domain: string;
  readonly gateway: Ipv4Address;
  readonly netmask: Ipv4Address;
  readonly network: Ipv4Address;
  /** `fd00::/64` to announce, or null. */
  readonly ipv6Cidr: string | null;
  readonly leases: readonly NamedLease[];
}

/** One server in {@link NameService}. */
export interface NamedLease {
  readonly uuid: string;
  readonly macAddress: MacAddress;
  readonly address: Ipv4Address;
  readonly hostname: string;
}

/** A WireGuard device of the namespace. Keys are secrets: they reach programs by standard input only. */
export interface Tunnel {
  readonly device: DeviceName;
  readonly listenPort: number;
  readonly privateKey: string;
  readonly address: string;
  readonly peers: readonly TunnelPeer[];
}

/** One peer of a {@link Tunnel}. */
export interface TunnelPeer {
  readonly publicKey: string;
  readonly presharedKey: string | null;
  readonly allowedCidrs: readonly string[];
  readonly endpoint: string | null;
}
