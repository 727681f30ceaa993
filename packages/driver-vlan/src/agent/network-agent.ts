import { isDeepStrictEqual } from 'node:util';
import { DriverFailure } from '@gdcloud/core';
import { observedRules } from '../care/observed-rules.js';
import { strayDevices } from '../care/stray-devices.js';
import type { CommandLine, CommandRunner } from '../commands/command-runner.js';
import { demandDone } from '../commands/demand-done.js';
import { forgetLines, revokedFlows, trackedFlows } from '../flows/tracked-flow.js';
import { type IsolationProof, probeIsolation } from '../isolation/probe-isolation.js';
import { type NamespaceState, namespaceNames, observeNamespace } from '../links/link-state.js';
import { linkSteps, namespaceSteps, type Step } from '../links/link-steps.js';
import type { MachinePorts } from '../links/machine-ports.js';
import { rateLimitSteps } from '../links/rate-limit.js';
import { insideUnlinkSteps, outsideUnlinkSteps } from '../links/unlink-steps.js';
import type { MeterReadings } from '../metering/meter-readings.js';
import { NetworkMeters } from '../metering/network-meters.js';
import { swapMarks } from '../nft/mark-swap.js';
import type { FirewallMarks } from '../nft/nft-session.js';
import { NftSessions } from '../nft/nft-sessions.js';
import { isNamespaceName, type NamespaceName } from '../plan/plan-names.js';
import { elementChanges, elementRepairs, type NftCommands } from '../program/difference.js';
import { elementSets } from '../program/element-sets.js';
import { FIREWALL_PROGRAM } from '../program/firewall-program.js';
import type { NetworkProgram } from '../program/network-program.js';
import { type ObservedElements, observedElements } from '../program/observed-elements.js';
import type { NetworkService } from './network-service.js';
import { firewallStep, inside, settingStep } from './plan-steps.js';
import { Turns } from './turns.js';

/** Where networks have their files; gone with the machine's power, as networks are. */
export const RUN_FOLDER = '/run/gdcloud';

/** What the agent works with. */
export interface NetworkAgentParts {
  readonly runner: CommandRunner;
  readonly ports: MachinePorts;
  readonly services: readonly NetworkService[];
  /** Where it is kept what networks have carried: a folder that outlives the machine's power. */
  readonly metersFolder: string;
}

/** How a network was brought to its program. */
export interface Followed {
  /** `nothing`: it was so already. `elements`: one transaction. `whole`: everything was looked at. */
  readonly by: 'nothing' | 'elements' | 'whole';
  /** The steps that were done, by name. */
  readonly steps: readonly string[];
}

/** What an audit looks at and repairs: each by itself. */
export type RepairedPart = 'rules' | 'elements' | 'links' | 'rateLimits' | 'settings';

/** What an audit has found. `superseded`: another document is carried, or none; nothing was done. */
export interface Audited {
  readonly outcome: 'audited' | 'superseded';
  readonly repairs: readonly RepairedPart[];
}

/**
 * Carries networks on one machine: each has a namespace, a constant firewall program with elements, links and services.
 * Everything it knows can be read from the machine again, so it may be killed at any step; the order of the steps
 * leaves nothing open that should be closed.
 */
export class NetworkAgent {
  readonly #runner: CommandRunner;
  readonly #ports: MachinePorts;
  readonly #services: readonly NetworkService[];
  readonly #sessions: NftSessions;
  readonly #meters: NetworkMeters;
  readonly #turns = new Turns<NamespaceName>();
  /** What was carried out last, by this process. A mark in the firewall shows whether it still counts. */
  readonly #carried = new Map<NamespaceName, NetworkProgram>();
  /** How the constant program's rules look where this process has loaded them. */
  readonly #rules = new Map<NamespaceName, string>();

  constructor({ runner, ports, services, metersFolder }: NetworkAgentParts) {
    this.#runner = runner;
    this.#ports = ports;
    this.#services = services;
    this.#sessions = new NftSessions(runner);
    this.#meters = new NetworkMeters(runner.files, metersFolder);
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
    return this.#turns.take(namespace, async () => (await this.#marks(namespace, signal))?.ready);
  }

  /** What a network's firewall holds, listed as a whole: this takes long where it is much. Nothing where nothing is. */
  elements(namespace: NamespaceName, signal: AbortSignal): Promise<ObservedElements> {
    return this.#turns.take(namespace, () => this.#elements(namespace, signal));
  }

  /**
   * Carries the same document in another way, as its servers have become well or unwell: by one transaction, and only
   * where the document is carried. `superseded`: it isn't, and nothing was done.
   */
  adjust(program: NetworkProgram, signal: AbortSignal): Promise<'done' | 'superseded'> {
    return this.#turns.take(program.namespace, () => this.#adjust(program, signal));
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
    return this.#turns.take(program.namespace, () => this.#follow(program, stillOurs, signal));
  }

  /**
   * Looks at everything of a network that is carried, and mends what strangers have changed; what is right goes on, and
   * goes on counting. An agent's first look at a network takes its rules for right only after it has loaded them again.
   */
  audit(program: NetworkProgram, signal: AbortSignal): Promise<Audited> {
    return this.#turns.take(program.namespace, () => this.#audit(program, signal));
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
    return this.#turns.take(namespace, async () => {
      const marks = await this.#marks(namespace, signal);
      const isWhole = program !== undefined && isMarked(marks, program);
      const observed = await this.#elements(namespace, signal);
      const others = isWhole ? 'forgotten' : 'kept';
      return (await this.#meters.add(namespace, observed, program?.elements ?? [], others)).parts;
    });
  }

  /** Removes devices and files of ours that belong to no namespace: what is left of agents that died. */
  async sweep(signal: AbortSignal): Promise<void> {
    const outside = await this.#outside(signal);
    const folders = await this.#runner.files.list(RUN_FOLDER);
    // After them: see `strayDevices`.
    const namespaces = await this.namespaces();
    const devices = strayDevices(outside, namespaces, this.#ports);
    if (devices.length > 0) {
      const input = devices.map((device) => `link delete dev ${device}\n`).join('');
      // One end takes the other along, which is then not there any more.
      const words = ['-force', '-batch', '-'];
      await this.#runner.run({ program: 'ip', arguments: words, input }, signal);
    }
    for (const folder of folders.filter(isNamespaceName)) {
      if (namespaces.includes(folder)) continue;
      await this.#turns.take(folder, async () => {
        if ((await this.namespaces()).includes(folder)) return;
        await this.#dissolveServices(folder, signal);
      });
    }
  }

  /**
   * Has the kernel forget connections that a carried network's elements let pass no more. They are cut without it: this
   * frees what they take. One listing, and one program that forgets them all; nothing where another is carried by now.
   */
  forgetRevoked(program: NetworkProgram, signal: AbortSignal): Promise<void> {
    return this.#turns.take(program.namespace, () => this.#forgetRevoked(program, signal));
  }

  /** The namespaces that are there, ours or another's. */
  namespaces(): Promise<readonly string[]> {
    return namespaceNames(this.#runner.files);
  }

  /** Takes a network away: closed first, its namespace last. Nothing there is success. */
  dissolve(namespace: NamespaceName, signal: AbortSignal): Promise<void> {
    return this.#turns.take(namespace, () => this.#dissolve(namespace, signal));
  }

  /**
   * Shows that what is sent in one network does not arrive in another: probes are sent in the first as a server would,
   * from a port that is there for the moment. What goes on in them is not disturbed. Throws `invalid` where one of them
   * is not carried, and for a trunk on which no such port can be made.
   */
  async probeIsolation(
    from: NetworkProgram,
    to: NetworkProgram,
    signal: AbortSignal,
  ): Promise<IsolationProof> {
    for (const program of [from, to]) {
      if (!(await this.isCarried(program, signal))) throw notCarried(program.namespace);
    }
    const outside = await this.#outside(signal);
    const machine = { runner: this.#runner, ports: this.#ports, outside };
    return probeIsolation(machine, from, to, signal);
  }

  /** Ends the programs it talks to. Networks go on. */
  close(): void {
    this.#sessions.endAll();
  }

  async #follow(
    program: NetworkProgram,
    stillOurs: () => Promise<void>,
    signal: AbortSignal,
  ): Promise<Followed> {
    const { namespace } = program;
    const known = this.#carried.get(namespace);
    const marks = await this.#marks(namespace, signal);
    if (isMarked(marks, program)) {
      this.#carried.set(namespace, program);
      return { by: 'nothing', steps: [] };
    }
    await stillOurs();
    if (
      known !== undefined &&
      marks !== undefined &&
      isMarked(marks, known) &&
      this.#differInElementsOnly(known, program)
    ) {
      const lines = elementChanges(known.elements, program.elements);
      const after = await this.#transact(program, marks, lines, signal);
      if (isMarked(after, program)) return { by: 'elements', steps: ['elements'] };
      // Refused as a whole: somebody has changed elements. What is really there is looked at.
      return this.#followWhole(program, after, signal);
    }
    return this.#followWhole(program, marks, signal);
  }

  async #transact(
    program: NetworkProgram,
    from: FirewallMarks,
    changes: NftCommands,
    signal: AbortSignal,
  ): Promise<FirewallMarks | undefined> {
    const { namespace } = program;
    const lines = [...changes, ...swapMarks(from, marksOf(program))];
    const after = await this.#sessions.of(namespace).transact(lines, signal);
    if (isMarked(after, program)) this.#carried.set(namespace, program);
    return after;
  }

  async #adjust(program: NetworkProgram, signal: AbortSignal): Promise<'done' | 'superseded'> {
    const { namespace, documentMark } = program;
    const marks = await this.#marks(namespace, signal);
    if (marks?.ready !== documentMark) return 'superseded';
    if (isMarked(marks, program)) return 'done';
    const known = this.#carried.get(namespace);
    if (known !== undefined && isMarked(marks, known)) {
      const lines = elementChanges(known.elements, program.elements);
      if (isMarked(await this.#transact(program, marks, lines, signal), program)) return 'done';
    }
    // Another has carried it, or changed elements of it: it is made good from what is really there.
    const { sets } = await this.#elements(namespace, signal);
    const lines = elementRepairs(sets, program.elements);
    const after = await this.#transact(program, marks, lines, signal);
    if (isMarked(after, program)) return 'done';
    if (after?.ready !== documentMark) return 'superseded';
    throw new DriverFailure('unavailable', 'ElementsRefused', 'nft has refused elements', {
      remedy: 'None is needed: it is looked at again.',
    });
  }

  async #audit(program: NetworkProgram, signal: AbortSignal): Promise<Audited> {
    const { namespace } = program;
    const marks = await this.#marks(namespace, signal);
    if (marks === undefined || !isMarked(marks, program)) {
      return { outcome: 'superseded', repairs: [] };
    }
    const repairs = await this.#auditFirewall(program, marks, signal);
    if (await this.#auditSettings(program, signal)) repairs.push('settings');
    const state = await observeNamespace(this.#runner, namespace, signal);
    if (linkSteps(program, state, new Set(), this.#ports).length > 0) {
      await this.#links(program, state, (steps) => this.#take(steps, signal), signal);
      repairs.push('links');
    }
    const limits = rateLimitSteps(program, state.queues);
    await this.#take(limits, signal);
    if (limits.length > 0) repairs.push('rateLimits');
    for (const service of this.#services) await service.follow(program, state, signal);
    return { outcome: 'audited', repairs };
  }

  async #auditFirewall(
    program: NetworkProgram,
    marks: FirewallMarks,
    signal: AbortSignal,
  ): Promise<RepairedPart[]> {
    const { namespace } = program;
    const listing = await this.#listing(namespace, signal);
    const { digest, strangers } = observedRules(listing);
    const right = this.#rules.get(namespace);
    const rules = digest === right ? [] : [...FIREWALL_PROGRAM, ...strangers];
    const observed = observedElements(listing);
    await this.#meters.add(namespace, observed, program.elements, 'forgotten');
    const elements = elementRepairs(observed.sets, program.elements);
    if (rules.length + elements.length === 0) return [];
    // Refused as a whole where another document was carried meanwhile.
    const lines = [...rules, ...elements, ...swapMarks(marks, marks)];
    const words = ['nft', '-f', '-'];
    const command = inside(namespace, words, `${lines.join('\n')}\n`);
    demandDone('audit', await this.#runner.run(command, signal));
    if (rules.length > 0) {
      this.#rules.set(namespace, observedRules(await this.#listing(namespace, signal)).digest);
    }
    return [
      ...(rules.length > 0 && right !== undefined ? (['rules'] as const) : []),
      ...(elements.length > 0 ? (['elements'] as const) : []),
    ];
  }

  async #auditSettings(program: NetworkProgram, signal: AbortSignal): Promise<boolean> {
    const { namespace, settings } = program;
    const words = ['sysctl', '-n', ...settings.map(({ name }) => name)];
    const read = await this.#runner.run(inside(namespace, words), signal);
    const wanted = settings.map(({ value }) => `${value}\n`).join('');
    if (demandDone('sysctl', read) === wanted) return false;
    await this.#take([settingStep(program)], signal);
    return true;
  }

  async #forgetRevoked(program: NetworkProgram, signal: AbortSignal): Promise<void> {
    const { namespace, elements } = program;
    const conntrack = async (...words: readonly string[]): Promise<string> => {
      const command = inside(namespace, ['conntrack', ...words]);
      return demandDone('conntrack', await this.#runner.run(command, signal));
    };
    if (!(await this.namespaces()).includes(namespace)) return;
    const flows = trackedFlows(await conntrack('-L', '--dst-nat', '-o', 'extended'));
    const revoked = revokedFlows(flows, elementSets(elements));
    if (revoked.length === 0) return;
    // After the listing: what a newer document lets pass must not be cut.
    if (!isMarked(await this.#marks(namespace, signal), program)) return;
    // It opens its input by name, and what we start has a socket for it, which has none.
    const path = `${RUN_FOLDER}/${namespace}/forgotten-flows`;
    const { files } = this.#runner;
    await files.write(path, `${forgetLines(revoked).join('\n')}\n`);
    try {
      await conntrack('--load-file', path);
    } finally {
      await files.remove(path);
    }
  }

  async #elements(namespace: NamespaceName, signal: AbortSignal): Promise<ObservedElements> {
    if (!(await this.namespaces()).includes(namespace))
      return { sets: new Map(), counts: new Map() };
    return observedElements(await this.#listing(namespace, signal));
  }

  async #listing(namespace: NamespaceName, signal: AbortSignal): Promise<string> {
    const command = inside(namespace, ['nft', '-j', 'list', 'ruleset']);
    return demandDone('nft list', await this.#runner.run(command, signal));
  }

  async #followWhole(
    program: NetworkProgram,
    marks: FirewallMarks | undefined,
    signal: AbortSignal,
  ): Promise<Followed> {
    const { namespace, mark } = program;
    const known = this.#carried.get(namespace);
    this.#carried.delete(namespace);
    const done: string[] = [];
    const take = async (steps: readonly Step[]): Promise<void> => {
      await this.#take(steps, signal);
      done.push(...steps.map(({ name }) => name));
    };
    const state = await observeNamespace(this.#runner, namespace, signal);
    await take(namespaceSteps(namespace, state));
    if (marks !== undefined) await this.#readBeforeLoad(program, known, signal);
    await take([firewallStep(program, marks)]);
    await this.#meters.loaded(namespace);
    await take([settingStep(program)]);
    await this.#links(program, state, take, signal);
    await take(rateLimitSteps(program, state.queues));
    for (const service of this.#services) {
      await service.follow(program, state, signal);
      done.push(service.name);
    }
    const ready = swapMarks({ loaded: mark, ready: undefined }, marksOf(program));
    await take([
      { name: 'ready', command: inside(namespace, ['nft', '-f', '-'], `${ready.join('\n')}\n`) },
    ]);
    this.#carried.set(namespace, program);
    return { by: 'whole', steps: done };
  }

  // A load begins all counts anew. Where they can't be read, it must come all the same.
  async #readBeforeLoad(
    { namespace, elements }: NetworkProgram,
    known: NetworkProgram | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      const observed = await this.#elements(namespace, signal);
      const groups = [...(known?.elements ?? []), ...elements];
      await this.#meters.add(namespace, observed, groups, 'kept');
    } catch {
      signal.throwIfAborted();
    }
  }

  async #take(steps: readonly Step[], signal: AbortSignal): Promise<void> {
    for (const { name, command } of steps) {
      demandDone(name, await this.#runner.run(command, signal));
    }
  }

  // Devices of an attempt that was broken off are seldom there, and to list all of a machine takes long.
  async #links(
    program: NetworkProgram,
    state: NamespaceState,
    take: (steps: readonly Step[]) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      await take(linkSteps(program, state, new Set(), this.#ports));
    } catch {
      signal.throwIfAborted();
      const now = await observeNamespace(this.#runner, program.namespace, signal);
      await take(linkSteps(program, now, await this.#outside(signal), this.#ports));
    }
  }

  async #outside(signal: AbortSignal): Promise<ReadonlySet<string>> {
    const command: CommandLine = { program: 'ip', arguments: ['-o', 'link', 'show'] };
    const text = demandDone('ip link show', await this.#runner.run(command, signal));
    return new Set([...text.matchAll(/^\d+: ([^:@]+)/gm)].map(([, name = '']) => name));
  }

  #marks(namespace: NamespaceName, signal: AbortSignal): Promise<FirewallMarks | undefined> {
    return this.#sessions.marks(namespace, signal);
  }

  async #dissolve(namespace: NamespaceName, signal: AbortSignal): Promise<void> {
    this.#carried.delete(namespace);
    this.#rules.delete(namespace);
    this.#sessions.end(namespace);
    const state = await observeNamespace(this.#runner, namespace, signal);
    // Without links nothing passes, whatever comes after.
    await this.#take(insideUnlinkSteps(namespace, state), signal);
    const outside = await this.#outside(signal);
    await this.#take(outsideUnlinkSteps(namespace, outside, this.#ports), signal);
    await this.#dissolveServices(namespace, signal);
    await this.#meters.forget(namespace);
    if (state.namespace === 'absent') return;
    await this.#killStrangers(namespace, signal);
    const command: CommandLine = { program: 'ip', arguments: ['netns', 'delete', namespace] };
    demandDone('ip netns delete', await this.#runner.run(command, signal));
  }

  async #dissolveServices(namespace: NamespaceName, signal: AbortSignal): Promise<void> {
    for (const service of this.#services) await service.dissolve(namespace, signal);
    await this.#runner.files.remove(`${RUN_FOLDER}/${namespace}`);
  }

  // A namespace stays, and its devices with it, as long as a process is in it (reference/vlan.md 2.2).
  async #killStrangers(namespace: NamespaceName, signal: AbortSignal): Promise<void> {
    const pids: CommandLine = { program: 'ip', arguments: ['netns', 'pids', namespace] };
    const found = (await this.#runner.run(pids, signal)).stdout.split('\n').filter(Boolean);
    if (found.length === 0) return;
    await this.#runner.run({ program: 'kill', arguments: ['-KILL', ...found] }, signal);
  }

  #differInElementsOnly(one: NetworkProgram, other: NetworkProgram): boolean {
    return (
      same(one.tenant, other.tenant) &&
      same(one.uplinks, other.uplinks) &&
      same(one.settings, other.settings) &&
      this.#services.every((service) => service.isSame(one, other))
    );
  }
}

function notCarried(namespace: NamespaceName): DriverFailure {
  return new DriverFailure('invalid', 'NetworkNotCarried', `${namespace} is not carried here`, {
    remedy: 'Wait until it is, or ask where it is.',
  });
}

function marksOf({ mark, documentMark }: NetworkProgram): FirewallMarks {
  return { loaded: mark, ready: documentMark };
}

function isMarked(
  marks: FirewallMarks | undefined,
  { mark, documentMark }: NetworkProgram,
): boolean {
  return marks?.loaded === mark && marks.ready === documentMark;
}

function same(one: unknown, other: unknown): boolean {
  return one === other || isDeepStrictEqual(one, other);
}
