/**
 * Works on items with `lanes` of them under way at a time, taken in order. After the first failure, or once `signal`
 * aborts, none is begun any more; what is under way is waited for, so that nobody uses a file or a buffer afterwards;
 * then the failure, or the signal's reason, is thrown.
 */
export async function inLanes<Item>(
  items: Iterable<Item>,
  options: { readonly lanes: number; readonly signal?: AbortSignal | undefined },
  work: (item: Item, lane: number) => Promise<void>,
): Promise<void> {
  const { lanes, signal } = options;
  const iterator = items[Symbol.iterator]();
  const failures: unknown[] = [];
  const run = async (lane: number): Promise<void> => {
    while (failures.length === 0) {
      if (signal?.aborted === true) {
        failures.push(signal.reason);
        return;
      }
      const next = iterator.next();
      if (next.done === true) return;
      try {
        await work(next.value, lane);
      } catch (thrown) {
        failures.push(thrown);
      }
    }
  };
  await Promise.all(Array.from({ length: lanes }, (_, lane) => run(lane)));
  if (failures.length > 0) throw failures[0];
}
