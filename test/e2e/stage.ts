// Owns the words in which the end-to-end cases speak of a platform, whichever it is: who asks, what a reader sees, what fails.
// Types only.

import type { DiscordServer } from '../fakes/discord-server/index.ts';
import type { SlackServer } from '../fakes/slack-server/index.ts';

export type StageName = 'slack socket' | 'slack http' | 'discord' | 'playground';

export interface Asked {
  /** The channel in which it was asked. */
  readonly channel: string;
  /** Where its answer is to be found: the thread's id, or the direct messages' channel. */
  readonly thread: string;
  readonly id: string;
}

/** One message of the bot as a reader sees it now, taken apart. */
export interface Reply {
  readonly id: string;
  readonly channel: string;
  /** The answer's words with their markup, everything of the bot's own around them included only where it repairs a fence. */
  readonly body: string;
  /** Where the platform shows some markup in another form: that form, without what has no width. */
  readonly looks?: string;
  /** The model's own letters on this page, by the marks that the bot leaves for itself. */
  readonly text: string;
  readonly notice: string | undefined;
  readonly footer: string | undefined;
  readonly buttons: readonly string[];
  readonly cursor: boolean;
  readonly edits: number;
  readonly unfurled: boolean;
}

export interface Question {
  readonly channel: string;
  readonly text: string;
  /** Of an earlier question, to go on in its thread. */
  readonly thread?: string;
  /** Default true, except in direct messages. */
  readonly mention?: boolean;
  /** A reply to this message of the bot's. */
  readonly replyTo?: string;
  readonly user?: 'Ada' | 'Ben';
  readonly file?: {
    readonly name: string;
    readonly text: string;
    readonly bytes?: Uint8Array;
    readonly foreign?: string;
  };
}

/** Which call fails: a new message, a change of one, or the change that ends an answer. */
export type FailingCall = 'post' | 'edit' | 'final' | 'discard';
export type CallFault =
  | 'limited'
  | 'limited-200'
  | 'unavailable'
  | 'lost-after'
  | 'lost-before'
  /** The content is refused. */
  | 'refused'
  /** The message takes no edit, whatever it says. */
  | 'forbidden'
  /** A page of somebody between, with status 200. */
  | 'page';

export interface Stage {
  readonly name: StageName;
  readonly env: Readonly<Record<string, string>>;
  /** Every secret that it was given. */
  readonly secrets: readonly string[];
  /** What Slack alone has: streams, and its own stop button. */
  readonly slack?: SlackServer;
  /** What Discord alone has: forwards, embeds, stickers. */
  readonly discord?: DiscordServer;
  newChannel(): string;
  /** What would ring Ben if it stood in a message. */
  readonly ben: string;
  /** A person's direct messages. */
  direct(): string;
  ask(question: Question): Promise<Asked>;
  /** The bot's messages that answer in this question's thread, oldest first. */
  replies(asked: Asked): readonly Reply[];
  /** Every message of the bot anywhere. */
  all(): readonly Reply[];
  press(reply: Reply, label: string): Promise<void>;
  remove(reply: Reply): Promise<void>;
  redeliver(asked: Asked): Promise<void>;
  /** What was said for somebody's eyes only, or for a short time. */
  whispers(channel: string): readonly string[];
  /** What tells a reader that somebody is at it before there is a word. */
  sign(asked: Asked): string;
  /** The marks on the question. */
  marks(asked: Asked): readonly string[];
  /** Cuts every connection that events come by. */
  drop(): void;
  reconnect(): void;
  /** Whether events can reach the bot. */
  connected(): boolean;
  /** Returns how many calls have failed by it. */
  fail(call: FailingCall, asked: Asked, fault: CallFault, times?: number): () => number;
  until<T>(look: () => T, what: string): Promise<NonNullable<T>>;
  readonly pings: readonly unknown[];
  readonly breaches: readonly string[];
  /** Refusals with 429 so far. */
  refusals(): number;
  /** Edits so far. */
  edits(): number;
  /** Called when the program listens. */
  begin(url: string): void | Promise<void>;
  close(): Promise<void>;
}
