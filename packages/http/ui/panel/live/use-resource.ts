import { useEffect, useState } from 'preact/hooks';
import { type Resource, resourceOf } from '../../hypermedia/documents.js';
import { type Problem, problemOf } from '../../hypermedia/problem.js';
import { usePanel } from '../context.js';

/** A resource that is kept as it is now. */
export interface LiveResource {
  readonly resource: Resource | undefined;
  readonly problem: Problem | undefined;
  /** Counts what was heard of it, for parts that ask for more. */
  readonly heard: number;
  readonly again: () => void;
}

/** The resource of a type at a URL, kept current by the stream of changes. */
export function useResource(typeId: string, url: string | undefined): LiveResource {
  const { api, live } = usePanel();
  const [found, setFound] = useState<Omit<LiveResource, 'again'>>({
    resource: undefined,
    problem: undefined,
    heard: 0,
  });
  const [round, setRound] = useState(0);
  useEffect(() => {
    if (url === undefined) return;
    const end = new AbortController();
    let id: string | undefined;
    const take = (resource: Resource): void => {
      id = resource.id;
      setFound(({ heard }) => ({ resource, problem: undefined, heard: heard + 1 }));
    };
    const load = async (): Promise<void> => {
      try {
        take(await api.read(url, end.signal));
      } catch (thrown) {
        if (!end.signal.aborted) setFound((last) => ({ ...last, problem: problemOf(thrown) }));
      }
    };
    const stop = live.listen(typeId, {
      again: () => void load(),
      changed: ({ resourceId, resource }) => {
        if (resourceId !== id) return;
        if (resource == null) void load();
        else take(resourceOf(resource));
      },
    });
    void load();
    return () => {
      end.abort();
      stop();
    };
  }, [api, live, typeId, url, round]);
  return { ...found, again: () => setRound((last) => last + 1) };
}
