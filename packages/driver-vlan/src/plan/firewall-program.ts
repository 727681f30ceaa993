import { TENANT_DEVICE } from './plan-names.js';

/**
 * The base firewall of a network's namespace, as one nft transaction that may be repeated: forwarding is closed except
 * from the servers outwards and for answers. `mark` is a 32-bit hash of the document: a reader that finds it in the set
 * `rev` knows what is loaded without listing it.
 *
 * The table is never replaced, only its rules: replacing a base chain that drops by default loses packets
 * (reference/vlan.md 0.2). Chains' names, hooks, priorities and policies are therefore fixed for good.
 */
export function firewallProgram(mark: number): string {
  const hex = `0x${mark.toString(16).padStart(8, '0')}`;
  return [
    'add table inet gd',
    'add set inet gd rev { type mark; }',
    'add chain inet gd c_forward { type filter hook forward priority filter; policy drop; }',
    'flush chain inet gd c_forward',
    'add rule inet gd c_forward ct state invalid drop',
    'add rule inet gd c_forward ct state established,related accept',
    `add rule inet gd c_forward iifname "${TENANT_DEVICE}" oifname "pub" accept`,
    'add rule inet gd c_forward counter comment "dropped"',
    'flush set inet gd rev',
    `add element inet gd rev { ${hex} }`,
    '',
  ].join('\n');
}
