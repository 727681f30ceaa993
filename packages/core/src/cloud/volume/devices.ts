/** The place of a server's root disk. */
export const ROOT_DEVICE = 0;
/** The place that is kept for the CD, by the convention of hypervisors and guests. */
export const CD_DEVICE = 3;
/** The last place there is. */
export const LAST_DEVICE = 15;

/** Device numbers by volume id. */
export type Devices = Readonly<Record<string, number>>;

/** A volume that is to be in a server. */
export interface WantedVolume {
  readonly id: string;
  /** The place it is to have; null for any. */
  readonly device: number | null;
}

/** Whether a volume is the root disk of its server, which comes and goes with it. */
export function isRootDisk({ device }: { readonly device?: number | null }): boolean {
  return device === ROOT_DEVICE;
}

/**
 * Gives each volume that has no place in a server yet one that none has: the one it wants or the first that is free, the
 * places of those included that have not left yet. A volume that finds none is left out. Pure.
 */
export function placesFor(wanted: readonly WantedVolume[], known: Devices): Devices {
  const taken = new Set([ROOT_DEVICE, CD_DEVICE, ...Object.values(known)]);
  const given: Record<string, number> = {};
  // Who wants a certain place goes first: any other place will do for the rest.
  for (const { id, device } of wanted.toSorted(
    (left, right) => pickiness(right) - pickiness(left),
  )) {
    if (known[id] !== undefined) continue;
    const place = device === null ? firstFree(taken) : taken.has(device) ? undefined : device;
    if (place === undefined) continue;
    taken.add(place);
    given[id] = place;
  }
  return given;
}

function firstFree(taken: ReadonlySet<number>): number | undefined {
  for (let device = ROOT_DEVICE + 1; device <= LAST_DEVICE; device += 1)
    if (!taken.has(device)) return device;
  return undefined;
}

function pickiness({ device }: WantedVolume): number {
  return device === null ? 0 : 1;
}
