import type { DomainName, Hostname } from '../plan/domain-name.js';
import type { Ipv4Address } from '../plan/ipv4.js';
import type { Ipv6Address } from '../plan/ipv6.js';
import type { DeviceName, MacAddress, NamespaceName } from '../plan/plan-names.js';
import type { SegmentPort } from '../plan/segment-port.js';
import type { Cidr, Endpoint } from '../plan/tunnel-ranges.js';
import type { WireguardKey } from '../plan/wireguard-key.js';
import type { ElementGroup } from './element-sets.js';
import type { HttpProxy } from './http-proxy.js';

/**
 * What a document comes to on one appliance: everything that must be there, as data. The agent compares it with what is
 * there and makes the difference go away. Equal documents make equal programs.
 */
export interface NetworkProgram {
  readonly namespace: NamespaceName;
  /** A 32-bit hash of all of it, never 0: who finds it in the set `rev` knows what is loaded without listing it. */
  readonly mark: number;
  /** The mark this document has when every server is well: who finds it knows that the document is carried. */
  readonly documentMark: number;
  /** The side of the servers. */
  readonly tenant: TenantLink;
  /** One device for each uplink that an address needs. */
  readonly uplinks: readonly UplinkLink[];
  /** `net.ipv4.ip_forward`: values of the namespace, in the order in which they are set. */
  readonly settings: readonly Setting[];
  /** What the firewall's sets hold, part by part; `elementSets` joins them. */
  readonly elements: readonly ElementGroup[];
  /** The ways out of what no other route is for: at most one of IPv4 and one of IPv6. */
  readonly defaultRoutes: readonly DefaultRoute[];
  readonly names: NameService;
  readonly tunnel: Tunnel | null;
  readonly proxy: HttpProxy | null;
}

/** A device in the namespace with its addresses. */
export interface LinkAddresses {
  readonly device: DeviceName;
  readonly macAddress: MacAddress;
  /** `192.168.0.1/24`, and IPv6 ones; in their canonical form. */
  readonly addresses: readonly string[];
  /** What it may send, in bits per second; null: as fast as it goes. */
  readonly rateLimit: number | null;
}

/** How the network's segment comes into the namespace. */
export interface TenantLink extends LinkAddresses {
  readonly segment: SegmentPort;
}

/** The way outside over one uplink. */
export interface UplinkLink extends LinkAddresses {
  /** The physical network on the other side. */
  readonly uplink: DeviceName;
  /** The routers there. */
  readonly routes: readonly UplinkRoute[];
}

/**
 * A router, which has a routing table of its own with this one way out, so that what came by it goes back by it. Three
 * kinds of rules lead there, in this order: all look into the main table first, except for its default route
 * (`lookup main suppress_prefixlength 0`); what carries the table's number as its mark looks into the table (answers of
 * servers, marked by the firewall); and so does what leaves from one of the addresses (the appliance's own).
 */
export interface UplinkRoute {
  /** Of either family; it need not lie in the range of an address (`onlink`). */
  readonly gateway: string;
  readonly from: readonly string[];
  /** From 1024; depends on the uplink and the gateway alone. */
  readonly table: number;
}

/** The main table's way out. */
export interface DefaultRoute {
  readonly device: DeviceName;
  readonly gateway: string;
}

/** A kernel setting inside the namespace. */
export interface Setting {
  readonly name: string;
  readonly value: string;
}

/** DHCP and DNS for the network's servers. */
export interface NameService {
  readonly domain: DomainName;
  readonly gateway: Ipv4Address;
  readonly netmask: Ipv4Address;
  readonly network: Ipv4Address;
  readonly ipv6: AnnouncedRange | null;
  readonly leases: readonly NamedLease[];
}

/** The range in which servers have IPv6 addresses. */
export interface AnnouncedRange {
  /** `fd12:3456:789a::/64` */
  readonly cidr: string;
  readonly gateway: Ipv6Address;
  /** Whether there is a way out by it, so that servers are to take it. */
  readonly leadsOut: boolean;
}

/** One server in {@link NameService}. */
export interface NamedLease {
  readonly uuid: string;
  readonly macAddress: MacAddress;
  readonly address: Ipv4Address;
  readonly ipv6Address: Ipv6Address | null;
  readonly hostname: Hostname;
}

/** A WireGuard device of the namespace. Keys are secrets: they are in no arguments of programs. */
export interface Tunnel {
  readonly device: DeviceName;
  readonly listenPort: number;
  readonly privateKey: WireguardKey;
  readonly address: Cidr;
  readonly peers: readonly TunnelPeer[];
}

/** One peer of a {@link Tunnel}. */
export interface TunnelPeer {
  readonly publicKey: WireguardKey;
  readonly presharedKey: WireguardKey | null;
  readonly allowedCidrs: readonly Cidr[];
  readonly endpoint: Endpoint | null;
}
