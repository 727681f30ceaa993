import type { Document } from '../../hypermedia/documents.js';
import type { Panel } from '../context.js';

/** Chooses for the reader where there is no choice: the only resource of a type, for a field. */
export async function onlyOne(
  { api, catalogue }: Panel,
  typeId: string,
  field: string,
): Promise<Document> {
  const schema = catalogue.type(typeId);
  const url = schema && catalogue.collectionUrl(schema);
  if (url === undefined) return {};
  const [one, other] = (await api.page(`${url}?limit=2`)).data;
  return one === undefined || other !== undefined ? {} : { [field]: one.id };
}
