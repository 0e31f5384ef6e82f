// Owns what is remembered for a while only: sets and maps that forget their oldest entries. Knows nothing of Slack.

const MAX_REMEMBERED = 1000;

export function remember<K, V>(known: Map<K, V>, key: K, value: V): void {
  known.delete(key);
  known.set(key, value);
  const [oldest] = known.keys();
  if (known.size > MAX_REMEMBERED && oldest !== undefined) known.delete(oldest);
}
