import { useEffect, useState } from 'preact/hooks';

/** A place in the panel. */
export interface Place {
  /** Decoded: `['virtualmachines', '42']`. */
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
}

/** Reads the address of the page. */
export function placeOf(home: string, location: Pick<Location, 'pathname' | 'search'>): Place {
  const path = location.pathname.startsWith(home) ? location.pathname.slice(home.length) : '';
  return {
    segments: path
      .split('/')
      .filter((part) => part !== '')
      .map(decoded),
    query: new URLSearchParams(location.search),
  };
}

/** The place where the reader is, and the way to others. Links within the panel load no new page. */
export function useRouter(home: string): {
  readonly place: Place;
  readonly go: (path: string) => void;
} {
  const [place, setPlace] = useState(() => placeOf(home, location));
  const go = (path: string): void => {
    history.pushState(null, '', home + path);
    setPlace(placeOf(home, location));
    scrollTo(0, 0);
  };
  useEffect(() => {
    const moved = (): void => setPlace(placeOf(home, location));
    const followed = (event: MouseEvent): void => {
      const path = pathIn(event, home);
      if (path === undefined) return;
      event.preventDefault();
      go(path);
    };
    addEventListener('popstate', moved);
    document.addEventListener('click', followed);
    return () => {
      removeEventListener('popstate', moved);
      document.removeEventListener('click', followed);
    };
  }, [home]);
  return { place, go };
}

// What opens elsewhere, or leads out of the panel, is the browser’s.
function pathIn(event: MouseEvent, home: string): string | undefined {
  const { button, metaKey, ctrlKey, shiftKey, altKey, target, defaultPrevented } = event;
  if (button !== 0 || metaKey || ctrlKey || shiftKey || altKey || defaultPrevented)
    return undefined;
  const link = target instanceof Element ? target.closest('a') : null;
  if (link === null || link.target !== '' || link.hasAttribute('download')) return undefined;
  const { origin, pathname, search, hash } = new URL(link.href);
  if (origin !== location.origin) return undefined;
  // To a place on this page.
  if (hash !== '' && pathname === location.pathname && search === location.search) return undefined;
  return pathname === home || pathname.startsWith(`${home}/`)
    ? pathname.slice(home.length) + search
    : undefined;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
