import type { Clock, ResourceUuid } from '@gdcloud/core';
import { RUN_FOLDER } from '../agent/agent-parts.js';
import { NetworkAgent } from '../agent/network-agent.js';
import type { RepairedPart } from '../care/audit-network.js';
import { NetworkCare } from '../care/network-care.js';
import { RepairLog } from '../care/repair-log.js';
import { carriedUnwell } from '../health/carried-unwell.js';
import { HealthWatch, hasChecks } from '../health/health-watch.js';
import { probe } from '../health/probe.js';
import { nameService } from '../names/name-service.js';
import type { ApplianceDocument } from '../plan/appliance-document.js';
import { namespaceName, networkIn } from '../plan/plan-names.js';
import { ALL_WELL, compileProgram, type UnwellServers } from '../program/compile-program.js';
import type { NetworkProgram } from '../program/network-program.js';
import { proxyService } from '../proxy/proxy-service.js';
import { tunnelService } from '../tunnel/tunnel-service.js';
import type { ApplianceMachine } from './appliance-machine.js';
import type { Carrier } from './carrier.js';
import { Listeners } from './listeners.js';

/** How networks are carried. */
export interface AgentCarrierOptions {
  readonly mode: Carrier['mode'];
  /** Makes the machine; called at the first need, and again where it failed. */
  readonly open: (signal: AbortSignal) => Promise<ApplianceMachine>;
  /** Who is asked for names outside. */
  readonly nameServers: readonly string[];
  /** When backends of balancers are checked. */
  readonly clock: Clock;
  /** From one audit to the next, of one network each; milliseconds. */
  readonly auditEveryMs: number;
  /** Where it is kept what networks have carried. */
  readonly metersFolder: string;
  /** Hears of each audit, and what it had to repair as somebody else had changed it. */
  readonly onAudit: (network: ResourceUuid, repairs: readonly RepairedPart[]) => void;
}

/** A machine in use. */
interface Opened {
  readonly machine: ApplianceMachine;
  readonly agent: NetworkAgent;
  readonly health: HealthWatch;
  readonly care: NetworkCare;
  /** A document as it is carried now. */
  readonly programOf: (document: ApplianceDocument) => NetworkProgram;
}

/** Carries networks by an agent on a machine that is opened when it is first needed, and minds the health of their servers. */
export function agentCarrier(options: AgentCarrierOptions): Carrier {
  const { mode, open } = options;
  let opening: Promise<Opened> | undefined;
  let opened: Opened | undefined;
  const listeners = new Listeners();
  const repairLog = new RepairLog(options.clock);
  const use = async (signal: AbortSignal): Promise<Opened> => {
    opening ??= open(signal).then((machine) => {
      opened = openedOn(machine, options, { listeners, repairLog });
      return opened;
    });
    try {
      return await opening;
    } catch (thrown) {
      opening = undefined;
      throw thrown;
    }
  };
  return {
    mode,
    async isCarried(document, signal) {
      const { agent, health, care } = await use(signal);
      const isCarried = await agent.isCarried(compileProgram(document), signal);
      if (isCarried) {
        health.watch(document, await leftOut({ agent, health }, document, signal));
        care.carries(document, 'same');
      }
      return isCarried;
    },
    readyMark: async (namespace, signal) => (await use(signal)).agent.readyMark(namespace, signal),
    async carry(document, stillOurs, signal) {
      const { agent, health, care } = await use(signal);
      const unwell = await leftOut({ agent, health }, document, signal);
      const { by } = await agent.follow(compileProgram(document, unwell), stillOurs, signal);
      health.watch(document, unwell);
      care.carries(document, by === 'nothing' ? 'same' : 'changed');
    },
    unwell: (network) => opened?.health.unwell(network) ?? ALL_WELL,
    repairs: (network) => repairLog.of(network),
    watch: (changed, signal) => listeners.listen(changed, signal),
    async dissolve(network, signal) {
      const { agent, health, care } = await use(signal);
      health.forget(network);
      care.forget(network);
      repairLog.forget(network);
      await agent.dissolve(namespaceName(network), signal);
    },
    async meters(network, signal) {
      const { agent, programOf, care } = await use(signal);
      const document = care.document(network);
      const program = document === undefined ? undefined : programOf(document);
      return agent.meters(namespaceName(network), program, signal);
    },
    networks: async (signal) =>
      (await (await use(signal)).agent.namespaces()).flatMap((name) => networkIn(name) ?? []),
    isThere: async (namespace, signal) =>
      (await (await use(signal)).agent.namespaces()).includes(namespace),
    close() {
      const last = opening;
      opening = undefined;
      last?.then(
        ({ machine, agent, health, care }) => {
          care.close();
          health.close();
          agent.close();
          machine.close();
        },
        () => {},
      );
    },
  };
}

// Who has been watched is known; of others the firewall tells, whoever has carried it.
async function leftOut(
  { agent, health }: Pick<Opened, 'agent' | 'health'>,
  document: ApplianceDocument,
  signal: AbortSignal,
): Promise<UnwellServers> {
  if (!hasChecks(document)) return ALL_WELL;
  const known = health.unwell(document.network);
  if (known !== undefined) return known;
  const { sets } = await agent.elements(namespaceName(document.network), signal);
  return carriedUnwell(document, sets);
}

function openedOn(
  machine: ApplianceMachine,
  { nameServers, clock, auditEveryMs, onAudit, metersFolder }: AgentCarrierOptions,
  { listeners, repairLog }: { readonly listeners: Listeners; readonly repairLog: RepairLog },
): Opened {
  const { runner, ports } = machine;
  const services = [
    nameService({ runner, folder: RUN_FOLDER, servers: nameServers }),
    tunnelService(runner, RUN_FOLDER),
    proxyService(runner, RUN_FOLDER),
  ];
  const agent = new NetworkAgent({ runner, ports, services, metersFolder });
  const health = new HealthWatch({
    clock,
    probe: (target, signal) => probe(runner, target, signal),
    async apply(document, unwell, signal) {
      const outcome = await agent.adjust(compileProgram(document, unwell), signal);
      if (outcome === 'done') listeners.tell(document.network);
      return outcome;
    },
  });
  const programOf = (document: ApplianceDocument): NetworkProgram =>
    compileProgram(document, health.unwell(document.network) ?? ALL_WELL);
  const care = new NetworkCare({
    clock,
    pauseMs: auditEveryMs,
    tidy: (document, signal) => agent.forgetRevoked(programOf(document), signal),
    async audit(document, signal) {
      const { outcome, repairs } = await agent.audit(programOf(document), signal);
      if (outcome === 'superseded') return;
      onAudit(document.network, repairs);
      if (repairs.length === 0) return;
      repairLog.add(document.network, repairs);
      listeners.tell(document.network);
    },
    sweep: (signal) => agent.sweep(signal),
  });
  return { machine, agent, health, care, programOf };
}
