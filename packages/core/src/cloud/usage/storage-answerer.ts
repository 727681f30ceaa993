import type { ResourceUuid } from '../../model/identity.js';
import type { Resource } from '../../model/resource.js';
import type { ResourceType } from '../../model/resource-type.js';
import type { Answerer } from '../../ports/answerer.js';
import type { Store } from '../../ports/store.js';
import { account } from '../account/account.js';
import { image, imageGb } from '../image/image.js';
import { snapshot } from '../snapshot/snapshot.js';
import { volume } from '../volume/volume.js';

const PAGE = 500;

interface Sums {
  readonly count: number;
  readonly logicalGb: number;
  readonly physicalMb: number;
}

/** Answers how much an account keeps on shares: by its rows, as they were last looked at. */
export function storageAnswerer(store: Pick<Store, 'list'>): Answerer<typeof account> {
  return {
    type: account,
    question: 'storage',
    async answer({ resource }) {
      const of = <T extends ResourceType>(
        type: T,
        logicalGb: (row: Resource<T>) => number | null | undefined,
      ): Promise<Sums> => sumsOf(store, { type, account: resource.uuid, logicalGb });
      const volumes = await of(volume, ({ spec }) => spec.sizeGb);
      const snapshots = await of(snapshot, ({ status }) => status.sizeGb);
      const images = await of(image, imageGb);
      const all = [volumes, snapshots, images];
      const total = (pick: (sums: Sums) => number): number =>
        all.reduce((sum, one) => sum + pick(one), 0);
      return {
        fields: {
          logicalGb: total((sums) => sums.logicalGb),
          physicalMb: total((sums) => sums.physicalMb),
          volumes: { ...volumes },
          snapshots: { ...snapshots },
          images: { ...images },
        },
      };
    },
  };
}

async function sumsOf<T extends ResourceType>(
  store: Pick<Store, 'list'>,
  {
    type,
    account: owner,
    logicalGb,
  }: {
    readonly type: T;
    readonly account: ResourceUuid;
    readonly logicalGb: (row: Resource<T>) => number | null | undefined;
  },
): Promise<Sums> {
  const sums = { count: 0, logicalGb: 0, physicalMb: 0 };
  let after: Parameters<Store['list']>[2]['after'];
  do {
    const scope = { kind: 'account', account: owner } as const;
    const page = await store.list(scope, type, { filters: [], limit: PAGE, after });
    for (const row of page.resources) {
      // Others' that everybody may see are theirs to answer for.
      if (row.account !== owner) continue;
      const own = row as Resource<T>;
      const { physicalMb } = row.status;
      sums.count += 1;
      sums.logicalGb += logicalGb(own) ?? 0;
      sums.physicalMb += typeof physicalMb === 'number' ? physicalMb : 0;
    }
    after = page.next;
  } while (after !== undefined);
  return sums;
}
