import type { Catalogue } from '../../../hypermedia/catalogue.js';
import type { CloudApi } from '../../../hypermedia/cloud-api.js';
import type { Resource } from '../../../hypermedia/documents.js';

/** Types that nobody waits for. */
const NEVER: readonly string[] = [
  'auditrecord',
  'account',
  'apikey',
  'login',
  'offering',
  'orphan',
];
/** Pages of 1,000 that are looked at for each type. */
const PAGES = 10;

/** What of a cloud is not as asked, and how much was looked at. */
export interface Waiting {
  readonly resources: readonly Resource[];
  readonly looked: number;
  /** Whether all of the cloud was looked at. */
  readonly whole: 'yes' | 'no';
}

/** Looks for what is not as asked, a page at a time; tells after each what is known by then. */
export async function findWaiting(
  api: CloudApi,
  catalogue: Catalogue,
  signal: AbortSignal,
  tell: (waiting: Waiting) => void,
): Promise<void> {
  const resources: Resource[] = [];
  let looked = 0;
  let whole: Waiting['whole'] = 'yes';
  for (const schema of catalogue.listed) {
    const collection = catalogue.collectionUrl(schema);
    if (collection === undefined || NEVER.includes(schema.id)) continue;
    let url: string | null = `${collection}?limit=1000`;
    for (let page = 0; page < PAGES && url !== null; page += 1) {
      const { data, next } = await api.page(url, signal);
      looked += data.length;
      resources.push(...data.filter(({ transitioning }) => isWaiting(transitioning)));
      url = next;
    }
    if (url !== null) whole = 'no';
    tell({ resources: worstFirst(resources), looked, whole });
  }
}

function isWaiting(transitioning: Resource['transitioning']): boolean {
  return transitioning === 'yes' || transitioning === 'error';
}

/** What needs a person before what only takes its time; of each the oldest first. */
export function worstFirst(resources: readonly Resource[]): readonly Resource[] {
  const rank = ({ transitioning }: Resource): number => (transitioning === 'error' ? 0 : 1);
  const age = (resource: Resource): number => Number(resource['createdTS'] ?? 0);
  return resources.toSorted((one, other) => rank(one) - rank(other) || age(one) - age(other));
}
