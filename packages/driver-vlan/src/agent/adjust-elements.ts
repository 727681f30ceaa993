import { DriverFailure } from '@gdcloud/core';
import { elementChanges, elementRepairs } from '../program/difference.js';
import type { NetworkProgram } from '../program/network-program.js';
import type { AgentParts } from './agent-parts.js';
import { isMarked } from './network-firewalls.js';

/** Carries the same document by other elements; the contract is that of `NetworkAgent.adjust`. */
export async function adjustElements(
  { firewalls }: AgentParts,
  program: NetworkProgram,
  signal: AbortSignal,
): Promise<'done' | 'superseded'> {
  const { namespace, documentMark } = program;
  const marks = await firewalls.marks(namespace, signal);
  if (marks?.ready !== documentMark) return 'superseded';
  if (isMarked(marks, program)) return 'done';
  const known = firewalls.lastCarried(namespace);
  if (known !== undefined && isMarked(marks, known)) {
    const lines = elementChanges(known.elements, program.elements);
    const after = await firewalls.transact(program, marks, lines, signal);
    if (isMarked(after, program)) return 'done';
  }
  // Another has carried it, or changed elements of it: it is made good from what is really there.
  const { sets } = await firewalls.elements(namespace, signal);
  const lines = elementRepairs(sets, program.elements);
  const after = await firewalls.transact(program, marks, lines, signal);
  if (isMarked(after, program)) return 'done';
  if (after?.ready !== documentMark) return 'superseded';
  throw new DriverFailure('unavailable', 'ElementsRefused', 'nft has refused elements', {
    remedy: 'None is needed: it is looked at again.',
  });
}
