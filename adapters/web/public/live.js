// Owns the connection to the server: the stream of events, coming back after it was lost, and what is posted.

/**
 * The page's own address goes with each call: a proxy that takes every trace of itself away cannot change what the browser shows.
 * Without a token the server answers no page that others can reach.
 */
const page = () => location.host;

/** How long the page waits before it asks again, in milliseconds: longer each time, and not all pages at once. */
const FIRST_WAIT = 1000;
const LAST_WAIT = 60_000;

/** @param onEvent gets each event's type and data; onLost is told whether the connection is lost, `crowded`, or why it was refused. */
export function follow(types, onEvent, onLost) {
  let source;
  let wait = FIRST_WAIT;
  const later = (least = 0) => {
    const spread = wait * (0.5 + Math.random() / 2);
    wait = Math.min(LAST_WAIT, wait * 2);
    setTimeout(mend, Math.max(spread, least));
  };
  const open = () => {
    source = new EventSource(`/live?page=${encodeURIComponent(page())}`);
    for (const type of types) source.addEventListener(type, (event) => onEvent(type, JSON.parse(event.data)));
    source.addEventListener('open', () => {
      wait = FIRST_WAIT;
      onLost(false);
    });
    source.addEventListener('error', () => {
      // The browser comes back by itself, with the last event's id, unless the server refused it.
      if (source.readyState === EventSource.CLOSED) later();
      else onLost(true);
    });
  };
  /** The server has been started anew and does not know this browser: its page makes one known. Or it has no room for one more page. */
  const mend = async () => {
    try {
      const answer = await fetch('/', { cache: 'no-store', headers: { 'x-rill-page': page() } });
      if (answer.status === 403) return onLost(await answer.text());
      if (answer.redirected) return location.reload();
      const room = await fetch(`/live?page=${encodeURIComponent(page())}`, { method: 'HEAD' });
      if (room.ok) return open();
      onLost(room.status === 429 || room.status === 503 ? 'crowded' : true);
      later(1000 * Number(room.headers.get('retry-after')));
    } catch {
      // Not there yet.
      onLost(true);
      later();
    }
  };
  open();
}

/** Posts JSON; resolves to the answer's JSON, or null where it has none. Rejects with the status. */
export async function post(path, body) {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-rill-page': page() },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(String(response.status));
  const text = await response.text();
  return text === '' ? null : JSON.parse(text);
}

/** Sends a file's bytes; resolves to what the server made of it, as `{id, name, mediaType, size}`. Rejects with the status. */
export async function upload(file, name) {
  const response = await fetch(`/files?name=${encodeURIComponent(name.toWellFormed?.() ?? name)}`, {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream', 'x-rill-page': page() },
    body: file,
  });
  if (!response.ok) throw new Error(String(response.status));
  return response.json();
}

/** Where a file of a message is. */
export const toFileAddress = (id) => `/files/${encodeURIComponent(id)}?page=${encodeURIComponent(page())}`;
