import type { GuestReport } from '@gdcloud/core';
import type { VMGuestMetricsRecord } from '../../datamodel/records.generated.js';

/** What a guest's tools have told the pool. Releases differ in the fields they have. */
export type GuestMetrics = Partial<VMGuestMetricsRecord>;

/** Reads the report of a guest; undefined when its tools have told nothing. Pure. */
export function guestReport(metrics: GuestMetrics | undefined): GuestReport | undefined {
  if (metrics === undefined) return undefined;
  const addresses = addressesIn(metrics.networks ?? {});
  const tools = hasTools(metrics);
  if (!tools && addresses.length === 0) return undefined;
  const { name, major, minor } = metrics.os_version ?? {};
  const osVersion = [major, minor].filter(isSaid).join('.');
  // Windows adds the folder and the partition it is in.
  const osName = name?.split('|')[0]?.trim();
  const toolsVersion = toolsVersionIn(metrics.PV_drivers_version ?? {});
  return {
    addresses,
    ...(isSaid(osName) ? { osName } : {}),
    ...(isSaid(osVersion) ? { osVersion } : {}),
    tools: isUpToDate(metrics) ? 'current' : 'outdated',
    ...(isSaid(toolsVersion) ? { toolsVersion } : {}),
  };
}

/** Whether a fully virtualised guest can have devices plugged in and out (reference/xenserver.md 2.5). */
export function canPlug(metrics: GuestMetrics | undefined, device: 'VBD' | 'VIF'): boolean {
  if (metrics === undefined) return false;
  const said = device === 'VBD' ? metrics.can_use_hotplug_vbd : metrics.can_use_hotplug_vif;
  return said === 'yes' || (said !== 'no' && hasTools(metrics));
}

/** Whether the guest has drivers of the hypervisor's at all. */
export function hasTools({
  PV_drivers_detected: detected,
  PV_drivers_version: version,
}: GuestMetrics): boolean {
  return detected === true || Object.keys(version ?? {}).length > 0;
}

// From 7.0 on the pool only says that there are drivers, and counts no release of them as old.
function isUpToDate({
  PV_drivers_detected: detected,
  PV_drivers_up_to_date: recent,
}: GuestMetrics): boolean {
  return detected === true || recent === true;
}

// `0/ip`, `0/ipv4/0`, `0/ipv6/0`: the first number is the card's.
function addressesIn(networks: Readonly<Record<string, string>>): readonly string[] {
  const found = Object.entries(networks)
    .flatMap(([place, address]) => {
      const [, card] = /^(\d+)\/(?:ip|ipv[46]\/\d+)$/.exec(place) ?? [];
      return card === undefined || address === '' ? [] : [{ card: Number(card), address }];
    })
    .toSorted((left, right) => left.card - right.card);
  return [...new Set(found.map(({ address }) => address))];
}

function toolsVersionIn({ major, minor, micro, build }: Readonly<Record<string, string>>): string {
  const version = [major, minor, micro].filter(isSaid).join('.');
  return isSaid(build) && build !== '-1' ? `${version}-${build}` : version;
}

function isSaid(text: string | undefined): text is string {
  return text !== undefined && text !== '';
}
