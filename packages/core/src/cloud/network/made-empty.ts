import type { Driver } from '../../ports/driver.js';
import type { ApplianceActual, ApplianceDesired } from '../../ports/drivers/appliance.js';
import { elementsOf } from '../../ports/drivers/appliance-elements.js';

type Appliances = Driver<ApplianceDesired, ApplianceActual>;

/** Older than any that is asked for, so that the next look finds the whole document missing. */
const NO_REVISION = 0;

/**
 * Appliances that are made with nothing in them, and get their elements by a change. A create that is late finds nobody
 * who knows of a newer fence once what it makes was there and has gone: it would bring back ways in that were closed. A
 * change is refused then, as there is nothing to change, and is sent only by who could record the create
 * (docs/crash-only.md, I30).
 */
export function madeEmpty(appliances: Appliances): Appliances {
  const { name, backend, traits } = appliances;
  return {
    name,
    backend,
    traits,
    observe: (key, desired, call) => appliances.observe(key, desired, call),
    create: (key, desired, call) => appliances.create(key, withoutElements(desired), call),
    update: (key, desired, change, call) => appliances.update(key, desired, change, call),
    delete: (key, call) => appliances.delete(key, call),
    list: (cursor, call) => appliances.list(cursor, call),
    ...(appliances.foresee && { foresee: appliances.foresee.bind(appliances) }),
    ...(appliances.quarantine && { quarantine: appliances.quarantine.bind(appliances) }),
  };
}

function withoutElements(document: ApplianceDesired): ApplianceDesired {
  if (elementsOf(document).size === 0) return document;
  return {
    ...document,
    revision: NO_REVISION,
    publicAddresses: [],
    outgoingAddress: null,
    ...(document.outgoingIpv6Address !== undefined && { outgoingIpv6Address: null }),
    forwards: [],
    balancers: [],
    rules: [],
    leases: [],
    vpn: null,
  };
}
