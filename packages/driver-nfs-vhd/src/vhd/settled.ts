/** Waits for all, so that no buffer or file is in use when the caller has it back; then throws the first failure. */
export async function settled(parts: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(parts)) {
    if (result.status === 'rejected') throw result.reason;
  }
}
