import type { Resource } from '../../hypermedia/documents.js';
import { type Happening, happeningsOf } from '../../hypermedia/happenings.js';
import { usePanel } from '../context.js';
import { type Answered, useAnswer } from './use-answer.js';

/** What happened to a resource, the oldest first; asked for anew when `heard` is another. */
export function useHistory(
  resource: Resource | undefined,
  heard: number,
): Answered<readonly Happening[]> {
  const { api } = usePanel();
  const url = resource?.links['events'];
  return useAnswer(
    async (signal) => (url === undefined ? [] : happeningsOf((await api.page(url, signal)).data)),
    [url, heard],
  );
}
