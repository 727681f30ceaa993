import { type AgentParts, RUN_FOLDER } from '../agent/agent-parts.js';
import { isMarked } from '../agent/network-firewalls.js';
import { inside } from '../agent/plan-steps.js';
import { demandDone } from '../commands/demand-done.js';
import { namespaceNames } from '../links/link-state.js';
import { elementSets } from '../program/element-sets.js';
import type { NetworkProgram } from '../program/network-program.js';
import { forgetLines, revokedFlows, trackedFlows } from './tracked-flow.js';

/**
 * Has the kernel forget connections that a carried network's elements let pass no more: one listing, and one program that
 * forgets them all. Nothing where another document is carried by now.
 */
export async function forgetRevokedFlows(
  { runner, firewalls }: AgentParts,
  program: NetworkProgram,
  signal: AbortSignal,
): Promise<void> {
  const { namespace, elements } = program;
  const conntrack = async (...words: readonly string[]): Promise<string> => {
    const command = inside(namespace, ['conntrack', ...words]);
    return demandDone('conntrack', await runner.run(command, signal));
  };
  const { files } = runner;
  if (!(await namespaceNames(files)).includes(namespace)) return;
  const flows = trackedFlows(await conntrack('-L', '--any-nat', '-o', 'extended'));
  const revoked = revokedFlows(flows, elementSets(elements));
  // It opens its input by name, and what we start has a socket for it, which has none.
  const path = `${RUN_FOLDER}/${namespace}/forgotten-flows`;
  if (revoked.length === 0) {
    // Of one that died before it was done.
    await files.remove(path);
    return;
  }
  // After the listing: what a newer document lets pass must not be cut.
  if (!isMarked(await firewalls.marks(namespace, signal), program)) return;
  await files.write(path, `${forgetLines(revoked).join('\n')}\n`);
  try {
    await conntrack('--load-file', path);
  } finally {
    await files.remove(path);
  }
}
