// Owns what of the gateway's payloads Discord's client gets to see: only what it needs to log in, beat and resume, in the form that it needs.
// Its own handlers trust every field and throw where one is missing; all that happens in servers goes past them, to `hear`.

import { countOf, fieldsOf, someText, textOf } from '../kit/fields.ts';

/** Gateway opcodes (discord-api-docs, topics/opcodes-and-status-codes). */
const DISPATCH = 0;
const INVALID_SESSION = 9;
const HELLO = 10;
/** What Discord asks for today; used where it asks for nothing that can be read. */
const HEARTBEAT_MS = 41_250;
const HEARTBEAT_LEAST_MS = 20;
const HEARTBEAT_MOST_MS = 600_000;

/**
 * The payload as the client may see it, or undefined for what is none. What happened is told to `hear` by its name, with whatever came as its
 * data. A READY always lets us in: by then Discord has done so.
 */
export function toSafePayload(
  payload: unknown,
  hear: (name: string, data: unknown) => void,
): object | undefined {
  const { op, t, s, d } = fieldsOf(payload);
  if (countOf(op) === undefined) return undefined;
  switch (op) {
    case DISPATCH:
      break;
    case HELLO:
      return { op, d: { heartbeat_interval: toBeat(fieldsOf(d).heartbeat_interval) } };
    case INVALID_SESSION:
      return { op, d: d === true };
    default:
      return { op, d: null };
  }
  const name = textOf(t, 100);
  const common = { op, s: countOf(s) ?? 0 };
  if (name === 'READY') return { ...common, t: name, d: toReady(d) };
  if (name === 'RESUMED') return { ...common, t: name, d: {} };
  hear(name, d);
  // A name that the client knows nothing of: only the number counts, for the resume.
  return { ...common, t: 'HEARD', d: {} };
}

function toReady(data: unknown): object {
  const { user, session_id: session, resume_gateway_url: url, application } = fieldsOf(data);
  const { id, username } = fieldsOf(user);
  const address = textOf(url, 2_048);
  const canResume = URL.canParse(address) && ['ws:', 'wss:'].includes(new URL(address).protocol);
  return {
    v: 10,
    user: {
      id: textOf(id, 20),
      username: textOf(username, 100),
      discriminator: '0',
      avatar: null,
      bot: true,
    },
    // Servers are not waited for: what is not known of a channel is asked for.
    guilds: [],
    // Without one Discord refuses the resume, and the client logs in anew.
    session_id: someText(session, 200) ?? 'none',
    ...(canResume ? { resume_gateway_url: address } : {}),
    application: { id: textOf(fieldsOf(application).id, 20), flags: 0 },
  };
}

function toBeat(value: unknown): number {
  const ms = countOf(value);
  return ms === undefined || ms < HEARTBEAT_LEAST_MS || ms > HEARTBEAT_MOST_MS ? HEARTBEAT_MS : ms;
}
