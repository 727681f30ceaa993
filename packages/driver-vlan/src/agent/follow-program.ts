import { isDeepStrictEqual } from 'node:util';
import { observeNamespace } from '../links/link-state.js';
import { namespaceSteps, type Step } from '../links/link-steps.js';
import { swapMarks } from '../nft/mark-swap.js';
import type { FirewallMarks } from '../nft/nft-session.js';
import { elementChanges } from '../program/difference.js';
import type { NetworkProgram } from '../program/network-program.js';
import type { AgentParts } from './agent-parts.js';
import { bringLinks } from './bring-links.js';
import { dissolveForerunners } from './dissolve-network.js';
import { isMarked, marksOf } from './network-firewalls.js';
import { firewallStep, inside, marksLoaded, settingStep } from './plan-steps.js';
import { takeSteps } from './take-steps.js';

/** How a network was brought to its program. */
export interface Followed {
  /** `nothing`: it was so already. `elements`: one transaction. `whole`: everything was looked at. */
  readonly by: 'nothing' | 'elements' | 'whole';
  /** The steps that were done, by name. */
  readonly steps: readonly string[];
}

/** Brings a network to its program by the least that does; the contract is that of `NetworkAgent.follow`. */
export async function followProgram(
  parts: AgentParts,
  program: NetworkProgram,
  stillOurs: () => Promise<void>,
  signal: AbortSignal,
): Promise<Followed> {
  const { firewalls, services } = parts;
  const { namespace } = program;
  const known = firewalls.lastCarried(namespace);
  const marks = await firewalls.marks(namespace, signal);
  if (isMarked(marks, program)) {
    firewalls.carries(program);
    return { by: 'nothing', steps: [] };
  }
  await stillOurs();
  const isElementsOnly =
    known !== undefined &&
    isMarked(marks, known) &&
    isSameBesideElements(known, program) &&
    services.every((service) => service.isSame(known, program));
  if (!isElementsOnly || marks === undefined) {
    return followWhole(parts, program, marks, stillOurs, signal);
  }
  const lines = elementChanges(known.elements, program.elements);
  const after = await firewalls.transact(program, marks, lines, signal);
  if (isMarked(after, program)) return { by: 'elements', steps: ['elements'] };
  // Refused as a whole: somebody has changed elements, or a newer caller has come. What is really there is looked at.
  await stillOurs();
  return followWhole(parts, program, after, stillOurs, signal);
}

async function followWhole(
  parts: AgentParts,
  program: NetworkProgram,
  marks: FirewallMarks | undefined,
  stillOurs: () => Promise<void>,
  signal: AbortSignal,
): Promise<Followed> {
  const { runner, services, firewalls, meters } = parts;
  const { namespace } = program;
  const known = firewalls.lastCarried(namespace);
  firewalls.doubts(namespace);
  const done: string[] = [];
  // Only the firewall can refuse who was paused; so all else is asked for as late as can be.
  const take = async (steps: readonly Step[]): Promise<void> => {
    if (steps.length > 0) await stillOurs();
    await takeSteps(runner, steps, signal);
    done.push(...steps.map(({ name }) => name));
  };
  const state = await observeNamespace(runner, namespace, signal);
  if (state.namespace !== 'present') await dissolveForerunners(parts, namespace, signal);
  await take(namespaceSteps(namespace, state));
  if (marks !== undefined) await readBeforeLoad(parts, program, known, signal);
  const into = state.namespace === 'present' ? (marks ?? 'unmarked') : 'nothing';
  await take([firewallStep(program, into)]);
  await meters.loaded(namespace);
  await take([settingStep(program)]);
  await bringLinks(parts, program, state, take, signal);
  for (const service of services) {
    await stillOurs();
    await service.follow(program, state, signal);
    done.push(service.name);
  }
  const ready = swapMarks(marksLoaded(program, into), marksOf(program));
  const command = inside(namespace, ['nft', '-f', '-'], `${ready.join('\n')}\n`);
  await take([{ name: 'ready', command }]);
  firewalls.carries(program);
  return { by: 'whole', steps: done };
}

// A load begins all counts anew. Where they can't be read, it must come all the same.
async function readBeforeLoad(
  { firewalls, meters }: AgentParts,
  { namespace, elements }: NetworkProgram,
  known: NetworkProgram | undefined,
  signal: AbortSignal,
): Promise<void> {
  try {
    const observed = await firewalls.elements(namespace, signal);
    await meters.add(namespace, observed, [...(known?.elements ?? []), ...elements], 'kept');
  } catch {
    signal.throwIfAborted();
  }
}

function isSameBesideElements(one: NetworkProgram, other: NetworkProgram): boolean {
  return (
    isSame(one.tenant, other.tenant) &&
    isSame(one.uplinks, other.uplinks) &&
    isSame(one.settings, other.settings)
  );
}

function isSame(one: unknown, other: unknown): boolean {
  return one === other || isDeepStrictEqual(one, other);
}
