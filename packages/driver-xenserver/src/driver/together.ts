/**
 * All results, in order. As `Promise.all`, but when some of it fails it still waits for the rest, so that nothing of a
 * call goes on after its end. What is waited for must have a limit of its own.
 */
export async function together<const Work extends readonly unknown[]>(
  work: Work,
): Promise<{ -readonly [Index in keyof Work]: Awaited<Work[Index]> }> {
  await Promise.allSettled(work);
  return Promise.all(work);
}
