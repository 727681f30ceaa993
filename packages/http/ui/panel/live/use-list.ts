import { useEffect, useRef, useState } from 'preact/hooks';
import { type Page, type Resource, resourceOf } from '../../hypermedia/documents.js';
import { type Problem, problemOf } from '../../hypermedia/problem.js';
import { usePanel } from '../context.js';

/** A list that is kept as it is now. */
export interface LiveList {
  readonly state: 'loading' | 'there' | 'failed';
  readonly rows: readonly Resource[];
  /** The first page as it came: what may be created, how it may be sorted. */
  readonly page: Page | undefined;
  /** Whether the cloud has more than is shown. */
  readonly partial: 'yes' | 'no';
  readonly problem: Problem | undefined;
  readonly again: () => void;
}

/** As many as one page shows; more are searched for. */
export const MOST_ROWS = 1_000;

const LOADING = {
  state: 'loading',
  rows: [],
  page: undefined,
  partial: 'no',
  problem: undefined,
} as const;

/**
 * The resources of a type at a URL, kept current by the stream of changes. `belongs` says whether a resource that has just
 * appeared is one of this list. Changes that come together are shown together.
 */
export function useList(
  typeId: string,
  url: string | undefined,
  belongs: (resource: Resource) => boolean = anything,
): LiveList {
  const { api, live } = usePanel();
  const [list, setList] = useState<Omit<LiveList, 'again'>>(LOADING);
  const [round, setRound] = useState(0);
  const fits = useRef(belongs);
  fits.current = belongs;
  useEffect(() => {
    if (url === undefined) return;
    const end = new AbortController();
    let known = new Map<string, Resource>();
    let page: Page | undefined;
    let shown = 0;
    // What is heard while a list is under way may be newer than what the list says.
    let meanwhile: Map<string, Resource | undefined> | undefined;
    const put = (id: string, row: Resource | undefined): void => {
      if (row === undefined) known.delete(id);
      else known.set(id, row);
    };
    const show = (): void => {
      shown = 0;
      const partial = page?.next == null ? 'no' : 'yes';
      setList({ state: 'there', rows: [...known.values()], page, partial, problem: undefined });
    };
    const load = async (): Promise<void> => {
      const heard = new Map<string, Resource | undefined>();
      meanwhile = heard;
      try {
        page = await api.page(url, end.signal);
        known = new Map(page.data.map((row) => [row.id, row]));
        for (const [id, row] of heard) put(id, row);
        show();
      } catch (thrown) {
        if (!end.signal.aborted)
          setList((last) => ({ ...last, state: 'failed', problem: problemOf(thrown) }));
      }
    };
    const stop = live.listen(typeId, {
      again: () => void load(),
      changed: ({ resourceId, resource, removed }) => {
        const now = resource == null || removed !== null ? undefined : resourceOf(resource);
        const row = now !== undefined && fits.current(now) ? now : undefined;
        meanwhile?.set(resourceId, row);
        put(resourceId, row);
        shown ||= requestAnimationFrame(show);
      },
    });
    void load();
    return () => {
      end.abort();
      stop();
      cancelAnimationFrame(shown);
    };
  }, [api, live, typeId, url, round]);
  return { ...list, again: () => setRound((last) => last + 1) };
}

function anything(): boolean {
  return true;
}
