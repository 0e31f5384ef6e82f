// PORT Platform: what a chat platform must offer so that Rill can answer there. Types only.
// Knows nothing of any one platform, of the model, or of how a reply is paced.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CallPlan, Courtesy, CourtesyLanes, How, Lane, LaneLimit, LaneView, Sign } from './lane.ts';

export type { CallPlan, Courtesy, CourtesyLanes, How, Lane, LaneLimit, LaneView, Sign } from './lane.ts';

export interface Person {
  readonly id: string;
  /** The name that others see. */
  readonly name: string;
}

export interface Attachment {
  readonly id: string;
  readonly name: string;
  /** Media type without parameters, in lower case: `image/png`. */
  readonly mediaType: string;
  /** The text encoding that the platform names. */
  readonly charset?: string;
  /** Size in bytes, as the platform says. */
  readonly size: number;
  /** Where the platform keeps it; only the adapter fetches it, and only from the platform's own hosts. */
  readonly url: string;
  /** A recorded voice message, which is not heard. */
  readonly voice?: boolean;
}

/** Somebody asked the bot. Plain data: it is stored, and sent to other processes. */
export interface Mention {
  /** For dedupe: the same for each delivery of one message, unique over all platforms: `slack:T1:C1:1700000000.000100`. */
  readonly id: string;
  /** The platform's name: `slack`, `discord`, `web`. */
  readonly platform: string;
  /** Workspace or guild; the user's or channel's id where there is none (Discord's direct messages). */
  readonly scope: string;
  readonly channel: string;
  /** The conversation that the reply goes to. Turns with the same platform, scope, channel and thread run one after another. */
  readonly thread: string;
  /** The platform's id of the message that asks. */
  readonly message: string;
  /** True in a direct message. */
  readonly direct: boolean;
  readonly asker: Person;
  /** The person's words, the bot's own mention taken away, other mentions as names. May be empty. */
  readonly text: string;
  readonly attachments: readonly Attachment[];
  /** BCP 47 language tag of the asker, where the platform tells it. */
  readonly locale?: string;
  /** The id of the message that this one replies to, where the platform has replies. */
  readonly repliesTo?: string;
  /** Milliseconds since the epoch, by the platform's clock. */
  readonly sentAt: number;
  /** What only the adapter that made the mention reads. */
  readonly native?: Readonly<Record<string, string>>;
}

/** How a reply stands. `writing` is the one state that no reply may keep; `more` means that another page follows. */
export type PageState = 'writing' | 'more' | 'complete' | 'length' | 'filtered' | 'stopped' | 'broken';

/** One message of a thread, as it was said. */
export interface ThreadMessage {
  readonly id: string;
  readonly from: 'person' | 'bot';
  readonly author: Person;
  /**
   * A person's words with mentions as names; of the bot's messages the model's own text on that page, letter for letter:
   * no footer, notice, cursor, or repaired fence. Empty for messages of the bot that hold no text of the model.
   */
  readonly text: string;
  readonly attachments: readonly Attachment[];
  readonly sentAt: number;
  /** Only of the bot's own: which page of its reply this is, counted from 0. */
  readonly page?: number;
  /** Only of the bot's own. */
  readonly state?: PageState;
}

/** Why a question is not taken: its asker's rate or quota, the place or the person, a full queue, or that the bot is being stopped. */
export type RefusalReason = 'rate' | 'quota' | 'not-allowed' | 'full' | 'shutdown';

/** A question that is not taken, as its asker reads it. */
export interface ShownRefusal {
  readonly reason: RefusalReason;
  /** The whole sentence. */
  readonly text: string;
  /** When it may be asked again, in milliseconds since the epoch, where that is known. */
  readonly until?: number;
}

export type ControlAction = 'stop' | 'retry' | 'continue';

/** A button below a page. It carries the turn's id and nothing else. */
export interface ControlButton {
  readonly action: ControlAction;
  readonly turn: string;
  readonly label: string;
}

/** What a page shows, in parts; the adapter puts them into the platform's own form. */
export interface View {
  /** The page's text with a fence that the page before left open reopened at its start, and open markdown closed at its end. */
  readonly body: string;
  /** How many characters at the start of `body` are not the model's: `body.slice(opened, body.length - closed) === page.text`. */
  readonly opened: number;
  /** How many characters at the end of `body` are not the model's. */
  readonly closed: number;
  /** The reply is still being written below this text. */
  readonly cursor: boolean;
  /** A plain sentence or two below the text: what went wrong, or what is going on while there is no text yet. */
  readonly notice?: string;
  readonly tone?: 'info' | 'error';
  /** The small line at the end; it begins with `AI`. */
  readonly footer?: string;
  /** The model's reasoning, for platforms that fold it away. */
  readonly reasoning?: { readonly text: string; readonly ms: number; readonly done: boolean };
}

/** One message of a reply, as it should stand now. */
export interface Page {
  /** Counted from 0 within the reply. */
  readonly index: number;
  /** The model's own text on this page. */
  readonly text: string;
  readonly view: View;
  readonly state: PageState;
  /** Nothing will be written to this page after this call, unless Retry or Continue is pressed. */
  readonly final: boolean;
  readonly controls: readonly ControlButton[];
  /** When the provider takes the question again, in milliseconds since the epoch, where it said so: Retry may be pressed before. */
  readonly retryAt?: number;
  /** The platform has refused the page in full: the same words by the simplest means it has, without blocks, buttons or references. */
  readonly plain?: boolean;
}

/** Names a written page, by the platform's id of the message, and says how to write to it after a crash. Plain JSON. */
export interface PageRef {
  readonly id: string;
  readonly [key: string]: string | number | boolean;
}

export interface Written {
  readonly ref: PageRef;
  /**
   * How many characters of `page.text` stand there now. Fewer than all, and no call needed: the sink holds the rest back until more follows
   * (never of a final page).
   */
  readonly shown: number;
  /** One more call is needed, by the plan as it is then. */
  readonly again: boolean;
}

/**
 * One reply on its platform. One call here is one call of the platform: no queue, no retry, no wait inside.
 * Throws BotError only: `platform-rate-limited` (with retryAfterMs), `platform-unavailable` (the call may have been applied or not),
 * `page-sealed` (with shown), `message-deleted` (the reply, or the thread it stood in, is gone), `platform-refused`, `stopped` (by the
 * platform's own stop button, from `edit` alone: the page takes the ending all the same).
 */
export interface ReplySink {
  readonly limits: {
    /** The largest `sizeOf(view.body)` that a page may have, with room left for a notice and a footer. */
    readonly max: number;
    sizeOf(body: string): number;
    /** A page older than this takes no more text (milliseconds since it was posted). */
    readonly maxAgeMs: number;
    /** A code fence opens and closes wherever its marks stand on a line, not by CommonMark's rules. */
    readonly looseFences?: boolean;
  };
  /**
   * What the next call of this kind would be. Asking changes nothing: asked twice, with the same view, it says the same. `page`: what the
   * call is going to write; undefined where the question is a general one, by which lane this reply's pages are edited.
   */
  plan(op: 'post' | 'edit' | 'final', page: Page | undefined, view: LaneView): CallPlan;
  /**
   * Writes a new message. Idempotent: after `platform-unavailable`, calling it again with the same page index either finds what the lost call
   * wrote, or writes it; never twice. `{ref: {id: ''}, shown: 0, again: true}` means that this call only made room for the
   * message (Discord: it opened the thread) and nothing is posted yet: call `post` again, by the plan as it is then. `how`: as planned; the
   * page may have grown since.
   */
  post(page: Page, how: How): Promise<Written>;
  edit(ref: PageRef, page: Page, how: How): Promise<Written>;
  /** Removes a page that is not needed; one that is gone is no fault. That the platform tells of it as of any deletion is the core's to know. */
  discard?(ref: PageRef): Promise<void>;
  /** How many characters of the page's text stand there, by one reading call. Undefined where that cannot be told. */
  read?(ref: PageRef, page: Page): Promise<number | undefined>;
  /** Before the model is asked: throws `platform-refused` or `message-deleted` where the reply plainly cannot be written where it would go. */
  check?(): Promise<void>;
  /** Says what is going on beside the messages, where there is a place for it; null takes it away. Made and renewed through `Courtesy` alone. */
  status?(text: string | null): Promise<void>;
  /** The lane of `status`; wherever there is one. */
  readonly statusLane?: Lane;
  /** How long the platform shows a status that is not renewed, in milliseconds; for ever where it is left out. */
  readonly statusLastsMs?: number;
  /** Whether readers see the words given to `status`. Absent or false where they see only that something is going on (Discord's typing). */
  readonly statusIsText?: boolean;
  /** Whether pages show `view.reasoning`; where they do not, it is left out, so that it costs no edits. */
  readonly showsReasoning?: boolean;
}

export interface OpenReplyOptions {
  /** Names the reply for idempotent posts: the turn's id, `[A-Za-z0-9_-]`, at most 64 characters. */
  readonly turn: string;
  /** The pages that this reply already has: after a crash, or when Retry or Continue goes on in it. */
  readonly saved?: readonly PageRef[];
  /** How many characters of its text each of them shows, as far as is known. */
  readonly savedShown?: readonly number[];
}

/** A person pressed a button, said stop, or deleted a page. */
export type Control =
  | { readonly action: ControlAction; readonly turn: string; readonly by: Person; readonly at: Place }
  | { readonly action: 'deleted'; readonly message: string; readonly at: Place };

/** Where something happened: what access rules look at. */
export interface Place {
  readonly platform: string;
  readonly scope: string;
  readonly channel: string;
  readonly direct: boolean;
  readonly locale?: string;
}

export interface PlatformEvents {
  /** Resolves when the mention is stored (or known already): the adapter acknowledges after that, never before. */
  onMention(mention: Mention): Promise<void>;
  /** Resolves to a sentence for the presser's eyes only, or undefined. */
  onControl(control: Control): Promise<string | undefined>;
  onLimit(lane: Lane, limit: LaneLimit): void;
  /** None is taken now: nothing, such as names, need be looked up for it. */
  isRefused?(mention: Mention): boolean;
  /** For what the adapter says to one person of itself. Left out: such calls are made at once. */
  readonly courtesy?: Courtesy;
}

export interface Platform {
  readonly name: string;
  /** Connects; rejects with a plain sentence when a token or a setting is wrong. */
  start(events: PlatformEvents): Promise<void>;
  /** Whether mentions reach us now. */
  isConnected(): boolean;
  /**
   * The messages of the mention's thread before the mention, and the bot's own since (answers to questions that went first), oldest first, at
   * most `limit`. Works where `start` was never called, as does all below.
   */
  history(
    mention: Mention,
    options: { limit: number; signal: AbortSignal },
  ): Promise<readonly ThreadMessage[]>;
  /** The asking message as it stands now; 'gone' where it was deleted. Asked when a question that waited gets its turn. Rejects with BotError. */
  reread(mention: Mention, options: { signal: AbortSignal }): Promise<Mention | 'gone'>;
  /** What people call the bot there; left out where it is not told. */
  botName?(): Promise<string>;
  /** The bytes of an attachment, from the platform's own hosts only; throws `too-large` above `maxBytes`. */
  fetchAttachment(
    attachment: Attachment,
    options: { maxBytes: number; signal: AbortSignal },
  ): Promise<Uint8Array>;
  openReply(mention: Mention, options: OpenReplyOptions): ReplySink;
  /** Says something to the asker, for their eyes only or gone after 10 s. */
  whisper(mention: Mention, text: string): Promise<void>;
  /** Posts a short message of the bot's own in the mention's thread; it is no answer and never goes back to the model. */
  say(mention: Mention, text: string): Promise<void>;
  /**
   * Shows at the asking message, for as long as it stands, that it is not taken: each time, in place of a whisper or a mark. For platforms where
   * that costs no call.
   */
  refuse?(mention: Mention, refusal: ShownRefusal): Promise<void>;
  /** Whether a mention for which `onMention` rejected is delivered once more. Where it is not, its asker is told. */
  readonly redelivers?: boolean;
  /** Puts a mark on the asking message, or takes it away; either is no fault where it is so already. */
  mark(mention: Mention, sign: Sign, on: boolean): Promise<void>;
  /** The lanes of `whisper`, `say` and `mark`, with their documented rates: these are made through `Courtesy` alone. */
  lanes(mention: Mention): CourtesyLanes;
  stop(): Promise<void>;
  /** What the platform needs to have served over HTTP: a listener for every path that begins with `prefix`. */
  readonly http?: {
    readonly prefix: string;
    /** What a person finds there: `Rill's playground`. */
    readonly title?: string;
    /** Streams of events that are open. */
    streams?(): number;
    listener(request: IncomingMessage, response: ServerResponse): void;
  };
}
