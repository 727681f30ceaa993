import { createHash } from 'node:crypto';
import type { NftCommands } from '../program/difference.js';
import { FIREWALL_CHAINS } from '../program/firewall-chains.js';
import { fieldOf, listOf } from '../program/unknown-fields.js';

/** What is there of the constant program, apart from elements and counts. */
export interface ObservedRules {
  /** A hash of it, which is another when anybody has changed a chain or a rule. */
  readonly digest: string;
  /** Takes away chains in our tables that aren't the program's; for after the rules that lead there. */
  readonly strangers: NftCommands;
}

const OURS = new Set(FIREWALL_CHAINS.map(({ table, name }) => `${table} ${name}`));
const TABLES = new Set(FIREWALL_CHAINS.map(({ table }): string => table));

/**
 * Reads chains and rules out of what `nft -j list ruleset` prints. nft writes rules in its own way, so that what was
 * loaded can't be compared with what is there: only two listings can.
 */
export function observedRules(listing: string): ObservedRules {
  const chains = new Map<string, string[]>();
  for (const entry of listOf(fieldOf(JSON.parse(listing), 'nftables'))) {
    const chain = fieldOf(entry, 'chain');
    const rule = fieldOf(entry, 'rule');
    const found = chain ?? rule;
    const table = `${String(fieldOf(found, 'family'))} ${String(fieldOf(found, 'table'))}`;
    if (found === undefined || !TABLES.has(table)) continue;
    const name = String(fieldOf(found, chain === undefined ? 'chain' : 'name'));
    const texts = chains.get(`${table} ${name}`) ?? [];
    texts.push(JSON.stringify(found, withoutHandle));
    chains.set(`${table} ${name}`, texts);
  }
  const sorted = [...chains].sort(([one], [other]) => (one < other ? -1 : 1));
  const names = sorted.map(([name]) => name).filter((name) => !OURS.has(name));
  return {
    digest: createHash('sha256').update(JSON.stringify(sorted)).digest('hex'),
    strangers: [
      ...names.map((name) => `flush chain ${name}`),
      ...names.map((name) => `delete chain ${name}`),
    ],
  };
}

function withoutHandle(field: string, value: unknown): unknown {
  return field === 'handle' ? undefined : value;
}
