import { useEffect, useState } from 'preact/hooks';
import { usePanel } from '../context.js';

const PAUSE_MS = 2_000;

/** Counts whenever anything has changed, but not more often than every two seconds: for what is asked for anew then. */
export function useBeat(): number {
  const { live } = usePanel();
  const [beat, setBeat] = useState(0);
  useEffect(() => {
    let timer = 0;
    const later = (): void => {
      timer ||= window.setTimeout(() => {
        timer = 0;
        setBeat((last) => last + 1);
      }, PAUSE_MS);
    };
    const stop = live.listen(undefined, { again: later, changed: later });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [live]);
  return beat;
}
