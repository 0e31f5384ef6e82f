// Owns maps that forget what was set longest ago, so that none of them grows without a bound.

export interface Recent<V> {
  get(key: string): V | undefined;
  set(key: string, value: V): void;
  delete(key: string): void;
  entries(): [string, V][];
}

export function createRecent<V>(max: number): Recent<V> {
  const values = new Map<string, V>();
  return {
    get: (key) => values.get(key),
    set(key, value) {
      values.delete(key);
      values.set(key, value);
      const oldest = values.keys().next();
      if (values.size > max && oldest.done !== true) values.delete(oldest.value);
    },
    delete(key) {
      values.delete(key);
    },
    entries: () => [...values],
  };
}
