/** The command was called in a way that it can't be meant. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
