import type { ResourceUuid } from '@gdcloud/core';
import type { ApplianceDocument } from '../plan/appliance-document.js';
import type { PublicAddressElement } from '../plan/appliance-elements.js';
import {
  applianceMacAddress,
  type DeviceName,
  routingTable,
  uplinkDevice,
} from '../plan/plan-names.js';
import type { DefaultRoute, UplinkLink, UplinkRoute } from './network-program.js';

/** One link for each uplink that an address needs, by the uplinks' names. */
export function uplinkLinks(
  network: ResourceUuid,
  addresses: readonly PublicAddressElement[],
  rateLimit: number | null,
): readonly UplinkLink[] {
  const uplinks = [...new Set(addresses.map(({ uplink }) => uplink))].sort();
  return uplinks.map((uplink) => {
    const own = addresses.filter((address) => address.uplink === uplink);
    return {
      device: uplinkDevice(uplink),
      uplink,
      // The same on every appliance, so that the routers outside need not learn a new one.
      macAddress: applianceMacAddress(`uplink/${network}/${uplink}`),
      addresses: own.map(({ address, prefixLength }) => `${address}/${prefixLength}`),
      rateLimit,
      routes: uplinkRoutes(uplink, own),
    };
  });
}

function uplinkRoutes(
  uplink: DeviceName,
  addresses: readonly PublicAddressElement[],
): readonly UplinkRoute[] {
  const gateways = [...new Set<string>(addresses.map(({ gateway }) => gateway))].sort();
  return gateways.map((gateway) => ({
    gateway,
    from: addresses.filter((address) => address.gateway === gateway).map(({ address }) => address),
    table: routingTable(uplink, gateway),
  }));
}

/** The ways out of what servers send, and of the appliance itself where servers don't get out. */
export function defaultRoutes({
  outgoing,
  outgoingIpv6,
  publicAddresses,
}: ApplianceDocument): readonly DefaultRoute[] {
  const firstOf = (wanted: 'ipv4' | 'ipv6'): PublicAddressElement | undefined =>
    publicAddresses.find(({ family }) => family === wanted);
  return [outgoing ?? firstOf('ipv4'), outgoingIpv6 ?? firstOf('ipv6')]
    .filter((address) => address !== undefined)
    .map(({ uplink, gateway }) => ({ device: uplinkDevice(uplink), gateway }));
}
