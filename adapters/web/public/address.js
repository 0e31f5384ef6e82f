// Owns the addresses of channels, threads and messages: `/c/CHANNEL/THREAD/MESSAGE`, `/dm/MESSAGE`, and `/c` for the list of channels.
// Must not know what is open.

/** A place as an address. `channel` is `dm` for one's own direct messages: they have the same address for everybody. */
export function toPath({ channel, thread, message, list }) {
  if (list) return '/c';
  if (channel === 'dm') return message ? `/dm/${encodeURIComponent(message)}` : '/dm';
  const parts = [channel, thread, thread && message !== thread ? message : undefined];
  return `/c/${parts
    .filter((part) => part !== undefined)
    .map(encodeURIComponent)
    .join('/')}`;
}

/** The place that a path names; none where it names nothing of ours. */
export function parsePath(path) {
  const [, first, ...rest] = path.split('/');
  const [one, two, three] = rest.map(decode).map((part) => (part === '' ? undefined : part));
  if (first === 'dm') return { channel: 'dm', message: one };
  if (first !== 'c') return undefined;
  return one === undefined ? { list: true } : { channel: one, thread: two, message: three };
}

function decode(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
