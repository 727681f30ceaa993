import type { PageTools } from './page-tools.js';

/** A page is asked for again at most so often. */
const REST_MS = 1_000;

/**
 * Has a page that shows live things refreshed when the stream says that they changed, and says whether the stream is there.
 * Listens only while the page can be seen: browsers open few connections to a server. What is returned ends it.
 */
export function keepLive(
  head: HTMLElement,
  tools: PageTools,
  refresh: () => Promise<void>,
): () => void {
  const status = document.getElementById('live');
  const again = atRest(refresh);
  let end: AbortController | undefined;
  const listen = (): void => {
    if (document.visibilityState === 'hidden') {
      end?.abort();
      end = undefined;
    } else if (end === undefined) {
      end = new AbortController();
      void follow(head, tools, status, again, end.signal);
    }
  };
  document.addEventListener('visibilitychange', listen);
  listen();
  return () => {
    document.removeEventListener('visibilitychange', listen);
    end?.abort();
  };
}

async function follow(
  head: HTMLElement,
  { api, say }: PageTools,
  status: HTMLElement | null,
  again: () => void,
  signal: AbortSignal,
): Promise<void> {
  const turn = (state: 'on' | 'lost'): void => {
    if (status === null || status.dataset['state'] === state) return;
    status.dataset['state'] = state;
    status.textContent = say(`api.live.${state}`);
  };
  const { liveOf, liveId } = head.dataset;
  const changes = api.changes({
    types: [liveOf ?? ''],
    ...(liveId === undefined ? {} : { resourceId: liveId }),
    lost: () => turn('lost'),
    signal,
  });
  try {
    for await (const _ of changes) {
      turn('on');
      // Also when it begins: something may have happened since the page was written.
      again();
    }
  } catch {
    if (!signal.aborted) turn('lost');
  }
}

// One at a time, and with a rest in between; what is asked for meanwhile is done after it.
function atRest(refresh: () => Promise<void>): () => void {
  let state: 'idle' | 'busy' | 'wanted' = 'idle';
  const run = async (): Promise<void> => {
    state = 'busy';
    await refresh().catch(() => undefined);
    setTimeout(() => {
      const wanted = state === 'wanted';
      state = 'idle';
      if (wanted) void run();
    }, REST_MS);
  };
  return () => {
    if (state === 'idle') void run();
    else state = 'wanted';
  };
}
