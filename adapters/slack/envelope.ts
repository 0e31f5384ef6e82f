// Owns the shape of what Slack sends: an envelope around an event, or around what somebody pressed. All of it is untrusted.
// Knows no HTTP, and nothing of what becomes of it.

type Fields = Readonly<Record<string, unknown>>;

/** Brackets within each other: Slack's rich text has about a dozen. */
const DEPTH_MAX = 100;
/** Fields of an event and of a message within it that are text where they are there at all. */
const TEXTS = [
  'channel',
  'user',
  'ts',
  'text',
  'thread_ts',
  'subtype',
  'bot_id',
  'app_id',
  'event_ts',
  'deleted_ts',
];
const LISTS = ['blocks', 'attachments', 'files'];
/** Events that the bot listens to; of others only the type is looked at. */
const HEARD = ['app_mention', 'message', 'agent_session_stopped'];

/** The envelope in a body, JSON or a form with a `payload`; undefined for anything that Slack would not send to us. */
export function parseEnvelope(body: Buffer, contentType: string): Fields | undefined {
  const text = body.toString();
  const isForm = /^application\/x-www-form-urlencoded\b/i.test(contentType);
  const json = isForm ? new URLSearchParams(text).get('payload') : text;
  if (json === null || !isShallow(json)) return undefined;
  try {
    const envelope: unknown = JSON.parse(json);
    return isEnvelope(envelope) ? envelope : undefined;
  } catch {
    return undefined;
  }
}

/** One look at each character: what nests deeper is not parsed at all. */
function isShallow(json: string): boolean {
  let depth = 0;
  let isText = false;
  for (let at = 0; at < json.length; at += 1) {
    const character = json[at];
    if (character === '\\') at += 1;
    else if (character === '"') isText = !isText;
    else if (isText) continue;
    else if (character === '{' || character === '[') depth += 1;
    else if (character === '}' || character === ']') depth -= 1;
    if (depth > DEPTH_MAX) return false;
  }
  return true;
}

function isEnvelope(value: unknown): value is Fields {
  if (!isFields(value)) return false;
  switch (value.type) {
    case 'url_verification':
      return typeof value.challenge === 'string';
    case 'app_rate_limited':
      return true;
    case 'event_callback':
      return isEvent(value.event) && isListOf(value.authorizations, isFields);
    case 'block_actions':
      return isPress(value);
    default:
      return false;
  }
}

function isEvent(value: unknown): boolean {
  if (!isFields(value) || typeof value.type !== 'string') return false;
  if (!HEARD.includes(value.type)) return true;
  return isMessage(value) && isMessageOrNone(value.message) && isMessageOrNone(value.previous_message);
}

function isMessage(value: Fields): boolean {
  return (
    TEXTS.every((name) => isNone(value[name]) || typeof value[name] === 'string') &&
    LISTS.every((name) => isListOf(value[name], isFields))
  );
}

function isMessageOrNone(value: unknown): boolean {
  return isNone(value) || (isFields(value) && isMessage(value));
}

function isPress({ user, actions, channel, message, container, team }: Fields): boolean {
  return (
    isFields(user) &&
    typeof user.id === 'string' &&
    Array.isArray(actions) &&
    actions.every((action) => isFields(action) && typeof action.action_id === 'string') &&
    [channel, container, team].every((part) => isNone(part) || isFields(part)) &&
    isMessageOrNone(message)
  );
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isNone(value: unknown): boolean {
  return value === undefined || value === null;
}

function isListOf(value: unknown, isOne: (value: unknown) => boolean): boolean {
  return isNone(value) || (Array.isArray(value) && value.every(isOne));
}
