import { usePanel } from '../context.js';
import { type LiveList, MOST_ROWS, useList } from './use-list.js';

/** The resources of a type, as many as one page shows, kept current. It is loading for ever where nobody may list them. */
export function useAll(typeId: string): LiveList {
  const { catalogue } = usePanel();
  const schema = catalogue.type(typeId);
  const url = schema && catalogue.collectionUrl(schema);
  return useList(typeId, url && `${url}?limit=${MOST_ROWS}`);
}
