import type { ResourceUuid, ServerDesired, ServerNic } from '@gdcloud/core';
import type { Specs } from '@gdcloud/core/testing';

/** The place of the CD drive. */
export const CD = 3;

/** What servers are made of on a pool. */
export interface Parts {
  readonly networks: readonly ResourceUuid[];
  /** The disk that the `nth` server has as `device`. */
  volume(nth: number, device: number): ResourceUuid;
}

/** One byte in hex. */
export function pair(value: number): string {
  return (value % 256).toString(16).padStart(2, '0');
}

/** A card of the first server, in the network of its number. */
export function cardIn({ networks }: Parts, device: number): ServerNic {
  const network = networks[device];
  if (network === undefined) throw new RangeError(`there is no network for card ${device}`);
  return {
    device,
    network,
    macAddress: `02:00:00:00:00:${pair(device)}`,
    ipv4Address: `192.168.${device}.10`,
  };
}

/** What holds for servers on any pool: how `web` is told from others, and what makes no sense. */
export function serverSpecs(
  parts: Parts,
  web: ServerDesired,
): Pick<Specs<ServerDesired>, 'invalid' | 'unforeseen' | 'named' | 'apart'> {
  const [first, second] = [cardIn(parts, 0), cardIn(parts, 1)];
  return {
    invalid: [
      { ...web, disks: [...web.disks, { device: 0, volume: parts.volume(0, 1) }] },
      { ...web, nics: [first, { ...second, device: 0 }] },
      { ...web, nics: [{ ...first, macAddress: 'nonsense' }] },
      { ...web, ramSizeMb: 0 },
      { ...web, cpuCount: 0 },
    ],
    // What the tools of a guest tell once it is up, and what the release can't do.
    unforeseen: ['guest', 'sourceUnfiltered'],
    named: (name) => ({ ...web, name }),
    // No disk can be in two servers, and no address on two cards.
    apart: (desired, nth) => ({
      ...desired,
      disks: desired.disks.map(({ device }) => ({ device, volume: parts.volume(nth, device) })),
      ...(desired.cd === undefined ? {} : { cd: parts.volume(nth, CD) }),
      nics: desired.nics.map((card) =>
        card.macAddress.startsWith('02:')
          ? { ...card, macAddress: `02:00:00:${pair(nth >> 8)}:${pair(nth)}:${pair(card.device)}` }
          : card,
      ),
    }),
  };
}
