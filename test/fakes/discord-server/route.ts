// Owns what a route of the fake is: its pattern, its bucket, and what its handler is given.
// Knows no route.

import type { BucketName, createOldEdits } from './limits.ts';
import type { MessageForm } from './payloads.ts';
import { type Fields, invalid, missingAccess, unknownChannel, unknownMessage } from './refusal.ts';
import type { Ping } from './types.ts';
import type { Channel, Message, StoredAttachment, World } from './world.ts';

/** What all handlers share. */
export interface Desk {
  readonly world: World;
  readonly applicationId: string;
  readonly gatewayUrl: () => string;
  readonly form: () => MessageForm;
  readonly pings: Ping[];
  readonly oldEdits: ReturnType<typeof createOldEdits>;
  /** By author and nonce: which message, and until when the nonce is remembered. */
  readonly nonces: Map<string, { readonly message: Message; readonly until: number }>;
  readonly maxActiveThreads: number;
  readonly applicationFlags: number;
}

export interface Call {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Fields;
  readonly files: readonly StoredAttachment[];
}

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
}

export interface Route {
  readonly method: string;
  /** `/channels/:channel/messages`; `:x` must be a snowflake unless named in `words`. */
  readonly path: string;
  readonly bucket: BucketName;
  readonly words?: readonly string[];
  /** No `Authorization` needed: the token stands in the path. */
  readonly open?: boolean;
  readonly handle: (call: Call) => Answer;
}

export interface Match {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

export function findRoute(routes: readonly Route[], method: string, pathname: string): Match | undefined {
  const parts = pathname.split('/').map((part) => decodeURIComponent(part));
  for (const route of routes) {
    const wanted = route.path.split('/');
    if (route.method !== method || wanted.length !== parts.length) continue;
    const params: Record<string, string> = {};
    const fits = wanted.every((part, index) => {
      const given = parts[index] ?? '';
      if (!part.startsWith(':')) return part === given;
      params[part.slice(1)] = given;
      return given !== '' && given !== '@me' && given !== '@original';
    });
    if (fits) return { route, params };
  }
  return undefined;
}

/** Ids are snowflakes of 17 to 19 digits (docs: reference, "Snowflakes"; platforms.md 2.4 for why shorter ones are a trap). */
export function checkIds(match: Match): void {
  for (const [name, value] of Object.entries(match.params)) {
    if (match.route.words?.includes(name)) continue;
    if (!/^\d{17,19}$/.test(value)) {
      throw invalid(`${name}_id`, 'NUMBER_TYPE_COERCE', `Value "${value}" is not snowflake.`);
    }
  }
}

export function channelOf(desk: Desk, call: Call): Channel {
  const channel = desk.world.channels.get(call.params.channel ?? '');
  if (channel === undefined) throw unknownChannel();
  if (!desk.world.can(channel, 'VIEW_CHANNEL')) throw missingAccess();
  return channel;
}

export function messageOf(channel: Channel, call: Call): Message {
  const message = channel.messages.get(call.params.message ?? '');
  if (message === undefined) throw unknownMessage();
  return message;
}
