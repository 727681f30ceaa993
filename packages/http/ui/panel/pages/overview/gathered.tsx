import { useEffect } from 'preact/hooks';
import type { Schema } from '../../../hypermedia/documents.js';
import { usePanel } from '../../context.js';
import { type LiveList, MOST_ROWS, useList } from '../../live/use-list.js';

interface GatheredProps {
  readonly schema: Schema;
  readonly tell: (list: LiveList) => void;
}

/** Tells the page of the resources of a type, as they are now; shows nothing itself. */
export function Gathered({ schema, tell }: GatheredProps) {
  const { catalogue } = usePanel();
  const url = catalogue.collectionUrl(schema);
  const list = useList(schema.id, url && `${url}?limit=${MOST_ROWS}`);
  useEffect(() => tell(list), [list.rows, list.state]);
  return null;
}
