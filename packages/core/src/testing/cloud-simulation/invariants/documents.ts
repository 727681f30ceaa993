import type { ResourceUuid } from '../../../model/identity.js';
import type { ApplianceDesired } from '../../../ports/drivers/appliance.js';
import { elementsOf } from '../../../ports/drivers/appliance-elements.js';
import type { Finding, Invariant, View } from '../facts.js';
import { nameOf } from './rows.js';

/** I29: an address outside is one network's. */
export const oneNetworkEach: Invariant = {
  id: 'I29',
  name: 'no address outside is in the documents of two networks at once',
  reason: 'Both would answer for it, and strangers would get what was sent to its owner.',
  watch: (view) => ({
    happened({ kind }) {
      if (kind !== 'appliances') return undefined;
      const holders = new Map<string, ResourceUuid>();
      for (const { uuid, document } of documents(view)) {
        for (const { address } of document.publicAddresses) {
          const other = holders.get(address);
          if (other !== undefined && other !== uuid)
            return `${address} is in the documents of ${other} and of ${uuid}`;
          holders.set(address, uuid);
        }
      }
      return undefined;
    },
  }),
};

/** I30: what is gone is carried by nobody. */
export const nothingGoneIsCarried: Invariant = {
  id: 'I30',
  name: 'what is removed is in no document any more, and comes into none',
  reason: 'A way in that was closed would be open, to whoever has the address by then.',
  watch(view) {
    const { database, meddled } = view;
    return {
      wrote({ after }) {
        if (after.removed === null || meddled.has(after.uuid)) return undefined;
        for (const { uuid, document } of documents(view))
          if (elementsOf(document).has(after.uuid) && !meddled.has(uuid))
            return `${nameOf(after)} is gone and in the document of ${uuid}`;
        return undefined;
      },
      happened({ kind, object, by }) {
        if (kind !== 'appliances' || by === undefined) return undefined;
        for (const { uuid, document } of documents(view)) {
          if (uuid !== object.uuid) continue;
          for (const element of elementsOf(document).keys()) {
            const row = database.row(element);
            if (row !== undefined && row.removed !== null)
              return `${nameOf(row)} is gone and came into the document of ${uuid}`;
          }
        }
        return undefined;
      },
    };
  },
};

/** I31: a port of an address leads to one place. */
export const portsLeadToOnePlace: Invariant = {
  id: 'I31',
  name: 'no two elements of a document have a port of an address in common',
  reason: 'Where its packets go would be chance.',
  watch: (view) => ({
    happened({ kind }) {
      if (kind !== 'appliances') return undefined;
      for (const { document } of documents(view)) {
        const finding = sharedPort(document);
        if (finding !== undefined) return finding;
      }
      return undefined;
    },
  }),
};

function sharedPort({ forwards, balancers, vpn }: ApplianceDesired): Finding {
  const ranges = [
    ...forwards.map((each) => ({
      key: `${each.protocol} ${each.publicAddress}`,
      first: each.publicStartPort,
      last: each.publicEndPort,
    })),
    ...balancers.map((each) => ({
      key: `${each.protocol} ${each.publicAddress}`,
      first: each.publicPort,
      last: each.publicPort,
    })),
    ...(vpn === null
      ? []
      : [{ key: `udp ${vpn.publicAddress}`, first: vpn.listenPort, last: vpn.listenPort }]),
  ];
  for (const [index, one] of ranges.entries()) {
    for (const other of ranges.slice(index + 1)) {
      if (one.key === other.key && one.first <= other.last && other.first <= one.last)
        return `port ${one.first} of ${one.key} leads to two places`;
    }
  }
  return undefined;
}

function documents({
  outside,
}: View): readonly { readonly uuid: ResourceUuid; readonly document: ApplianceDesired }[] {
  return [...outside.appliances.objects.values()].map(({ uuid, actual }) => ({
    uuid,
    document: actual.document,
  }));
}
