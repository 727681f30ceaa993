import type {
  Backend,
  BackendCheck,
  LoadBalancer,
  PortForward,
  PublicAddress,
  ServerLease,
  SourceRule,
  VpnGateway,
  VpnPeer,
} from '@gdcloud/core';
import type { Hostname } from './domain-name.js';
import type { IpAddress, IpSpan } from './ip.js';
import type { Ipv4Address } from './ipv4.js';
import type { Ipv6Address } from './ipv6.js';
import type { CertificateText, PrivateKeyText } from './parse-certificate.js';
import type { DeviceName, MacAddress } from './plan-names.js';
import type { Port } from './ports.js';
import type { Cidr, Endpoint } from './tunnel-ranges.js';
import type { WireguardKey } from './wireguard-key.js';

// The elements of a document after validation: the same fields with the same values, of types that parsers alone make.

/** A {@link PublicAddress} that is valid. */
export type PublicAddressElement = Ipv4PublicAddress | Ipv6PublicAddress;

/** One of IPv4. */
export interface Ipv4PublicAddress extends PublicAddress {
  readonly family: 'ipv4';
  readonly address: Ipv4Address;
  readonly gateway: Ipv4Address;
  readonly uplink: DeviceName;
}

/** One of IPv6. */
export interface Ipv6PublicAddress extends PublicAddress {
  readonly family: 'ipv6';
  readonly address: Ipv6Address;
  readonly gateway: Ipv6Address;
  readonly uplink: DeviceName;
}

/** A {@link PortForward} that is valid: all its ports are within 1–65535, on both sides, and both addresses of one version. */
export interface ForwardElement extends PortForward {
  readonly publicAddress: IpAddress;
  readonly publicStartPort: Port;
  readonly publicEndPort: Port;
  readonly privateAddress: IpAddress;
  readonly privateStartPort: Port;
}

/** A {@link LoadBalancer} that is valid: at most 64 backends, each with an address of its own, of the public one's version. */
export interface BalancerElement extends LoadBalancer {
  readonly proxy?: HttpProxyElement | undefined;
  readonly publicAddress: IpAddress;
  readonly publicPort: Port;
  readonly privatePort: Port;
  readonly check: BackendCheck | null;
  readonly backends: readonly BackendElement[];
}

/** An {@link HttpProxying} that is valid. */
export type HttpProxyElement =
  | { readonly scheme: 'http' }
  | {
      readonly scheme: 'https';
      readonly certificate: CertificateText;
      readonly privateKey: PrivateKeyText;
    };

/** A {@link Backend} that is valid. */
export interface BackendElement extends Backend {
  readonly privateAddress: IpAddress;
}

/** A {@link SourceRule} that is valid. */
export interface RuleElement extends SourceRule {
  readonly publicAddress: IpAddress | null;
  /** The addresses of `cidr`. */
  readonly range: IpSpan;
  readonly startPort: Port | null;
  readonly endPort: Port | null;
}

/** A {@link ServerLease} that is valid. */
export interface LeaseElement extends ServerLease {
  readonly macAddress: MacAddress;
  readonly ipv4Address: Ipv4Address;
  readonly ipv6Address: Ipv6Address | null;
  readonly hostname: Hostname;
}

/** A {@link VpnGateway} that is valid. */
export interface VpnElement extends VpnGateway {
  readonly publicAddress: IpAddress;
  readonly listenPort: Port;
  readonly privateKey: WireguardKey;
  readonly ipv4Address: Cidr;
  readonly peers: readonly VpnPeerElement[];
}

/** A {@link VpnPeer} that is valid. */
export interface VpnPeerElement extends VpnPeer {
  readonly publicKey: WireguardKey;
  readonly presharedKey: WireguardKey | null;
  readonly allowedCidrs: readonly Cidr[];
  readonly endpoint: Endpoint | null;
}
