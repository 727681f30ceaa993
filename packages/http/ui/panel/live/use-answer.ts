import { useEffect, useState } from 'preact/hooks';
import { type Problem, problemOf } from '../../hypermedia/problem.js';

/** Something that was asked for. */
export interface Answered<T> {
  readonly value: T | undefined;
  readonly problem: Problem | undefined;
}

/** Asks when the parts of `about` are others than before; what was known stays until the answer comes. */
export function useAnswer<T>(
  ask: (signal: AbortSignal) => Promise<T>,
  about: readonly unknown[],
): Answered<T> {
  const [answered, setAnswered] = useState<Answered<T>>({ value: undefined, problem: undefined });
  useEffect(() => {
    const end = new AbortController();
    ask(end.signal).then(
      (value) => end.signal.aborted || setAnswered({ value, problem: undefined }),
      (thrown: unknown) =>
        end.signal.aborted || setAnswered((last) => ({ ...last, problem: problemOf(thrown) })),
    );
    return () => end.abort();
  }, about);
  return answered;
}
