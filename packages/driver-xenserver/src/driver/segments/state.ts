import type { DriverCall } from '@gdcloud/core';
import type { NetworkRecord, PIFRecord } from '../../datamodel/records.generated.js';
import type { DriverContext } from '../context.js';
import { orGone } from '../ours.js';
import { together } from '../together.js';

/** One host's part of a segment. */
export interface HostPart {
  /** Reference of the host. */
  readonly host: string;
  /** The interface that carries tagged traffic on that host; absent when the host has none of that name. */
  readonly trunk?: { readonly ref: string; readonly device: string } | undefined;
  /** The interface of the segment; absent when the host does not carry it yet. */
  readonly interface?: { readonly ref: string; readonly record: PIFRecord } | undefined;
}

/** Reads which hosts carry a network and over which device of theirs they would. */
export async function readParts(
  { xapi }: DriverContext,
  found: { readonly record: Pick<NetworkRecord, 'PIFs'> },
  device: string,
  call: DriverCall,
): Promise<readonly HostPart[]> {
  const [untagged, carrying] = await together([
    // -1 is XAPI's tag of interfaces without one: physical ones and bonds.
    xapi.read('PIF.get_all_records_where', ['field "VLAN" = "-1"'], call),
    readInterfaces(xapi, found.record.PIFs, call),
  ]);
  const trunks = Object.entries(untagged).filter(([, pif]) => pif.device === device);
  const parts = trunks.map(([ref, pif]): HostPart => {
    const there = carrying.find(([, record]) => record.host === pif.host);
    const trunk = { ref, device: pif.device };
    if (there === undefined) return { host: pif.host, trunk };
    return { host: pif.host, trunk, interface: { ref: there[0], record: there[1] } };
  });
  const strays = carrying
    .filter(([, record]) => !parts.some((part) => part.host === record.host))
    .map(([ref, record]): HostPart => ({ host: record.host, interface: { ref, record } }));
  return [...parts, ...strays];
}

async function readInterfaces(
  xapi: DriverContext['xapi'],
  refs: readonly string[],
  call: DriverCall,
): Promise<readonly (readonly [string, PIFRecord])[]> {
  const records = await together(
    refs.map(
      async (ref) => [ref, await orGone(() => xapi.read('PIF.get_record', [ref], call))] as const,
    ),
  );
  return records.flatMap(([ref, record]) => (record === undefined ? [] : [[ref, record] as const]));
}
