import type { ResourceUuid } from '../../model/identity.js';
import type { Json, JsonObject } from '../../model/json.js';
import type { Resource } from '../../model/resource.js';
import type { HookRegistration, Refusal } from '../../ports/hooks.js';
import type { Store } from '../../ports/store.js';
import { ipaddress } from '../ipaddress/ipaddress.js';
import { liveRow } from '../live-row.js';
import { addressRefusal } from '../network/address-refusal.js';
import { holderOf } from '../network/taken-ports.js';
import { PORT } from '../ports.js';
import { virtualmachine } from '../virtualmachine/virtualmachine.js';
import { forwardedPorts } from './forwarded-ports.js';
import { portforward } from './portforward.js';

type Reads = Pick<Store, 'find' | 'list'>;
type Spec = Resource<typeof portforward>['spec'];

/** A forward is within one network, and its ports are its own. */
export const PORTFORWARD_HOOKS: readonly ((store: Reads) => HookRegistration)[] = [
  // Said once, so that lists can be filtered by it.
  () => ({
    point: 'admit.mutate',
    name: 'gdcloud/ports-that-were-left-out',
    run: ({ operation, type, desired }) =>
      operation === 'create' && type === portforward.id ? filledIn(desired) : undefined,
  }),
  (store) => ({
    point: 'admit.validate',
    name: 'gdcloud/ports-of-its-own',
    run: ({ type, operation, before, desired, uuid }) =>
      type === portforward.id && operation !== 'delete'
        ? refusal(store, before?.uuid ?? uuid, { ...(before?.spec as JsonObject), ...desired })
        : undefined,
  }),
];

function filledIn({ publicStartPort, publicEndPort, privateStartPort }: JsonObject): JsonObject {
  const first = publicStartPort ?? null;
  return {
    publicEndPort: isLeftOut(publicEndPort) ? first : publicEndPort,
    privateStartPort: isLeftOut(privateStartPort) ? first : privateStartPort,
  };
}

function isLeftOut(value: Json | undefined): value is '' | null | undefined {
  return value === undefined || value === null || value === '';
}

async function refusal(
  store: Reads,
  by: ResourceUuid | undefined,
  desired: JsonObject,
): Promise<Refusal | undefined> {
  // Validated by now: the fields are as the type says.
  const spec = desired as unknown as Spec;
  const ports = forwardedPorts(spec);
  const length = ports.publicEndPort - ports.publicStartPort;
  if (length < 0)
    return { message: 'the last port is before the first', fieldName: 'publicEndPort' };
  if (ports.privateStartPort + length > PORT.max) {
    const message = `from ${ports.privateStartPort} on there are not ${length + 1} ports`;
    return { message, fieldName: 'privateStartPort' };
  }
  const server = await liveRow(store, virtualmachine, spec.virtualmachineId);
  const address = await liveRow(store, ipaddress, spec.ipaddressId);
  if (server === undefined || address === undefined) return undefined;
  const wrong = await addressRefusal(store, address, server.spec.networkId);
  if (wrong !== undefined) return wrong;
  const { protocol } = spec;
  const { publicStartPort: first, publicEndPort: last } = ports;
  const wanted = { address: address.uuid, protocol, first, last, by };
  const holder = await holderOf(store, wanted);
  return holder === undefined
    ? undefined
    : {
        message: `${holder.type} ${holder.id} has that ${protocol} port of ipaddress ${address.id} already`,
        fieldName: 'publicStartPort',
      };
}
