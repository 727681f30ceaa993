import type { Clock, LockService, PhysicalNetwork } from '@gdcloud/core';
import type { ApplianceMachine } from '../carrier/appliance-machine.js';
import type { MachineCards } from '../links/machine-cards.js';
import type { ApplianceDocument } from '../plan/appliance-document.js';
import type { DeviceName } from '../plan/plan-names.js';
import { advertisedTime } from './advertised-time.js';
import { Announcer } from './announcer.js';
import { DeadMansTime } from './dead-mans-time.js';
import { Gate } from './gate.js';
import type { GatedCard } from './gate-program.js';
import type { LeasePair, VrrpPair } from './high-availability-settings.js';
import { LeaseElection } from './lease-election.js';
import { PairKeeper, type PairState } from './pair-keeper.js';
import type { PairReport } from './pair-report.js';
import type { TakeoverPermission } from './takeover-permission.js';
import { VrrpElection } from './vrrp-election.js';

/** How a machine is one of a pair. */
export interface PairParts {
  readonly settings: LeasePair | VrrpPair;
  readonly cards: MachineCards;
  /** Which of the trunks carry VXLAN is told by them. */
  readonly physicalNetworks: readonly PhysicalNetwork[];
  /** For a pair by lease. */
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
  const announcer = new Announcer({ runner, clock, cards, ports, documents, namespaces });
  const gated = gatedCards(cards, physicalNetworks);
  const parts = {
    announcer,
    clock,
    onChange: (state: PairState) => report.changed(state),
    onTrouble: (trouble: Error) => report.troubled(trouble),
  };
  switch (settings.kind) {
    case 'lease': {
      const { pair, pollMs, closeAfterMs } = settings;
      return new PairKeeper({
        ...parts,
        gate: new Gate(runner, { cards: gated }),
        election: new LeaseElection({ locks, permission, clock, pair, pollMs }),
        timeOf: (mandate) => new DeadMansTime(mandate, closeAfterMs),
      });
    }
    case 'vrrp': {
      const { device, routerId, advertiseMs } = settings;
      const gate = new Gate(runner, {
        cards: gated,
        advertisements: { device, routerId, everyMs: advertiseMs },
      });
      return new PairKeeper({
        ...parts,
        gate,
        election: new VrrpElection({ runner, clock, settings, permission, gate }),
        timeOf: () => advertisedTime(advertiseMs),
      });
    }
  }
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
