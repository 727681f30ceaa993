import { isDeepStrictEqual } from 'node:util';
import { asUuid, type NetworkDriver } from '@gdcloud/core';
import type { MemberAppliance } from './member-appliance.js';

/** A server's card, for a look whether addresses agree. */
const CARD = { server: asUuid('00000000-0000-7000-8000-000000000000'), device: 0, attempt: 0 };

const SAME: readonly (readonly [field: string, of: (network: NetworkDriver) => unknown])[] = [
  ['name', ({ name }) => name],
  ['physicalNetworks', ({ physicalNetworks }) => physicalNetworks],
  ['macAddress', (network) => network.macAddress(CARD)],
  ['appliances.name', ({ appliances }) => appliances.name],
  ['appliances.traits', ({ appliances }) => appliances.traits],
  ['appliances.quarantine', ({ appliances }) => 'quarantine' in appliances],
  ['meters', (network) => 'meters' in network],
  ['member', (network) => network.member !== undefined],
];

/** Demands of the appliances of a pair what must not differ. Throws TypeError, naming the field and how it differs. */
export function demandAgreement(members: readonly MemberAppliance[]): void {
  const [first, ...others] = members;
  if (first === undefined || others.length !== 1) throw new TypeError('members: a pair has two');
  for (const other of others) {
    if (other.name === first.name) throw new TypeError(`members: both are called ${other.name}`);
    for (const [field, of] of SAME) {
      const [one, another] = [of(first.network), of(other.network)];
      if (isDeepStrictEqual(one, another)) continue;
      const [left, right] = [JSON.stringify(one), JSON.stringify(another)];
      throw new TypeError(`${field}: ${left} on ${first.name}, ${right} on ${other.name}`);
    }
  }
}
