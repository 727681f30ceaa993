import { type DeviceName, trunkDevice } from '../plan/plan-names.js';
import type { MachineSettings, TrunkSettings, UplinkSettings } from './machine-settings.js';

/** The network cards by which trunks and uplinks leave a machine, by their names. */
export interface MachineCards {
  readonly trunks: ReadonlyMap<DeviceName, readonly DeviceName[]>;
  readonly uplinks: ReadonlyMap<DeviceName, readonly DeviceName[]>;
}

/**
 * Reads which cards a machine's networks leave by: `cards` where they are told, else the trunk's or uplink's own device
 * where that is a card. Throws TypeError, naming the field, where a bridge's cards are not told.
 */
export function machineCards({ trunks, uplinks }: MachineSettings): MachineCards {
  return {
    trunks: cardsByName('machine.trunks', trunks),
    uplinks: cardsByName('machine.uplinks', uplinks),
  };
}

function cardsByName(
  field: string,
  ports: readonly (TrunkSettings | UplinkSettings)[],
): ReadonlyMap<DeviceName, readonly DeviceName[]> {
  return new Map(
    ports.map((port, nth) => {
      const own = port.by === 'kernel' || port.by === 'macvlan' ? [port.device] : [];
      const cards = port.cards ?? own;
      if (cards.length === 0) {
        throw new TypeError(
          `${field}[${nth}].cards: of a pair it must be told by which network cards ${port.device} leaves the machine`,
        );
      }
      const named = cards.map((card) => trunkDevice(card, `${field}[${nth}].cards`));
      return [trunkDevice(port.name, `${field}[${nth}].name`), named];
    }),
  );
}
