import type { OpenDocument } from '../../model/field.js';
import type { ResourceUuid } from '../../model/identity.js';
import type { JsonObject } from '../../model/json.js';
import type { OpenSealed } from '../../model/sealed-fields.js';
import { SecretUnreadable } from '../../model/secret-unreadable.js';
import type { AdmissionInput, HookRegistration, Refusal } from '../../ports/hooks.js';
import type { Store } from '../../ports/store.js';
import { ipaddress } from '../ipaddress/ipaddress.js';
import { liveRow } from '../live-row.js';
import { addressRefusal } from '../network/address-refusal.js';
import { holderOf } from '../network/taken-ports.js';
import { virtualmachine } from '../virtualmachine/virtualmachine.js';
import { loadbalancer } from './loadbalancer.js';
import { certificateRefusal } from './tls-certificate.js';

type Reads = Pick<Store, 'find' | 'list'>;
type Spec = OpenDocument<(typeof loadbalancer)['spec']>;

/** A balancer is within one network, its port is its own, and its key is good for its certificate. */
export const LOADBALANCER_HOOKS: readonly ((store: Reads, open: OpenSealed) => HookRegistration)[] =
  [
    (_store, open) => ({
      point: 'admit.mutate',
      name: 'gdcloud/key-that-is-not-shown',
      // A form can't show the key that there is: who leaves its field as it was wants none other.
      run: ({ type, operation, before, desired }) => {
        if (type !== loadbalancer.id || operation !== 'update') return undefined;
        return desired['privateKey'] === ''
          ? { privateKey: before === undefined ? null : open(before, 'privateKey') }
          : undefined;
      },
    }),
    (store, open) => ({
      point: 'admit.validate',
      name: 'gdcloud/balancer-of-one-network',
      run: (input) => {
        const { type, operation, before, desired, uuid } = input;
        if (type !== loadbalancer.id || operation === 'delete') return undefined;
        const privateKey = keyOf(input, open);
        if (isRefusal(privateKey)) return privateKey;
        const by = before?.uuid ?? uuid;
        return refusal(store, by, { ...(before?.spec as JsonObject), ...desired, privateKey });
      },
    }),
  ];

// The key that is asked for, else the one there is; null where none is used.
function keyOf({ before, desired }: AdmissionInput, open: OpenSealed): string | null | Refusal {
  const asked = desired['privateKey'];
  if ((desired['mode'] ?? before?.spec['mode']) !== 'https') return null;
  if (asked !== undefined) return typeof asked === 'string' ? asked : null;
  if (before === undefined) return null;
  try {
    return open(before, 'privateKey');
  } catch (thrown) {
    if (!(thrown instanceof SecretUnreadable)) throw thrown;
    const message = 'the key that there is can’t be read now: send certificate and key again';
    return { message, fieldName: 'privateKey' };
  }
}

function isRefusal(key: string | null | Refusal): key is Refusal {
  return typeof key === 'object' && key !== null;
}

async function refusal(
  store: Reads,
  by: ResourceUuid | undefined,
  desired: JsonObject,
): Promise<Refusal | undefined> {
  // Validated by now: the fields are as the type says.
  const spec = desired as unknown as Spec;
  const wrong = contradiction(spec);
  if (wrong !== undefined) return wrong;
  const address = await liveRow(store, ipaddress, spec.ipaddressId);
  if (address === undefined) return undefined;
  const { networkId } = address.spec;
  const unusable = await addressRefusal(store, address, networkId ?? '');
  if (networkId === null || unusable !== undefined) return unusable;
  for (const id of spec.virtualmachineIds) {
    const server = await liveRow(store, virtualmachine, id);
    if (server !== undefined && server.spec.networkId !== networkId) {
      const message = `virtualmachine ${id} is not in network ${networkId}, as the address is`;
      return { message, fieldName: 'virtualmachineIds' };
    }
  }
  const { protocol, publicPort: port } = spec;
  const wanted = { address: address.uuid, protocol, first: port, last: port, by };
  const holder = await holderOf(store, wanted);
  return holder === undefined
    ? undefined
    : {
        message: `${holder.type} ${holder.id} has that ${protocol} port of ipaddress ${address.id} already`,
        fieldName: 'publicPort',
      };
}

function contradiction({
  protocol,
  mode,
  certificate,
  privateKey,
  virtualmachineIds,
  weights,
  healthCheck,
  healthCheckIntervalMs,
  healthCheckTimeoutMs,
}: Spec): Refusal | undefined {
  if (new Set(virtualmachineIds).size < virtualmachineIds.length)
    return { message: 'each server is named once', fieldName: 'virtualmachineIds' };
  const stranger = Object.keys(weights).find((id) => !virtualmachineIds.includes(id));
  if (stranger !== undefined)
    return { message: `virtualmachine ${stranger} is not among its servers`, fieldName: 'weights' };
  if (protocol === 'udp' && (mode === 'http' || mode === 'https'))
    return { message: 'requests come over tcp', fieldName: 'mode' };
  const unusable = mode === 'https' ? certificateRefusal(certificate, privateKey) : undefined;
  if (unusable !== undefined) return unusable;
  if (protocol === 'udp' && healthCheck !== 'none')
    return { message: 'of udp nothing can be told: leave the check out', fieldName: 'healthCheck' };
  return healthCheckTimeoutMs > healthCheckIntervalMs
    ? {
        message: 'a look may not take longer than until the next',
        fieldName: 'healthCheckTimeoutMs',
      }
    : undefined;
}
