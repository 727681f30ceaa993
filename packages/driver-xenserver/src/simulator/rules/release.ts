const RELEASES: readonly string[] = ['boston', 'tampa', 'clearwater', 'dundee', 'inverness'];

/** Whether `release` is `since` or a later one; names not known count as the newest. */
export function isAtLeast(release: string, since: string): boolean {
  const asked = RELEASES.indexOf(release);
  return asked === -1 || asked >= RELEASES.indexOf(since);
}
