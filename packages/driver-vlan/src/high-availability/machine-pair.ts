import type { Clock, LockService, PhysicalNetwork } from '@gdcloud/core';
import type { ApplianceMachine } from '../carrier/appliance-machine.js';
import type { MachineCards } from '../links/machine-cards.js';
import type { ApplianceDocument } from '../plan/appliance-document.js';
import type { DeviceName } from '../plan/plan-names.js';
import { Announcer } from './announcer.js';
import { Gate } from './gate.js';
import type { GatedCard } from './gate-program.js';
import type { LeasePair } from './high-availability-settings.js';
import { LeaseElection } from './lease-election.js';
import { PairKeeper } from './pair-keeper.js';
import type { PairReport } from './pair-report.js';
import type { TakeoverPermission } from './takeover-permission.js';

/** How a machine is one of a pair. */
export interface PairParts {
  readonly settings: LeasePair;
  readonly cards: MachineCards;
  /** Which of the trunks carry VXLAN is told by them. */
  readonly physicalNetworks: readonly PhysicalNetwork[];
  readonly locks: LockService;
  /** Until when it may take over. */
  readonly permission: TakeoverPermission;
  readonly clock: Clock;
  readonly report: PairReport;
}

/** What a machine carries. */
export interface Carried {
  readonly documents: () => readonly ApplianceDocument[];
  readonly namespaces: () => Promise<readonly string[]>;
}

/** What keeps a machine in its pair. */
export function machinePair(
  { runner, ports }: ApplianceMachine,
  { settings, cards, physicalNetworks, locks, permission, clock, report }: PairParts,
  { documents, namespaces }: Carried,
): PairKeeper {
  const { pair, pollMs, closeAfterMs } = settings;
  return new PairKeeper({
    gate: new Gate(runner, gatedCards(cards, physicalNetworks)),
    election: new LeaseElection({ locks, permission, clock, pair, pollMs }),
    announcer: new Announcer({ runner, clock, cards, ports, documents, namespaces }),
    clock,
    closeAfterMs,
    onChange: (state) => report.changed(state),
    onTrouble: (trouble) => report.troubled(trouble),
  });
}

/** The cards that frames of networks leave a machine by, each once. */
export function gatedCards(
  { trunks, uplinks }: MachineCards,
  physicalNetworks: readonly PhysicalNetwork[],
): readonly GatedCard[] {
  const vxlan = new Set<DeviceName>(
    physicalNetworks
      .filter(({ kind }) => kind === 'vxlan')
      .flatMap(({ name }) => trunks.get(name as DeviceName) ?? []),
  );
  const devices = new Set([...trunks.values(), ...uplinks.values()].flat());
  return [...devices].sort().map((device) => ({
    device,
    carries: vxlan.has(device) ? 'frames and vxlan' : 'frames',
  }));
}
