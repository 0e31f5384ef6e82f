// Owns the words that tests share with the fake Discord: options, what a person does, what a reader sees, scripted faults.
// Types only. Knows nothing of Rill: it speaks of Discord alone.

import type { Clock } from '../../../src/clock.ts';

/** Permissions that the fake knows, by Discord's own names. */
export type PermissionName =
  | 'ADD_REACTIONS'
  | 'VIEW_CHANNEL'
  | 'SEND_MESSAGES'
  | 'MANAGE_MESSAGES'
  | 'EMBED_LINKS'
  | 'ATTACH_FILES'
  | 'READ_MESSAGE_HISTORY'
  | 'MANAGE_THREADS'
  | 'CREATE_PUBLIC_THREADS'
  | 'SEND_MESSAGES_IN_THREADS';

export interface DiscordServerOptions {
  /** For rate limits, snowflakes, archive ages and the interaction's 3 s; heartbeats keep real time. Default: the system's. */
  readonly clock?: Clock;
  /** Each REST answer is held back for so long (by the clock). Default 0. */
  readonly latencyMs?: number;
  /** `off`: no rate limit refuses anything (headers are sent all the same). Default `on`. */
  readonly limits?: 'on' | 'off';
  /** Creates, and separately edits, a channel and window. Default 5 (platforms.md 2.1: observed, not published). */
  readonly editsPerWindow?: number;
  /** Default 5,000. */
  readonly windowMs?: number;
  /** Default 50 (documented). */
  readonly globalPerSecond?: number;
  /** New threads in a channel in 5 minutes. Default 50. */
  readonly threadsPer5Min?: number;
  /** Active threads in the guild; beyond them 160006. Default 1,000. */
  readonly maxActiveThreads?: number;
  /** Bits of the intents that this bot may ask for; any other closes the gateway with 4014. Default: all but the three privileged. */
  readonly intentsAllowed?: number;
  readonly token?: string;
  /** What the bot may do in the guild. Default: all of `PermissionName` but MANAGE_MESSAGES and MANAGE_THREADS. */
  readonly permissions?: readonly PermissionName[];
  /** Milliseconds that a heartbeat may take; default 41,250. */
  readonly heartbeatIntervalMs?: number;
  /** What comes as READY's data instead of what the docs say. */
  readonly ready?: (data: object) => unknown;
}

/** A person of the fake; made by `person()` or plain data. */
export interface DiscordPerson {
  /** 17 to 19 digits. */
  readonly id: string;
  readonly name: string;
  readonly bot?: boolean;
  /** What Discord sends with interactions, such as `en-US`, `zh-CN`. */
  readonly locale?: string;
}

interface SaidAttachment {
  readonly name: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

/** What was forwarded, as it stood then (docs: resources/message, "Message Snapshot Object"; spec: MinimalContentMessageResponse). */
export interface SaidForward {
  readonly content?: string;
  readonly attachments?: readonly SaidAttachment[];
  readonly embeds?: readonly object[];
  readonly stickers?: readonly string[];
}

export interface SaidMessage {
  /** A channel's, a thread's or a direct message's id. */
  readonly channel: string;
  /** Default: a person called Ada (in a direct message: its other side). */
  readonly author?: DiscordPerson;
  /** `<@botId>` mentions the bot. */
  readonly content: string;
  /** Id of the message that this one replies to. */
  readonly replyTo?: string;
  /** Whether the reply pings its author; default true, as in Discord's client. */
  readonly pingsReply?: boolean;
  readonly attachments?: readonly SaidAttachment[];
  /** What was forwarded with it: `message_snapshots`, and a reference of type 1 (docs: resources/message, "Message Reference Types"). */
  readonly forwards?: readonly SaidForward[];
  /** Docs: resources/message, "Embed Object"; a bot's own, or the preview of a link. */
  readonly embeds?: readonly object[];
  /** Names of stickers: `sticker_items` (docs: resources/sticker, "Sticker Item Object"). */
  readonly stickers?: readonly string[];
  /** Docs: resources/poll, "Poll Object". */
  readonly poll?: object;
  /** Docs: components/reference; of other bots. */
  readonly components?: readonly object[];
  /** A recorded voice message: no content, one audio attachment, flag 1<<13. */
  readonly voice?: boolean;
}

export interface ShownButton {
  readonly label: string;
  readonly customId: string;
  readonly style: number;
  readonly disabled: boolean;
}

/** A message as somebody who reads the channel sees it now. */
export interface ReaderMessage {
  readonly id: string;
  readonly author: { readonly id: string; readonly name: string; readonly bot: boolean };
  readonly content: string;
  readonly buttons: readonly ShownButton[];
  /** Embeds as they were sent. */
  readonly embeds: readonly unknown[];
  /** File names. */
  readonly attachments: readonly string[];
  /** How many times it was edited. */
  readonly edits: number;
  readonly replyTo: string | undefined;
  readonly flags: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly editedAt: number | undefined;
  readonly reactions: readonly { readonly emoji: string; readonly count: number; readonly me: boolean }[];
  /** The thread that was opened on this message. */
  readonly thread: string | undefined;
}

/** One REST call that arrived. */
export interface DiscordCall {
  readonly method: string;
  /** The path without version, ids replaced: `/channels/:channel/messages/:message`. `*` where the fake has no such endpoint. */
  readonly route: string;
  /** The path as sent, without `/api/v10`, with the query. */
  readonly path: string;
  /** The parsed JSON body, or undefined. */
  readonly body: unknown;
  /** Milliseconds since the epoch, by the fake's clock. */
  readonly at: number;
  /** 0 until it was answered, and for ever where the socket was cut or left hanging. */
  readonly status: number;
  /** Discord's code of a refusal, such as 10008. */
  readonly code: number | undefined;
}

export type FaultOutcome =
  /** 429 with body and headers; nothing is applied. */
  | {
      readonly kind: 'rate-limited';
      readonly retryAfterMs: number;
      readonly scope?: 'user' | 'shared' | 'global';
      /**
       * What the header says instead, null for none; the body says nothing of the time then. As Cloudflare's and other proxies' 429s before Discord
       * do (discord-api-docs, topics/rate-limits: "Invalid Request Limit aka Cloudflare Bans"; RFC 9110 10.2.3 allows a date).
       */
      readonly retryAfter?: string | null;
    }
  | {
      readonly kind: 'refused';
      readonly status: number;
      readonly code?: number;
      readonly message?: string;
    }
  /** The call is applied, then the socket is cut without an answer. */
  | { readonly kind: 'lost-after' }
  /** The socket is cut before anything is applied. */
  | { readonly kind: 'lost-before' }
  /** Nothing is applied and no answer ever comes (until the caller gives up, or `close()`). */
  | { readonly kind: 'hang' }
  /** A proxy's page instead of JSON; nothing is applied. */
  | { readonly kind: 'html-502' }
  /** Something between Discord and the bot answers 200 with a page of its own, or with nothing; nothing is applied. */
  | { readonly kind: 'html-200' }
  | { readonly kind: 'empty-200' };

export interface FaultRule {
  /** Default: any. */
  readonly method?: string;
  /** A route as in `DiscordCall.route`, or a pattern tried on the path. Default: any. */
  readonly route?: string | RegExp;
  /** Of the calls that match, the first that fails, counted from 1. Default 1. */
  readonly nth?: number;
  /** How many matching calls fail from there on. Default 1. */
  readonly times?: number;
  /** Further condition; calls for which it is false are not counted. */
  readonly when?: (call: DiscordCall) => boolean;
  readonly with: FaultOutcome;
}

/** Somebody who may be pinged was pinged by a message that the bot wrote or edited. */
export interface Ping {
  readonly channel: string;
  readonly message: string;
  /** `@everyone`, `@here`, `<@id>`, `<@&id>`, or `reply` for the author of the message replied to. */
  readonly what: string;
  readonly by: 'create' | 'edit';
}

/** What the presser of a button sees. */
export interface InteractionReply {
  readonly interaction: string;
  readonly user: DiscordPerson;
  readonly customId: string;
  /** Discord's callback type; undefined where none arrived within 3 s: `failed` is true then. */
  readonly type: number | undefined;
  /** Seen only by the presser where `ephemeral`. */
  readonly content: string | undefined;
  readonly ephemeral: boolean;
  /** The presser sees `This interaction failed`. */
  readonly failed: boolean;
  /** From the press to the callback, by the fake's clock. */
  readonly tookMs: number;
}

export interface DiscordServer {
  /** `http://127.0.0.1:PORT/api`. */
  readonly apiUrl: string;
  readonly token: string;
  readonly botId: string;
  readonly applicationId: string;
  readonly guildId: string;
  /** The role that Discord makes for a bot when it joins: managed, with `tags.bot_id` (docs: topics/permissions, "Role Tags Structure"). */
  readonly botRoleId: string;
  /** All calls of REST, oldest first. */
  readonly calls: readonly DiscordCall[];
  readonly pings: readonly Ping[];
  readonly interactionReplies: readonly InteractionReply[];
  /** Only with SPECS_DIR set: what was sent against Discord's own OpenAPI description. */
  readonly specBreaches: readonly string[];
  /** Gateway sessions that are identified and connected now. */
  readonly connections: number;
  /** Close codes that the gateway sent, oldest first. */
  readonly gatewayCloses: readonly number[];
  /** IDENTIFY and RESUME commands so far. */
  readonly identifies: number;
  readonly resumes: number;

  person(name: string, options?: { readonly bot?: boolean; readonly locale?: string }): DiscordPerson;
  /** A text channel of the guild; `permissions` replaces the guild's for the bot in it. */
  createChannel(options?: {
    readonly name?: string;
    readonly permissions?: readonly PermissionName[];
  }): string;
  setPermissions(channel: string, permissions: readonly PermissionName[]): void;
  /** The direct-message channel with a person. */
  dm(user: DiscordPerson): string;
  /** Resolves when the message is stored and sent to the gateway (or kept for the resume). */
  say(message: SaidMessage): Promise<{ readonly id: string }>;
  /** A person's client opens a thread on a message. */
  openThread(channel: string, message: string, name?: string): string;
  archive(thread: string, options?: { readonly locked?: boolean }): void;
  /** Presses a button by its custom id or its label; resolves when the callback arrived or 3 s (by the clock) went by. */
  press(press: {
    readonly channel: string;
    readonly message: string;
    readonly customId?: string;
    readonly label?: string;
    readonly user?: DiscordPerson;
  }): Promise<InteractionReply>;
  /** Somebody deletes a message (MESSAGE_DELETE), or a thread or channel where no `id` is given. */
  remove(channel: string, id?: string): Promise<void>;
  /** A moderator deletes 2 to 100 messages at once (MESSAGE_DELETE_BULK). */
  removeMany(channel: string, ids: readonly string[]): void;
  /** The author edits their message (MESSAGE_UPDATE). */
  edit(channel: string, id: string, content: string): Promise<void>;
  /** Sends the MESSAGE_CREATE of that message again. */
  redeliver(id: string): void;
  /** Sends a payload to every session as it is, also one that Discord would not send. */
  sendRaw(payload: unknown): void;
  /** Cuts the gateway sockets without a close frame; the sessions can be resumed. */
  dropGateway(): void;
  /** Op 7 to every session. */
  reconnectGateway(): void;
  /** Op 9; with `resumable: false` (the default) the sessions are forgotten. */
  invalidateSessions(resumable?: boolean): void;

  /** What a reader sees in a channel now, oldest first. */
  channel(id: string): readonly ReaderMessage[];
  /** The same for a thread; empty where there is none. */
  thread(id: string): readonly ReaderMessage[];
  threadsOf(
    channel: string,
  ): readonly { readonly id: string; readonly name: string; readonly archived: boolean }[];
  typing(channel: string): { readonly count: number; readonly lastAt: number | undefined };
  /** Emoji on a message, each once. */
  reactions(channel: string, id: string): readonly string[];

  /** Scripts a fault; returns a function that takes it back. */
  fail(rule: FaultRule): () => void;
  /**
   * Resolves with the predicate's first truthy value, looked at now and after each change.
   * Rejects after `timeoutMs` of real time (default 5,000) with what the calls were.
   */
  until<T>(
    predicate: () => T,
    options?: { readonly timeoutMs?: number; readonly what?: string },
  ): Promise<NonNullable<T>>;
  /** Calls `listener` at every change, with the channel or thread that it was in; returns the way to stop. */
  watch(listener: (channel?: string) => void): () => void;
  close(): Promise<void>;
}
