import { DriverFailure, type IsolationProof } from '@gdcloud/core';
import { type Audited, auditNetwork, type RepairedPart } from '../care/audit-network.js';
import { strayDevices } from '../care/stray-devices.js';
import type { CommandRunner } from '../commands/command-runner.js';
import { forgetRevokedFlows } from '../flows/forget-revoked.js';
import { probeIsolation } from '../isolation/probe-isolation.js';
import { namespaceNames } from '../links/link-state.js';
import type { MachinePorts } from '../links/machine-ports.js';
import type { MeterReadings } from '../metering/meter-readings.js';
import { NetworkMeters } from '../metering/network-meters.js';
import { isNamespaceName, type NamespaceName } from '../plan/plan-names.js';
import type { NetworkProgram } from '../program/network-program.js';
import type { ObservedElements } from '../program/observed-elements.js';
import { adjustElements } from './adjust-elements.js';
import { type AgentParts, RUN_FOLDER } from './agent-parts.js';
import { devicesOutside } from './bring-links.js';
import { dissolveNetwork, dissolveServices } from './dissolve-network.js';
import { type Followed, followProgram } from './follow-program.js';
import { isMarked, NetworkFirewalls } from './network-firewalls.js';
import type { NetworkService } from './network-service.js';
import { Turns } from './turns.js';

/** What the agent works with. */
export interface NetworkAgentParts {
  readonly runner: CommandRunner;
  readonly ports: MachinePorts;
  readonly services: readonly NetworkService[];
  /** Where it is kept what networks have carried: a folder that outlives the machine's power. */
  readonly metersFolder: string;
}

/**
 * Carries networks on one machine: each has a namespace, a constant firewall program with elements, links and services.
 * Everything it knows can be read from the machine again, so it may be killed at any step; the order of the steps
 * leaves nothing open that should be closed. What is done to one network is done one after another.
 */
export class NetworkAgent {
  readonly #parts: AgentParts;
  readonly #probes = new Turns<'probes'>();
  readonly #turns = new Turns<NamespaceName>();

  constructor({ runner, ports, services, metersFolder }: NetworkAgentParts) {
    const firewalls = new NetworkFirewalls(runner);
    const meters = new NetworkMeters(runner.files, metersFolder);
    this.#parts = { runner, ports, services, firewalls, meters };
  }

  /** Whether a network is as its program asks, by its mark alone: costs the same however much it carries. */
  async isCarried(
    { namespace, documentMark }: NetworkProgram,
    signal: AbortSignal,
  ): Promise<boolean> {
    return (await this.readyMark(namespace, signal)) === documentMark;
  }

  /** The mark of the document that is carried as a whole; undefined while it is being changed, and where none is. */
  readyMark(namespace: NamespaceName, signal: AbortSignal): Promise<number | undefined> {
    const { firewalls } = this.#parts;
    return this.#turns.take(
      namespace,
      async () => (await firewalls.marks(namespace, signal))?.ready,
    );
  }

  /** What a network's firewall holds, listed as a whole: this takes long where it is much. Nothing where nothing is. */
  elements(namespace: NamespaceName, signal: AbortSignal): Promise<ObservedElements> {
    return this.#turns.take(namespace, () => this.#parts.firewalls.elements(namespace, signal));
  }

  /**
   * Carries the same document in another way, as its servers have become well or unwell: by one transaction, and only
   * where the document is carried. `superseded`: it isn't, and nothing was done.
   */
  adjust(program: NetworkProgram, signal: AbortSignal): Promise<'done' | 'superseded'> {
    return this.#turns.take(program.namespace, () => adjustElements(this.#parts, program, signal));
  }

  /**
   * Brings a network to its program. Does nothing where it is so by its mark. `stillOurs` is asked after the marks were
   * read, and throws where a newer caller has the network: as a change swaps the marks that were read, it can't come
   * after the newer one's.
   */
  follow(
    program: NetworkProgram,
    stillOurs: () => Promise<void>,
    signal: AbortSignal,
  ): Promise<Followed> {
    return this.#turns.take(program.namespace, () =>
      followProgram(this.#parts, program, stillOurs, signal),
    );
  }

  /**
   * Looks at everything of a network that is carried, and mends what strangers have changed; what is right goes on, and
   * goes on counting. An agent's first look at a network takes its rules for right only after it has loaded them again.
   * `repaired` hears of each part at once: an audit may be broken off after it.
   */
  audit(
    program: NetworkProgram,
    signal: AbortSignal,
    repaired: (part: RepairedPart) => void = () => {},
  ): Promise<Audited> {
    return this.#turns.take(program.namespace, () =>
      auditNetwork(this.#parts, program, signal, repaired),
    );
  }

  /**
   * What the parts of a network have carried since they came to it: it only grows, whatever is changed, loaded or started
   * anew meanwhile. Without `program` it is told of those that were read before.
   */
  meters(
    namespace: NamespaceName,
    program: NetworkProgram | undefined,
    signal: AbortSignal,
  ): Promise<MeterReadings['parts']> {
    const { firewalls, meters } = this.#parts;
    return this.#turns.take(namespace, async () => {
      const marks = await firewalls.marks(namespace, signal);
      const isWhole = program !== undefined && isMarked(marks, program);
      const observed = await firewalls.elements(namespace, signal);
      const others = isWhole ? 'forgotten' : 'kept';
      return (await meters.add(namespace, observed, program?.elements ?? [], others)).parts;
    });
  }

  /** Removes devices and files of ours that belong to no namespace: what is left of agents that died. */
  async sweep(signal: AbortSignal): Promise<void> {
    const { runner, ports } = this.#parts;
    const outside = await devicesOutside(runner, signal);
    const folders = await runner.files.list(RUN_FOLDER);
    // After them: see `strayDevices`.
    const namespaces = await this.namespaces();
    const devices = strayDevices(outside, namespaces, ports);
    if (devices.length > 0) {
      const input = devices.map((device) => `link delete dev ${device}\n`).join('');
      // One end takes the other along, which is then not there any more.
      const words = ['-force', '-batch', '-'];
      await runner.run({ program: 'ip', arguments: words, input }, signal);
    }
    for (const folder of folders.filter(isNamespaceName)) {
      if (namespaces.includes(folder)) continue;
      await this.#turns.take(folder, async () => {
        if ((await this.namespaces()).includes(folder)) return;
        await dissolveServices(this.#parts, folder, signal);
      });
    }
  }

  /**
   * Has the kernel forget connections that a carried network's elements let pass no more. They are cut without it: this
   * frees what they take. Nothing where another document is carried by now.
   */
  forgetRevoked(program: NetworkProgram, signal: AbortSignal): Promise<void> {
    return this.#turns.take(program.namespace, () =>
      forgetRevokedFlows(this.#parts, program, signal),
    );
  }

  /** The namespaces that are there, ours or another's. */
  namespaces(): Promise<readonly string[]> {
    return namespaceNames(this.#parts.runner.files);
  }

  /** Takes a network away: closed first, its namespace last. Nothing there is success. */
  dissolve(namespace: NamespaceName, signal: AbortSignal): Promise<void> {
    return this.#turns.take(namespace, () => dissolveNetwork(this.#parts, namespace, signal));
  }

  /**
   * Shows that what is sent in one network does not arrive in another: probes are sent in the first as a server would,
   * from a port that is there for the moment, or, where a trunk has none, as its gateway. What goes on in them is not
   * disturbed. Throws `invalid` where one of them is not carried.
   */
  async probeIsolation(
    from: NetworkProgram,
    to: NetworkProgram,
    signal: AbortSignal,
  ): Promise<IsolationProof> {
    for (const program of [from, to]) {
      if (!(await this.isCarried(program, signal))) throw notCarried(program.namespace);
    }
    // Each network has one place for a probe.
    return this.#probes.take('probes', async () => {
      const { runner, ports } = this.#parts;
      const outside = await devicesOutside(runner, signal);
      return probeIsolation({ runner, ports, outside }, from, to, signal);
    });
  }

  /** Ends the programs it talks to. Networks go on. */
  close(): void {
    this.#parts.firewalls.close();
  }
}

/** Nothing can be said here of a network that is carried elsewhere, or not yet. */
export function notCarried(namespace: NamespaceName): DriverFailure {
  return new DriverFailure('invalid', 'NetworkNotCarried', `${namespace} is not carried here`, {
    remedy: 'Wait until it is, or ask where it is.',
  });
}
