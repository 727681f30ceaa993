import type { ApplianceDesired, PhysicalNetwork, ResourceUuid } from '@gdcloud/core';
import { type ApplianceDocument, parseAppliance } from './appliance-document.js';

/** The documents that were read last, so that what stays the same in the next one is not read again. */
export class KnownDocuments {
  readonly #physicalNetworks: readonly PhysicalNetwork[];
  readonly #known = new Map<
    ResourceUuid,
    { readonly desired: ApplianceDesired; readonly document: ApplianceDocument }
  >();

  constructor(physicalNetworks: readonly PhysicalNetwork[]) {
    this.#physicalNetworks = physicalNetworks;
  }

  /** Validates a document. Throws a DriverFailure `invalid`. */
  read(network: ResourceUuid, desired: ApplianceDesired): ApplianceDocument {
    const known = this.#known.get(network);
    if (known?.desired === desired) return known.document;
    const document = parseAppliance(network, desired, this.#physicalNetworks, known?.document);
    this.#known.set(network, { desired, document });
    return document;
  }

  /** Forgets a network that is gone. */
  forget(network: ResourceUuid): void {
    this.#known.delete(network);
  }
}
