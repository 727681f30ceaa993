import {
  type ApplianceDesired,
  asFence,
  asUuid,
  type DocumentOnRecord,
  type DocumentsOnRecord,
  type Fence,
  type ResourceUuid,
} from '@gdcloud/core';
import { CARRIED } from '../../support/carried-network.js';

/** A forward that is asked for, or to go. */
export interface ForwardRow {
  readonly uuid: ResourceUuid;
  readonly publicPort: number;
  generation: number;
  wish: 'there' | 'gone';
  /** What people were told last. */
  told: 'asked' | 'there' | 'gone';
  fence: Fence;
}

/** A network as a cloud has it on record. */
export interface NetworkRow {
  readonly uuid: ResourceUuid;
  readonly forwards: ForwardRow[];
  wish: 'there' | 'gone';
  isRemoved: boolean;
  documentRevision: number;
  digest: string;
  appliedRevision: number | null;
  fence: Fence;
}

/** What a cloud has on record, as its kernels share it. Each look and each write is one moment. */
export class CloudRecord {
  readonly networks = new Map<ResourceUuid, NetworkRow>();
  #made = 0;
  #tokens = 0;

  newNetwork(): NetworkRow {
    const row: NetworkRow = {
      uuid: this.#newUuid(),
      forwards: [],
      wish: 'there',
      isRemoved: false,
      documentRevision: 0,
      digest: '',
      appliedRevision: null,
      fence: asFence(''),
    };
    this.networks.set(row.uuid, row);
    return row;
  }

  newForward(network: NetworkRow): void {
    network.forwards.push({
      uuid: this.#newUuid(),
      publicPort: 1_000 + this.#made,
      generation: 1,
      wish: 'there',
      told: 'asked',
      fence: asFence(''),
    });
  }

  newFence(): Fence {
    this.#tokens += 1;
    return asFence(this.#tokens.toString().padStart(8, '0'));
  }

  /** As kernels hand it to drivers. `forgotten` is who is behind: a sabotage, to see that it is noticed. */
  documents(behind: 'on record' | 'forgotten' = 'on record'): DocumentsOnRecord {
    const documentOf = (row: NetworkRow): DocumentOnRecord | 'leaving' =>
      row.wish === 'gone' && row.appliedRevision === null
        ? 'leaving'
        : { told: row.documentRevision, followed: row.appliedRevision };
    return {
      all: async () => {
        const found = new Map<ResourceUuid, DocumentOnRecord>();
        for (const row of this.networks.values()) {
          const document = row.isRemoved ? 'leaving' : documentOf(row);
          if (document === 'leaving') continue;
          found.set(row.uuid, behind === 'on record' ? document : { ...document, followed: null });
        }
        return found;
      },
      of: async (uuid) => {
        const row = this.networks.get(uuid);
        if (row === undefined) return undefined;
        return row.isRemoved ? 'removed' : documentOf(row);
      },
    };
  }

  #newUuid(): ResourceUuid {
    this.#made += 1;
    return asUuid(`01890000-0000-7000-9000-${this.#made.toString(16).padStart(12, '0')}`);
  }
}

/** The document of a network as it is to be. */
export function documentOf({ forwards }: NetworkRow): Omit<ApplianceDesired, 'revision'> {
  const { revision: _, ...document } = CARRIED;
  return {
    ...document,
    forwards: forwards
      .filter(({ wish }) => wish === 'there')
      .map(({ uuid, generation, publicPort }) => ({
        uuid,
        generation,
        protocol: 'tcp',
        publicAddress: '203.0.113.11',
        publicStartPort: publicPort,
        publicEndPort: publicPort,
        privateAddress: '192.168.0.11',
        privateStartPort: 80,
      })),
  };
}
