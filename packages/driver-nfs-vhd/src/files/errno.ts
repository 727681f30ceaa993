// libuv has no name for these, so Node says "Unknown system error -116" and leaves the number (Linux).
const UNNAMED: Readonly<Record<number, string>> = {
  [-116]: 'ESTALE',
  [-121]: 'EREMOTEIO',
  [-122]: 'EDQUOT',
};

/** The name of the operating system's error that was thrown: `ENOSPC`; absent when it was something else. */
export function errnoName(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !('errno' in thrown) || typeof thrown.errno !== 'number')
    return undefined;
  const unnamed = UNNAMED[thrown.errno];
  if (unnamed !== undefined) return unnamed;
  return 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined;
}
