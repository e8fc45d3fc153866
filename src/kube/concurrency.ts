// Bounded parallelism: the only place where a width is turned into requests in flight.

/**
 * Runs `work` over `items`, at most `width` at a time; results keep the order of the items.
 * After the first failure nothing new starts; what is in flight is waited for, so that no write is under way
 * when the error arrives. Rejects with the first failure.
 */
export async function mapWithLimit<T, R>(
  items: readonly T[],
  width: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = new Array(items.length);
  const failures: unknown[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length && failures.length === 0) {
      const index = next++;
      try {
        results[index] = await work(items[index] as T, index);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
  if (failures.length > 0) throw failures[0];
  return results;
}
