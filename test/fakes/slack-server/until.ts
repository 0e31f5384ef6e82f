// Owns waiting for something to become true without asking again and again. Must not know what is waited for.

export interface Watched {
  watch(listener: () => void): () => void;
  /** What to add to the message when time is up. */
  describe(): string;
}

/** See `SlackServer.until`. */
export function waitUntil<T>(
  watched: Watched,
  predicate: () => T,
  options: { readonly timeoutMs?: number; readonly what?: string },
): Promise<NonNullable<T>> {
  const timeoutMs = options.timeoutMs ?? 10_000;
  return new Promise((resolve, reject) => {
    let problem: unknown;
    const ask = (): boolean => {
      try {
        const value = predicate();
        if (!value) return false;
        stop();
        resolve(value);
        return true;
      } catch (error) {
        // An expectation that does not hold yet; shown when time is up.
        problem = error;
        return false;
      }
    };
    const timer = setTimeout(() => {
      stop();
      const what = options.what ?? predicate.toString();
      const cause = problem === undefined ? {} : { cause: problem };
      reject(new Error(`Not within ${timeoutMs} ms: ${what}\n${watched.describe()}`, cause));
    }, timeoutMs);
    const unwatch = watched.watch(() => {
      ask();
    });
    const stop = () => {
      clearTimeout(timer);
      unwatch();
    };
    ask();
  });
}
