// Owns the connection to the server: the stream of events, coming back after it was lost, and what is posted.

/**
 * The page's own address goes with each call: a proxy that takes every trace of itself away cannot change what the browser shows.
 * Without a token the server answers no page that others can reach.
 */
const page = () => location.host;

/** @param onEvent gets each event's type and data; onLost is told whether the connection is lost, or why it was refused. */
export function follow(types, onEvent, onLost) {
  let source;
  const open = () => {
    source = new EventSource(`/live?page=${encodeURIComponent(page())}`);
    for (const type of types) source.addEventListener(type, (event) => onEvent(type, JSON.parse(event.data)));
    source.addEventListener('open', () => onLost(false));
    source.addEventListener('error', () => {
      onLost(true);
      // The browser comes back by itself, with the last event's id, unless the server refused it.
      if (source.readyState === EventSource.CLOSED) setTimeout(mend, 1000);
    });
  };
  /** The server has been started anew and does not know this browser: its page makes one known. */
  const mend = async () => {
    try {
      const answer = await fetch('/', { cache: 'no-store', headers: { 'x-rill-page': page() } });
      if (answer.status === 403) return onLost(await answer.text());
      if (answer.redirected) location.reload();
      else open();
    } catch {
      // Not there yet.
      setTimeout(mend, 2000);
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
