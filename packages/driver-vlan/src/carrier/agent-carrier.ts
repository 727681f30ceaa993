import { NetworkAgent } from '../agent/network-agent.js';
import { nameService } from '../names/name-service.js';
import type { ApplianceDocument } from '../plan/appliance-document.js';
import { compileProgram } from '../program/compile-program.js';
import { tunnelService } from '../tunnel/tunnel-service.js';
import type { ApplianceMachine } from './appliance-machine.js';
import type { Carrier } from './carrier.js';

/** Where networks have their files; gone with the machine's power, as networks are. */
const RUN_FOLDER = '/run/gdcloud';

/** How networks are carried. */
export interface AgentCarrierOptions {
  readonly mode: Carrier['mode'];
  /** Makes the machine; called at the first need, and again where it failed. */
  readonly open: (signal: AbortSignal) => Promise<ApplianceMachine>;
  /** Who is asked for names outside. */
  readonly nameServers: readonly string[];
}

/** Carries networks by an agent on a machine that is opened when it is first needed. */
export function agentCarrier({ mode, open, nameServers }: AgentCarrierOptions): Carrier {
  let opened:
    | Promise<{ readonly machine: ApplianceMachine; readonly agent: NetworkAgent }>
    | undefined;
  const agent = async (signal: AbortSignal): Promise<NetworkAgent> => {
    opened ??= open(signal).then((machine) => ({ machine, agent: agentOn(machine, nameServers) }));
    try {
      return (await opened).agent;
    } catch (thrown) {
      opened = undefined;
      throw thrown;
    }
  };
  return {
    mode,
    isCarried: async (document, signal) =>
      (await agent(signal)).isCarried(compileProgram(document), signal),
    readyMark: async (namespace, signal) => (await agent(signal)).readyMark(namespace, signal),
    async carry(document: ApplianceDocument, stillOurs, signal) {
      const its = await agent(signal);
      await its.follow(compileProgram(document), stillOurs, signal);
    },
    dissolve: async (namespace, signal) => (await agent(signal)).dissolve(namespace, signal),
    isThere: async (namespace, signal) =>
      (await (await agent(signal)).namespaces()).includes(namespace),
    close() {
      const last = opened;
      opened = undefined;
      last?.then(
        ({ machine, agent: its }) => {
          its.close();
          machine.close();
        },
        () => {},
      );
    },
  };
}

function agentOn(
  { runner, ports }: ApplianceMachine,
  nameServers: readonly string[],
): NetworkAgent {
  const services = [
    nameService({ runner, folder: RUN_FOLDER, servers: nameServers }),
    tunnelService(runner, RUN_FOLDER),
  ];
  return new NetworkAgent({ runner, ports, services });
}
