import { type Clock, ensureError, type ResourceUuid } from '@gdcloud/core';
import { RUN_FOLDER } from '../agent/agent-parts.js';
import { NetworkAgent, notCarried } from '../agent/network-agent.js';
import type { RepairedPart } from '../care/audit-network.js';
import { NetworkCare } from '../care/network-care.js';
import { RepairLog } from '../care/repair-log.js';
import { carriedUnwell } from '../health/carried-unwell.js';
import { HealthWatch, hasChecks } from '../health/health-watch.js';
import { probe } from '../health/probe.js';
import { machinePair, type PairParts } from '../high-availability/machine-pair.js';
import { notActive, notInPair, type PairKeeper } from '../high-availability/pair-keeper.js';
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
  /** How the machine is one of a pair; absent: it is alone. */
  readonly pair?: PairParts | undefined;
}

/** Until a machine of a pair that could not be opened is tried again; milliseconds. */
const REOPEN_MS = 1_000;

/** A machine in use. */
interface Opened {
  readonly machine: ApplianceMachine;
  readonly agent: NetworkAgent;
  readonly health: HealthWatch;
  readonly care: NetworkCare;
  readonly keeper: PairKeeper | undefined;
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
  const revisions = new Map<ResourceUuid, number>();
  const use = async (signal: AbortSignal): Promise<Opened> => {
    opening ??= open(signal).then(async (machine) => {
      const made = openedOn(machine, options, { listeners, repairLog, revisions });
      try {
        // Before any network: until it is chosen, nobody hears of what is carried here.
        await made.keeper?.begin(signal);
      } catch (thrown) {
        await end(made);
        throw thrown;
      }
      opened = made;
      return made;
    });
    try {
      return await opening;
    } catch (thrown) {
      opening = undefined;
      throw thrown;
    }
  };
  const ended = new AbortController();
  // The other of the pair may need it before anybody asks for a network.
  const join = (): void =>
    void use(ended.signal).catch((thrown: unknown) => {
      options.pair?.report.troubled(ensureError(thrown));
      if (!ended.signal.aborted) options.clock.schedule(REOPEN_MS, join);
    });
  return {
    mode,
    async isCarried(document, signal) {
      const { agent, health, care } = await use(signal);
      const isCarried = await agent.isCarried(compileProgram(document), signal);
      if (!isCarried) revisions.delete(document.network);
      if (isCarried) {
        revisions.set(document.network, document.revision);
        health.watch(document, await leftOut({ agent, health }, document, signal));
        care.carries(document, 'same');
      }
      return isCarried;
    },
    readyMark: async (namespace, signal) => (await use(signal)).agent.readyMark(namespace, signal),
    async carry(document, stillOurs, signal) {
      const { agent, health, care } = await use(signal);
      revisions.delete(document.network);
      const unwell = await leftOut({ agent, health }, document, signal);
      const { by } = await agent.follow(compileProgram(document, unwell), stillOurs, signal);
      health.watch(document, unwell);
      care.carries(document, by === 'nothing' ? 'same' : 'changed');
      revisions.set(document.network, document.revision);
    },
    unwell: (network) => opened?.health.unwell(network) ?? ALL_WELL,
    repairs: (network) => repairLog.of(network),
    watch(changed, signal) {
      if (options.pair !== undefined) join();
      return listeners.listen(changed, signal);
    },
    async dissolve(network, signal) {
      const { agent, health, care } = await use(signal);
      revisions.delete(network);
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
    async proveIsolation(from, to, signal) {
      const { agent, programOf, care } = await use(signal);
      const carried = (network: ResourceUuid): NetworkProgram => {
        const document = care.document(network);
        if (document === undefined) throw notCarried(namespaceName(network));
        return programOf(document);
      };
      return agent.probeIsolation(carried(from), carried(to), signal);
    },
    networks: async (signal) =>
      (await (await use(signal)).agent.namespaces()).flatMap((name) => networkIn(name) ?? []),
    isThere: async (namespace, signal) =>
      (await (await use(signal)).agent.namespaces()).includes(namespace),
    revision: (network) => revisions.get(network),
    isHeard: async (signal) => (await (await use(signal)).keeper?.isHeard(signal)) === true,
    pairState: () => opened?.keeper?.state,
    async handOver(signal) {
      const { keeper } = await use(signal);
      if (keeper === undefined) throw notInPair();
      await keeper.handOver(signal);
    },
    async close() {
      ended.abort(new Error('the carrier has ended'));
      const last = await opening?.catch(() => undefined);
      opening = undefined;
      if (last !== undefined) await end(last);
    },
  };
}

async function end({ machine, agent, health, care, keeper }: Opened): Promise<void> {
  care.close();
  health.close();
  await keeper?.close();
  agent.close();
  machine.close();
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

/** What outlives a machine that could not be opened. */
interface Shared {
  readonly listeners: Listeners;
  readonly repairLog: RepairLog;
  /** Of what is carried as a whole. */
  readonly revisions: Map<ResourceUuid, number>;
}

function openedOn(
  machine: ApplianceMachine,
  { nameServers, clock, auditEveryMs, onAudit, metersFolder, pair }: AgentCarrierOptions,
  { listeners, repairLog, revisions }: Shared,
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
    async probe(target, signal) {
      // Of one that stands by nobody hears, so that nobody would be well. It begins with what is known.
      const before = keeper?.state;
      if (before?.is === 'standby') throw notActive();
      const result = await probe(runner, target, signal);
      if (keeper?.state !== before) throw notActive();
      return result;
    },
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
      const repairs: RepairedPart[] = [];
      const repaired = (part: RepairedPart) => void repairs.push(part);
      try {
        const { outcome } = await agent.audit(programOf(document), signal, repaired);
        if (outcome === 'superseded') revisions.delete(document.network);
        else if (repairs.length === 0) onAudit(document.network, repairs);
      } finally {
        // Also where it was broken off: what was repaired before that, nobody would find any more.
        if (repairs.length > 0) {
          onAudit(document.network, repairs);
          repairLog.add(document.network, repairs);
          listeners.tell(document.network);
        }
      }
    },
    sweep: (signal) => agent.sweep(signal),
  });
  const keeper =
    pair &&
    machinePair(machine, pair, {
      documents: () => care.documents(),
      namespaces: () => agent.namespaces(),
    });
  return { machine, agent, health, care, keeper, programOf };
}
