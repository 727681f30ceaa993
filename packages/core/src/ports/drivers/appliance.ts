import type { ResourceUuid } from '../../model/identity.js';
import type { Segment } from './network.js';

/**
 * A network as its appliance should carry it: one document, followed as a whole. Lists are in the order of their
 * elements' uuids, so that equal networks make equal documents. Addresses are texts in their one canonical form.
 */
export interface ApplianceDesired {
  readonly name: string;
  /**
   * Grows with each change of the document; 0: of an appliance that is made, and told of its elements after that. Which of
   * two is newer is told by the fence of the call alone.
   */
  readonly revision: number;
  readonly segment: Segment;
  /** `192.168.0.0/24` */
  readonly ipv4Cidr: string;
  /** The appliance's own address in it. */
  readonly gatewayIpv4Address: string;
  /**
   * Announced to servers, which make their own addresses in it; null: IPv4 only. A local one, `fd12:3456:789a::/64`: outside
   * servers are seen by an address of their network, as over IPv4. Any other: routers outside send what is for it here,
   * servers are known there by their own addresses, and nobody gets in to them whom no rule allows.
   */
  readonly ipv6Cidr: string | null;
  /** The DNS domain of the network's servers. */
  readonly domain: string;
  /** How fast it may send over each of its uplinks, and how fast its servers may receive over all; Mbit/s. Null: as fast as it goes. */
  readonly rateLimitMbit: number | null;
  /** Its addresses on the outside. Without any there is no way out or in. */
  readonly publicAddresses: readonly PublicAddress[];
  /** The one of them that servers are seen by outside; null: servers don't get out. */
  readonly outgoingAddress: string | null;
  /**
   * The one of IPv6 that servers are seen by outside; where `ipv6Cidr` is routed, by whose router they get out. Null or
   * absent: they don't get out over IPv6.
   */
  readonly outgoingIpv6Address?: string | null | undefined;
  readonly forwards: readonly PortForward[];
  readonly balancers: readonly LoadBalancer[];
  readonly rules: readonly SourceRule[];
  /** The servers that get an address and a name from it. */
  readonly leases: readonly ServerLease[];
  readonly vpn: VpnGateway | null;
}

/** What every part of a document is known by: the resource it comes from, and the generation of that. */
export interface ApplianceElement {
  readonly uuid: ResourceUuid;
  readonly generation: number;
}

/** An address of an operator's pool, as the appliance answers for it. */
export interface PublicAddress extends ApplianceElement {
  /** `203.0.113.11`, or an IPv6 address. */
  readonly address: string;
  /** Of the pool it is from. */
  readonly prefixLength: number;
  /** The router outside. */
  readonly gateway: string;
  /** The physical network on whose other side the router is. */
  readonly uplink: string;
}

/** The protocols that have ports. */
export type PortProtocol = 'tcp' | 'udp';

/** Ports of a public address that lead to the same number of ports of one server, both of one version of IP. */
export interface PortForward extends ApplianceElement {
  readonly protocol: PortProtocol;
  readonly publicAddress: string;
  readonly publicStartPort: number;
  readonly publicEndPort: number;
  readonly privateAddress: string;
  readonly privateStartPort: number;
}

/** A port of a public address whose connections are spread over servers, all of one version of IP. */
export interface LoadBalancer extends ApplianceElement {
  readonly protocol: PortProtocol;
  readonly publicAddress: string;
  readonly publicPort: number;
  readonly privatePort: number;
  /** `source`: one client always gets the same server while that is well. */
  readonly algorithm: 'roundRobin' | 'source';
  /** Of tcp alone. Absent: connections are passed on as they are. */
  readonly proxy?: HttpProxying | undefined;
  /** Absent: every server counts as well. */
  readonly check: BackendCheck | null;
  readonly backends: readonly Backend[];
}

/**
 * A balancer that takes requests itself, and asks servers over HTTP: these are told by `X-Forwarded-For` who asks, and by
 * `X-Forwarded-Proto` how.
 */
export type HttpProxying =
  | { readonly scheme: 'http' }
  /** TLS ends here. */
  | {
      readonly scheme: 'https';
      /** Its own, then those that vouch for it; PEM. */
      readonly certificate: string;
      /** Of the first of them, PEM, not encrypted. Never shown, never logged. */
      readonly privateKey: string;
    };

/** A server behind a balancer. */
export interface Backend {
  readonly server: ResourceUuid;
  readonly privateAddress: string;
  /** How much of the whole it gets, 1–100. 0: it drains, that is connections it has stay, and no new ones come. */
  readonly weight: number;
}

/** When a server counts as well. */
export interface BackendCheck {
  /** `tcp`: the port takes connections. `http`: `path` answers with 200–399. */
  readonly kind: 'tcp' | 'http';
  /** Of the http check: starts with a slash. */
  readonly path: string | null;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** How many in a row make it well, or not. */
  readonly rise: number;
  readonly fall: number;
}

/**
 * Who may use a public address, or where servers may connect to. As soon as an address and port has an `allow` rule, all
 * other sources are refused there, those of the other version of IP too; `deny` is stronger than `allow`. Servers that
 * routers outside know by their own addresses are used by nobody whom none of the rules for each address allows.
 */
export interface SourceRule extends ApplianceElement {
  /** `in`: towards public addresses. `out`: from servers to the outside. */
  readonly direction: 'in' | 'out';
  readonly action: 'allow' | 'deny';
  /** Or a server's own, where routers outside know it. Null: each of them. */
  readonly publicAddress: string | null;
  readonly protocol: PortProtocol | 'any';
  /** The other side; of the version of `publicAddress`, where there is one. */
  readonly cidr: string;
  /** Of the address for `in`, of the other side for `out`; null: all. */
  readonly startPort: number | null;
  readonly endPort: number | null;
}

/** A server's address and name, for DHCP and DNS. */
export interface ServerLease extends ApplianceElement {
  readonly macAddress: string;
  readonly ipv4Address: string;
  /** In the network's `ipv6Cidr`, and the one that its card makes for itself; null or absent: none. */
  readonly ipv6Address?: string | null | undefined;
  /** 1–63 of a-z, 0-9 and inner hyphens. */
  readonly hostname: string;
}

/** WireGuard into the network. */
export interface VpnGateway extends ApplianceElement {
  readonly publicAddress: string;
  readonly listenPort: number;
  /** Its own key, 44 characters of base64. Never shown, never logged. */
  readonly privateKey: string;
  /** `10.99.0.1/24`: its address in the clients' own range. */
  readonly ipv4Address: string;
  readonly peers: readonly VpnPeer[];
}

/** A client, or the gateway of another site. */
export interface VpnPeer extends ApplianceElement {
  readonly publicKey: string;
  /** Extra secret of the two, or null. Never shown, never logged. */
  readonly presharedKey: string | null;
  /** The ranges behind it: a client's own address, or another site's networks. */
  readonly allowedCidrs: readonly string[];
  /** `198.51.100.7:51820` of another site, or null: it comes to us. */
  readonly endpoint: string | null;
}

/** The appliance's own account of itself. */
export interface ApplianceActual {
  readonly revision: number;
  /** `record`: the plan is rendered and kept, nothing is applied. `sandboxed`: in namespaces of this process' own. */
  readonly mode: 'full' | 'sandboxed' | 'record';
  /** Backends of balancers that fail their checks, by balancer. */
  readonly unwell?: Readonly<Record<ResourceUuid, readonly ResourceUuid[]>> | undefined;
  /** Of an appliance that is one of a pair: whether it is the one that is heard. */
  readonly inPair?: 'active' | 'standby' | undefined;
  /** Of a pair: how each of its appliances stands, by name. */
  readonly pair?: Readonly<Record<string, ApplianceStanding>> | undefined;
  /** What it has repaired by itself, oldest first: the last few of its life. */
  readonly repairs?: readonly ApplianceRepair[] | undefined;
}

/**
 * How an appliance of a pair stands for a network: it carries its document, and is heard (`active`), or not now
 * (`standby`), or nobody settles who is (`carrying`); it is being brought to it (`behind`); it can't be reached (`away`).
 */
export type ApplianceStanding = 'active' | 'standby' | 'carrying' | 'behind' | 'away';

/** Parts of a network that somebody else had changed, and the appliance has repaired. */
export interface ApplianceRepair {
  /** When; milliseconds since the epoch, and no two of one network are the same. */
  readonly at: number;
  /** `rules`, `links`: in the driver's words. */
  readonly parts: readonly string[];
}
