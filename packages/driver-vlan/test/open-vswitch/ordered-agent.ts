import type { IsolationProof, PhysicalNetwork } from '@gdcloud/core';
import { compileProgram, type NetworkProgram, parseAppliance } from '@gdcloud/driver-vlan';
import {
  type ApplianceMachine,
  type Followed,
  NetworkAgent,
  nameService,
  proxyService,
  tunnelService,
} from '@gdcloud/driver-vlan/agent';
import type { Answer, Order, ToldNetwork } from './agent-process.js';

const FOLDER = '/run/gdcloud';
const { signal } = new AbortController();

/** A driver's agent that carries out orders on a machine. */
export class OrderedAgent {
  readonly #agent: NetworkAgent;
  readonly #physicalNetworks: readonly PhysicalNetwork[];

  constructor(
    { runner, ports }: Omit<ApplianceMachine, 'close'>,
    physicalNetworks: readonly PhysicalNetwork[],
  ) {
    const services = [
      nameService({ runner, folder: FOLDER, servers: [] }),
      tunnelService(runner, FOLDER),
      proxyService(runner, FOLDER),
    ];
    this.#agent = new NetworkAgent({ runner, ports, services, metersFolder: `${FOLDER}/meters` });
    this.#physicalNetworks = physicalNetworks;
  }

  async carryOut(order: Order): Promise<Answer> {
    switch (order.deed) {
      case 'follow':
        return { followed: await this.follow(order) };
      case 'audit':
        return { audited: await this.#agent.audit(this.#programOf(order), signal) };
      case 'dissolve':
        await this.dissolve(order);
        return { dissolved: true };
      case 'probe': {
        return { proved: await this.probe(order.from, order.to) };
      }
    }
  }

  /** Brings a network to its document; how that went. */
  follow(told: ToldNetwork): Promise<Followed> {
    return this.#agent.follow(this.#programOf(told), async () => {}, signal);
  }

  /** Sends probes from one network to the other; what came of them. */
  probe(from: ToldNetwork, to: ToldNetwork): Promise<IsolationProof> {
    return this.#agent.probeIsolation(this.#programOf(from), this.#programOf(to), signal);
  }

  async dissolve(told: ToldNetwork): Promise<void> {
    await this.#agent.dissolve(this.#programOf(told).namespace, signal);
  }

  /** Ends the programs it talks to. Networks go on. */
  close(): void {
    this.#agent.close();
  }

  #programOf({ network, desired, unwell = [] }: ToldNetwork): NetworkProgram {
    return compileProgram(
      parseAppliance(network, desired, this.#physicalNetworks),
      new Map(unwell.map(([balancer, servers]) => [balancer, new Set(servers)])),
    );
  }
}
