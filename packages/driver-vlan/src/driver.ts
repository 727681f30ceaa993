import { resolve } from 'node:path';
import {
  type ApplianceActual,
  type Clock,
  DriverFailure,
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
import { appliancesOf } from './appliances.js';
import { auditReport } from './care/audit-report.js';
import { agentCarrier } from './carrier/agent-carrier.js';
import { sandboxedMachine, thisMachine } from './carrier/appliance-machine.js';
import type { Carrier } from './carrier/carrier.js';
import { markOfLine } from './carrier/mark-line.js';
import { watchNetworks } from './carrier/watch-networks.js';
import type { MachineSettings } from './links/machine-settings.js';
import { macAddress } from './mac-address.js';
import { namespaceName } from './plan/plan-names.js';
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
}

/** The doors to the world, for tests and simulators that crash at each of them; by default the system's own. */
export interface VlanPorts {
  readonly files: RecordFiles;
  readonly random: Random;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
  /** Does what documents say; by default an agent of the options' mode. */
  readonly carrier: Carrier;
}

/** The tags that are ours unless configured otherwise: below and above are commonly the operator's own. */
export const DEFAULT_PHYSICAL_NETWORKS: readonly PhysicalNetwork[] = [
  { name: 'physnet1', kind: 'vlan', firstId: 100, lastId: 3999 },
];

const NO_MACHINE: MachineSettings = { trunks: [], uplinks: [] };

/** A driver of networks, and what ends it. */
export interface VlanDriver extends NetworkDriver {
  /** Ends what it talks to. Networks of mode `full` go on. */
  close(): void;
}

/** Makes the driver. Does no I/O: a machine is opened when a network first needs it. */
export function createVlanDriver(options: VlanOptions, ports: Partial<VlanPorts> = {}): VlanDriver {
  const physicalNetworks = options.physicalNetworks ?? DEFAULT_PHYSICAL_NETWORKS;
  const carrier = ports.carrier ?? carrierOf(options, physicalNetworks, ports);
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
    physicalNetworks,
    macAddress,
    ...(carrier === undefined
      ? {}
      : { meters: metersOf(carrier, options.folder), watch: watchNetworks(kept, carrier) }),
    close: () => carrier?.close(),
  };
}

function carrierOf(
  options: VlanOptions,
  physicalNetworks: readonly PhysicalNetwork[],
  { clock = systemClock, logger, meter = NO_METER }: Partial<VlanPorts>,
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
      });
    case 'sandboxed': {
      const trunks = physicalNetworks.map(({ name }) => name);
      const uplinks = machine.uplinks.map(({ name }) => name);
      const open = (signal: AbortSignal) => sandboxedMachine(trunks, uplinks, signal);
      return agentCarrier({ ...caring, mode, open });
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
