/* oxlint-disable unicorn/no-thenable */
/**
 * Work that begins when it is first awaited or iterated, and then only once: a promise to `await`, and with `for await`
 * the elements of what it leads to.
 */
export function lazy<T, Element>(
  begin: () => Promise<T>,
  elementsOf: (begun: T) => AsyncIterable<Element>,
): Promise<T> & AsyncIterable<Element> {
  let begun: Promise<T> | undefined;
  const once = (): Promise<T> => {
    begun ??= begin();
    return begun;
  };
  return {
    // biome-ignore lint/suspicious/noThenProperty: it is a promise, but for when it begins.
    then: (resolved, rejected) => once().then(resolved, rejected),
    catch: (rejected) => once().catch(rejected),
    finally: (settled) => once().finally(settled),
    [Symbol.toStringTag]: 'Promise',
    async *[Symbol.asyncIterator]() {
      yield* elementsOf(await once());
    },
  };
}
