import { resolve } from 'node:path';
import {
  type ApplianceActual,
  type Clock,
  type DriverCall,
  DriverFailure,
  type LockService,
  type Logger,
  type Meter,
  type NetworkDriver,
  NO_METER,
  type PhysicalNetwork,
  parseUuid,
  type Random,
  type ResourceUuid,
  systemClock,
  systemRandom,
} from '@gdcloud/core';
import { namesakePorts, planSteps } from './agent/plan-steps.js';
import { planText } from './agent/plan-text.js';
import { appliancesOf } from './appliances.js';
import { auditReport } from './care/audit-report.js';
import { agentCarrier } from './carrier/agent-carrier.js';
import { sandboxedMachine, thisMachine } from './carrier/appliance-machine.js';
import type { Carrier } from './carrier/carrier.js';
import { markOfLine } from './carrier/mark-line.js';
import { watchNetworks } from './carrier/watch-networks.js';
import {
  type HighAvailabilitySettings,
  highAvailability,
} from './high-availability/high-availability-settings.js';
import type { PairParts } from './high-availability/machine-pair.js';
import { notInPair, type PairState } from './high-availability/pair-keeper.js';
import { pairMember } from './high-availability/pair-member.js';
import { pairReport } from './high-availability/pair-report.js';
import { TakeoverPermission } from './high-availability/takeover-permission.js';
import { machineCards } from './links/machine-cards.js';
import type { MachinePorts } from './links/machine-ports.js';
import { type MachineSettings, machinePorts, sandboxPorts } from './links/machine-settings.js';
import { macAddress } from './mac-address.js';
import { parseAppliance } from './plan/appliance-document.js';
import { namespaceName } from './plan/plan-names.js';
import { compileProgram } from './program/compile-program.js';
import type { NetworkProgram } from './program/network-program.js';
import type { ApplianceRecord } from './record/appliance-record.js';
import { carriedIn } from './record/carried.js';
import { guarded } from './record/record-failure.js';
import { nodeRecordFiles, type RecordFiles } from './record/record-files.js';

/** Which trunks there are, and where plans are kept. */
export interface VlanOptions {
  /** Where the plan of each network is kept: a local folder, made at the first network. */
  readonly folder: string;
  /** The trunks and the tags on them that are ours; by default VLANs 100 to 3999 of `physnet1`. */
  readonly physicalNetworks?: readonly PhysicalNetwork[] | undefined;
  /**
   * `record` (default): plans are rendered and kept, nothing is applied. `sandboxed`: networks are carried in namespaces
   * of this process' own, which lead nowhere. `full`: by this machine, as root. `strongestMode` tells what it can.
   */
  readonly mode?: ApplianceActual['mode'] | undefined;
  /** How this machine is wired, for `full`. In a sandbox only the uplinks' names matter. */
  readonly machine?: MachineSettings | undefined;
  /** Who is asked for names outside, by address; without any, servers find each other's names only. */
  readonly nameServers?: readonly string[] | undefined;
  /** From one audit to the next, of one network each; milliseconds. Default 1,000. */
  readonly auditEveryMs?: number | undefined;
  /** How it shares its networks with another appliance, for `full`; by default it is alone. */
  readonly highAvailability?: HighAvailabilitySettings | undefined;
}

/** The doors to the world, for tests and simulators that crash at each of them; by default the system's own. */
export interface VlanPorts {
  readonly files: RecordFiles;
  readonly random: Random;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
  /** Locks that the other appliance of a pair takes as well. */
  readonly locks: LockService;
  /** Does what documents say; by default an agent of the options' mode. */
  readonly carrier: Carrier;
}

/** The tags that are ours unless configured otherwise: below and above are commonly the operator's own. */
export const DEFAULT_PHYSICAL_NETWORKS: readonly PhysicalNetwork[] = [
  { name: 'physnet1', kind: 'vlan', firstId: 100, lastId: 3999 },
];

const NO_MACHINE: MachineSettings = { trunks: [], uplinks: [] };

/** For pairs that need none. */
const NO_LOCKS: LockService = {
  tryAcquire: async () => undefined,
  holder: async () => undefined,
};

/** A driver of networks, and what ends it. */
export interface VlanDriver extends NetworkDriver {
  /** What this appliance is in its pair; undefined where it is in none, or has not begun. */
  pairState(): PairState | undefined;
  /**
   * Hands all networks over to the other appliance of the pair, before this one is shut down, say. Throws a DriverFailure:
   * `unavailable` where the other does not answer, `invalid` where this one carries none.
   */
  handOver(options: { readonly signal: AbortSignal }): Promise<void>;
  /** Rejects with what keeps this appliance from taking part in its pair now. */
  checkPair(): Promise<void>;
  /** Ends what it talks to. Networks of mode `full` go on, unless they are a pair's: then the other may carry them at once. */
  close(): Promise<void>;
}

/**
 * Makes the driver. Does no I/O: a machine is opened when a network first needs it, and one of a pair when it is watched. Throws
 * TypeError, naming the field, for settings that can't be.
 */
export function createVlanDriver(options: VlanOptions, ports: Partial<VlanPorts> = {}): VlanDriver {
  const physicalNetworks = options.physicalNetworks ?? DEFAULT_PHYSICAL_NETWORKS;
  const pair = pairOf(options, physicalNetworks, ports);
  const carrier = ports.carrier ?? carrierOf(options, physicalNetworks, ports, pair);
  const kept = {
    folder: options.folder,
    files: ports.files ?? nodeRecordFiles,
    random: ports.random ?? systemRandom,
  };
  return {
    name: 'vlan',
    appliances: appliancesOf(kept, physicalNetworks, carrier),
    carried: carriedIn(kept, (record, network, signal) =>
      demandCarried(carrier, record, network, signal),
    ),
    planText: planTextOf(options, physicalNetworks),
    physicalNetworks,
    macAddress,
    ...(carrier === undefined
      ? {}
      : {
          meters: metersOf(carrier, options.folder),
          watch: watchNetworks(kept, carrier),
          proveIsolation: (from: ResourceUuid, to: ResourceUuid, { signal }: DriverCall) =>
            guarded(signal, 'read', options.folder, () => carrier.proveIsolation(from, to, signal)),
        }),
    ...(carrier !== undefined &&
      pair !== undefined && {
        member: pairMember(
          kept,
          carrier,
          pair.permission,
          pair.settings.kind === 'lease' ? 'yes' : 'no',
        ),
      }),
    pairState: () => carrier?.pairState(),
    handOver: async ({ signal }) =>
      guarded(signal, 'change', options.folder, async () => {
        if (carrier === undefined) throw notInPair();
        await carrier.handOver(signal);
      }),
    async checkPair() {
      const trouble = pair?.report.trouble();
      if (trouble !== undefined) throw trouble;
    },
    close: async () => carrier?.close(),
  };
}

function carrierOf(
  options: VlanOptions,
  physicalNetworks: readonly PhysicalNetwork[],
  { clock = systemClock, logger, meter = NO_METER }: Partial<VlanPorts>,
  pair: PairParts | undefined,
): Carrier | undefined {
  const { mode = 'record', machine = NO_MACHINE, nameServers = [], auditEveryMs = 1000 } = options;
  const caring = {
    nameServers,
    clock,
    auditEveryMs,
    metersFolder: `${resolve(options.folder)}/meters`,
    onAudit: auditReport(meter, logger),
  };
  switch (mode) {
    case 'record':
      return undefined;
    case 'full':
      return agentCarrier({
        ...caring,
        mode,
        open: () => thisMachine(machine, resolve(options.folder)),
        pair,
      });
    case 'sandboxed': {
      const trunks = physicalNetworks.map(({ name }) => name);
      const uplinks = machine.uplinks.map(({ name }) => name);
      const open = (signal: AbortSignal) => sandboxedMachine(trunks, uplinks, signal);
      return agentCarrier({ ...caring, mode, open });
    }
  }
}

function pairOf(
  { mode, machine = NO_MACHINE, highAvailability: asked }: VlanOptions,
  physicalNetworks: readonly PhysicalNetwork[],
  {
    clock = systemClock,
    random = systemRandom,
    logger,
    meter = NO_METER,
    locks,
  }: Partial<VlanPorts>,
): PairParts | undefined {
  const settings = highAvailability(asked);
  if (settings === undefined) return undefined;
  if (mode !== 'full') throw new TypeError('highAvailability: only mode full can be one of a pair');
  if (settings.kind === 'lease' && locks === undefined) {
    throw new TypeError('highAvailability.kind: lease needs a lock service, as by zookeeper()');
  }
  const cards = machineCards(machine);
  const report = pairReport(settings.pair, { clock, logger, meter });
  const permission = new TakeoverPermission(clock, random);
  return { settings, cards, physicalNetworks, locks: locks ?? NO_LOCKS, permission, clock, report };
}

// As this machine is wired; who only records names devices by their physical networks.
function planTextOf(
  { mode = 'record', machine = NO_MACHINE }: VlanOptions,
  physicalNetworks: readonly PhysicalNetwork[],
): NonNullable<NetworkDriver['planText']> {
  return async (network, desired) => {
    const document = parseAppliance(network, desired, physicalNetworks);
    const program = compileProgram(document);
    return planText(document, planSteps(program, portsFor(program)));
  };
  function portsFor(program: NetworkProgram): MachinePorts {
    switch (mode) {
      case 'record':
        return namesakePorts(program);
      case 'full':
        return machinePorts(machine);
      case 'sandboxed':
        return sandboxPorts(
          physicalNetworks.map(({ name }) => name),
          machine.uplinks.map(({ name }) => name),
        );
    }
  }
}

function metersOf(carrier: Carrier, folder: string): NonNullable<NetworkDriver['meters']> {
  return (network, { signal }) =>
    guarded(signal, 'read', folder, async () =>
      [...(await carrier.meters(network, signal))].flatMap(([part, count]) => {
        const element = parseUuid(part.split(' ')[1] ?? '');
        return element === undefined ? [] : [{ element, ...count }];
      }),
    );
}

// Without a record: that nothing is there.
async function demandCarried(
  carrier: Carrier | undefined,
  record: ApplianceRecord | undefined,
  network: ResourceUuid,
  signal: AbortSignal,
): Promise<void> {
  if (carrier === undefined) return;
  const namespace = namespaceName(network);
  if (record === undefined) {
    if (await carrier.isThere(namespace, signal)) throw notYet('is still being taken away');
    return;
  }
  const ready = await carrier.readyMark(namespace, signal);
  if (ready === undefined || ready !== markOfLine(record.plan)) {
    throw notYet('is not as its last document asks');
  }
}

function notYet(what: string): DriverFailure {
  return new DriverFailure('unavailable', 'NotCarriedYet', `the appliance ${what}`, {
    remedy: 'None is needed: it is being brought there.',
  });
}
