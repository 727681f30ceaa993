import { ensureError } from '@gdcloud/core';

/** How deep causes are followed. */
const MOST_CAUSES = 4;

/**
 * An error for the log: where it came from, and its causes'. Loggers write errors in ways of their own, and some write
 * nothing; properties besides stack and cause are left out, because nobody knows what they hold.
 */
export function errorText(thrown: unknown): string {
  const texts: string[] = [];
  for (let next = thrown, depth = 0; next !== undefined && depth < MOST_CAUSES; depth += 1) {
    const error = ensureError(next);
    texts.push(error.stack ?? error.message);
    next = next instanceof Error ? next.cause : undefined;
  }
  return texts.join('\ncaused by ');
}
