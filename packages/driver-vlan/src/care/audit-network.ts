import type { AgentParts } from '../agent/agent-parts.js';
import { bringLinks } from '../agent/bring-links.js';
import { isMarked } from '../agent/network-firewalls.js';
import type { ServiceName } from '../agent/network-service.js';
import { inside, settingStep } from '../agent/plan-steps.js';
import { takeSteps } from '../agent/take-steps.js';
import { demandDone } from '../commands/demand-done.js';
import { detachSteps } from '../links/detach-links.js';
import { observeNamespace } from '../links/link-state.js';
import { linkSteps } from '../links/link-steps.js';
import { outerEndSteps } from '../links/outer-ends.js';
import { rateLimitSteps } from '../links/rate-limit.js';
import { swapMarks } from '../nft/mark-swap.js';
import type { FirewallMarks } from '../nft/nft-session.js';
import { elementRepairs } from '../program/difference.js';
import { FIREWALL_PROGRAM } from '../program/firewall-program.js';
import type { NetworkProgram } from '../program/network-program.js';
import { observedElements } from '../program/observed-elements.js';
import { observedRules } from './observed-rules.js';

/** What an audit looks at and repairs: each by itself. */
export type RepairedPart = 'rules' | 'elements' | 'links' | 'rateLimits' | 'settings' | ServiceName;

/** What an audit has found. `superseded`: another document is carried, or none; nothing was done. */
export interface Audited {
  readonly outcome: 'audited' | 'superseded';
  readonly repairs: readonly RepairedPart[];
}

/**
 * Looks at everything of a network that is carried, and mends it; the contract is that of `NetworkAgent.audit`. `repaired`
 * hears of each part at once.
 */
export async function auditNetwork(
  parts: AgentParts,
  program: NetworkProgram,
  signal: AbortSignal,
  repaired: (part: RepairedPart) => void,
): Promise<Audited> {
  const { runner, ports, services, firewalls } = parts;
  const { namespace } = program;
  const marks = await firewalls.marks(namespace, signal);
  if (marks === undefined || !isMarked(marks, program)) {
    return { outcome: 'superseded', repairs: [] };
  }
  const repairs: RepairedPart[] = [];
  const tell = (part: RepairedPart): void => {
    repairs.push(part);
    repaired(part);
  };
  for (const part of await auditFirewall(parts, program, marks, signal)) tell(part);
  if (await auditSettings(parts, program, signal)) tell('settings');
  const state = await observeNamespace(runner, namespace, signal);
  const links = [
    ...detachSteps(program, state, ports),
    ...linkSteps(program, state, new Set(), ports),
  ];
  const limits = rateLimitSteps(program, state.queues);
  if (links.length + limits.length > 0) {
    await bringLinks(parts, program, state, (steps) => takeSteps(runner, steps, signal), signal);
  }
  const outside = await outerEndSteps(runner, program, ports, signal);
  await takeSteps(runner, outside, signal);
  if (links.length + outside.length > 0) tell('links');
  // A link that is made anew has none: its limit is none that somebody took away.
  else if (limits.length > 0) tell('rateLimits');
  for (const service of services) {
    if (await service.isCarried(program, state, signal)) continue;
    await service.follow(program, state, signal);
    tell(service.name);
  }
  return { outcome: 'audited', repairs };
}

async function auditFirewall(
  { runner, firewalls, meters }: AgentParts,
  program: NetworkProgram,
  marks: FirewallMarks,
  signal: AbortSignal,
): Promise<readonly RepairedPart[]> {
  const { namespace } = program;
  const listing = await firewalls.listing(namespace, signal);
  const { digest, strangers } = observedRules(listing);
  const right = firewalls.rightRules(namespace);
  const rules = digest === right ? [] : [...FIREWALL_PROGRAM, ...strangers];
  const observed = observedElements(listing);
  await meters.add(namespace, observed, program.elements, 'forgotten');
  const elements = elementRepairs(observed.sets, program.elements);
  if (rules.length + elements.length === 0) return [];
  // Refused as a whole where another document was carried meanwhile.
  const lines = [...rules, ...elements, ...swapMarks(marks, marks)];
  const command = inside(namespace, ['nft', '-f', '-'], `${lines.join('\n')}\n`);
  demandDone('audit', await runner.run(command, signal));
  if (rules.length > 0) {
    const after = observedRules(await firewalls.listing(namespace, signal));
    firewalls.loadedRules(namespace, after.digest);
  }
  return [
    ...(rules.length > 0 && right !== undefined ? (['rules'] as const) : []),
    ...(elements.length > 0 ? (['elements'] as const) : []),
  ];
}

async function auditSettings(
  { runner }: AgentParts,
  program: NetworkProgram,
  signal: AbortSignal,
): Promise<boolean> {
  const { namespace, settings } = program;
  const words = ['sysctl', '-n', ...settings.map(({ name }) => name)];
  const read = await runner.run(inside(namespace, words), signal);
  const wanted = settings.map(({ value }) => `${value}\n`).join('');
  if (demandDone('sysctl', read) === wanted) return false;
  await takeSteps(runner, [settingStep(program)], signal);
  return true;
}
