import { asExternalId, asUuid, type ExternalId, type ResourceUuid } from '../../model/identity.js';
import { isJsonObject, type Json, type JsonObject, textIn } from '../../model/json.js';

/** What a server was when it was adopted: what its resource goes by instead of choosing anew. */
export interface Adopted {
  readonly external: ExternalId;
  /** What its pool calls the host that it is charged to at first. */
  readonly host: ExternalId;
  readonly macAddress: string;
  readonly ipv4Address: string;
  /** Ordered by device; the first is the root disk. */
  readonly disks: readonly AdoptedDisk[];
}

/** A disk that was in it; the volume goes by the name of its file. */
export interface AdoptedDisk {
  readonly device: number;
  readonly volume: ResourceUuid;
  readonly sizeGb: number;
}

/** Reads what {@link adoptedField} has written; undefined for a server that was not adopted. */
export function readAdopted(field: Json | undefined): Adopted | undefined {
  if (!isJsonObject(field)) return undefined;
  const { external, host, macAddress, ipv4Address, disks } = field;
  return {
    external: asExternalId(textIn(external)),
    host: asExternalId(textIn(host)),
    macAddress: textIn(macAddress),
    ipv4Address: textIn(ipv4Address),
    disks: (Array.isArray(disks) ? disks : []).filter(isJsonObject).map((disk) => ({
      device: Number(disk['device']),
      volume: asUuid(textIn(disk['volume'])),
      sizeGb: Number(disk['sizeGb']),
    })),
  };
}

/** As it is kept among the desired fields of its server. */
export function adoptedField({ disks, ...others }: Adopted): JsonObject {
  return { ...others, disks: disks.map((disk) => ({ ...disk })) };
}
