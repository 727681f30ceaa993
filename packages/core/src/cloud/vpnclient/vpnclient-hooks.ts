import { overlap, parseCidr } from '../../model/ip-network.js';
import type { JsonObject } from '../../model/json.js';
import type { Resource } from '../../model/resource.js';
import type { AdmissionInput, HookRegistration, Refusal } from '../../ports/hooks.js';
import type { Random } from '../../ports/random.js';
import type { Store } from '../../ports/store.js';
import { liveRow } from '../live-row.js';
import { familyOf } from '../network/family.js';
import { gatewayOf, isServerAddress, serverAddresses } from '../network/ipv4-range.js';

import { vpn } from '../vpn/vpn.js';
import { clientKey, vpnclient } from './vpnclient.js';

type Reads = Pick<Store, 'find' | 'findByNaturalKey' | 'referrers'>;
type Gateway = Resource<typeof vpn>;
type Spec = Resource<typeof vpnclient>['spec'];

/** How many addresses are looked at before the VPN counts as full. */
const MOST_TRIES = 300;

/** A client has an address of its own in its VPN, a key of its own, and networks that nobody else has. */
export const VPNCLIENT_HOOKS: readonly ((store: Reads, random: Random) => HookRegistration)[] = [
  (store, random) => ({
    point: 'admit.mutate',
    name: 'gdcloud/address-in-the-vpn',
    run: (input) =>
      input.operation === 'create' && input.type === vpnclient.id
        ? freeAddress(store, random, input)
        : undefined,
  }),
  (store) => ({
    point: 'admit.validate',
    name: 'gdcloud/client-of-its-own',
    run: (input) =>
      input.operation === 'create' && input.type === vpnclient.id
        ? refusal(store, input)
        : undefined,
  }),
];

async function freeAddress(
  store: Reads,
  random: Random,
  { desired }: AdmissionInput,
): Promise<JsonObject | undefined> {
  const { address, vpnId } = desired;
  if (address !== undefined && address !== null && address !== '') return undefined;
  const gateway = await liveRow(store, vpn, vpnId);
  if (gateway === undefined) return undefined;
  let tries = 0;
  for (const candidate of serverAddresses(gateway.spec.clientCidr, random.fraction())) {
    if (!(await isTaken(store, gateway, candidate))) return { address: candidate };
    tries += 1;
    if (tries === MOST_TRIES) break;
  }
  return { address: null };
}

async function isTaken(store: Reads, { id }: Gateway, address: string): Promise<boolean> {
  return (await store.findByNaturalKey(vpnclient, clientKey(id, address))) !== undefined;
}

async function refusal(
  store: Reads,
  { desired, uuid }: AdmissionInput,
): Promise<Refusal | undefined> {
  // Validated by now: the fields are as the type says.
  const { vpnId, address, publicKey, allowedCidrs } = desired as unknown as Spec;
  const gateway = await liveRow(store, vpn, vpnId);
  if (gateway === undefined) return undefined;
  const { clientCidr } = gateway.spec;
  if (typeof gateway.status.endpoint !== 'string') {
    const message = `vpn ${vpnId} is not there yet: ask again once it is active`;
    return { message, fieldName: 'vpnId' };
  }
  if (address === null) return { message: `vpn ${vpnId} has no free address`, fieldName: 'vpnId' };
  if (!isServerAddress(clientCidr, address) || address === gatewayOf(clientCidr))
    return { message: `${address} is not a client’s in ${clientCidr}`, fieldName: 'address' };
  const others = (await store.referrers(gateway.uuid, vpnclient.id, 'vpnId')).filter(
    (row): row is Resource<typeof vpnclient> => row.uuid !== uuid,
  );
  const same = (row: Resource<typeof vpnclient>, fieldName: string): Refusal => ({
    message: `vpnclient ${row.id} has that already`,
    fieldName,
  });
  const namesake = others.find(({ spec }) => spec.address === address);
  if (namesake !== undefined) return same(namesake, 'address');
  const twin = others.find(({ spec }) => publicKey !== null && spec.publicKey === publicKey);
  if (twin !== undefined) return same(twin, 'publicKey');
  return cidrRefusal(gateway, allowedCidrs, others);
}

function cidrRefusal(
  gateway: Gateway,
  allowedCidrs: readonly string[],
  others: readonly Resource<typeof vpnclient>[],
): Refusal | undefined {
  const fieldName = 'allowedCidrs';
  const ours = [gateway.spec.clientCidr, ...(gateway.status.privateCidrs ?? [])];
  const theirs = others.flatMap(({ spec }) => spec.allowedCidrs);
  for (const [index, text] of allowedCidrs.entries()) {
    if (familyOf(text) === 'ipv6')
      return { message: `${text} is of IPv6, which the VPN does not carry`, fieldName };
    const known = [...ours, ...theirs, ...allowedCidrs.slice(0, index)];
    const other = known.find((each) => inCommon(text, each));
    if (other !== undefined)
      return { message: `${text} and ${other} have addresses in common`, fieldName };
  }
  return undefined;
}

function inCommon(one: string, other: string): boolean {
  const [left, right] = [parseCidr(one), parseCidr(other)];
  return left !== undefined && right !== undefined && overlap(left, right);
}
