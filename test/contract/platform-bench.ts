// What the contract suite of platforms needs of each implementation: a person who speaks and presses, and eyes. Types only.

import type { Control, Mention, Platform } from '../../src/platform.ts';

/** A message of the bot as a reader sees it. */
export interface ShownReply {
  readonly id: string;
  /** Everything that can be read in it: text, notice, small line. */
  readonly text: string;
  /** What is written on its buttons. */
  readonly buttons: readonly string[];
}

export type BenchFault = 'rate-limited' | 'unavailable' | 'lost' | 'sealed';

export interface PlatformBench {
  /** Started. */
  readonly platform: Platform;
  /** The same platform in a process that never started it. */
  worker(): Platform;
  /** What the platform has told of, in order. */
  readonly mentions: readonly Mention[];
  readonly controls: readonly Control[];
  /** What `onMention` waits for, and what `onControl` answers. */
  hold: Promise<void> | undefined;
  answer: string | undefined;
  /** The name of the person who speaks and presses. */
  readonly person: string;
  /** A person asks the bot, in a new conversation or in that of an earlier mention. Resolves when the platform has told of it. */
  ask(text: string, after?: Mention): Promise<Mention>;
  /** The platform delivers the same message again; resolves when the bot has been told, or would have been. */
  redeliver(mention: Mention): Promise<void>;
  /** Whether the platform counts the newest delivery as taken; left out where it never asks. */
  isAcknowledged?(): boolean;
  /** Presses a button that stands there; resolves to what the presser alone reads. */
  press(mention: Mention, id: string, label: string): Promise<string | undefined>;
  /** A person deletes a message of the bot. */
  remove(mention: Mention, id: string): Promise<void>;
  /** The bot's messages in the conversation, oldest first. */
  replies(mention: Mention): readonly ShownReply[] | Promise<readonly ShownReply[]>;
  /** Whether the asker sees this now in a notice of their own. */
  isWhispered(mention: Mention, text: string): boolean | Promise<boolean>;
  isWaiting(mention: Mention): boolean | Promise<boolean>;
  /** The next call of this kind fails so; `sealed` holds from then on. Left out where calls cross no network. */
  fail?(op: 'post' | 'edit', fault: BenchFault, mention: Mention): void;
  /** Resolves when this is so. */
  until(look: () => boolean): Promise<void>;
}
