import { DROP_COUNTERS, FIREWALL_CHAINS } from './firewall-chains.js';
import { declaration, FIREWALL_SETS } from './firewall-sets.js';

/**
 * The constant program of every network as nft commands, which may be repeated in a namespace where it runs: sets keep
 * their elements, and no packet is lost. Without elements nothing passes.
 */
export const FIREWALL_PROGRAM: readonly string[] = [
  'add table inet gd',
  'add table arp gd',
  ...DROP_COUNTERS.map((name) => `add counter inet gd ${name}`),
  ...FIREWALL_SETS.map(declaration),
  ...FIREWALL_CHAINS.flatMap(({ table, name, base }) => [
    `add chain ${table} ${name}${base === undefined ? '' : ` { ${base} }`}`,
    `flush chain ${table} ${name}`,
  ]),
  ...FIREWALL_CHAINS.flatMap(({ table, name, rules }) =>
    rules.map((rule) => `add rule ${table} ${name} ${rule}`),
  ),
];
