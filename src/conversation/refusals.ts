// Owns what is said to those whose question is not taken: words once in a while, else a mark, else one sentence for all when there is room again.
// Where it costs no call (`Platform.refuse`), each is told in words.
// Must not know who is refused, or why there is no room.

import type { Clock } from '../clock.ts';
import { type BotError, toBotError } from '../errors.ts';
import { type Language, say, toLanguage } from '../notices.ts';
import type { Courtesy, Mention, Place, Platform, RefusalReason, ShownRefusal } from '../platform.ts';
import { toChannelKey } from '../turns/types.ts';
import type { Verdict } from './access.ts';

/** How its asker learnt of it. */
export type Told = 'words' | 'mark' | 'none';
/** A question that is not taken. */
export type Refusal =
  | Exclude<Verdict, { readonly kind: 'allowed' }>
  | { readonly kind: 'full' }
  | { readonly kind: 'shutdown' };
/** What was asked: the mention's id, or the turn whose button was pressed. */
export type Asked = Place & { readonly mention?: string; readonly turn?: string };

/** How long after a refusal that nobody was told of the channel is, at the earliest, and again where there is no room yet. */
const SUMMARY_AFTER_MS = 5_000;
/** Channels for which a sentence is kept; in more there is silence, and the count in the metrics. */
const CHANNELS_MAX = 500;

const reasons: Readonly<Record<Refusal['kind'], RefusalReason>> = {
  'over-rate': 'rate',
  'over-quota': 'quota',
  'not-allowed': 'not-allowed',
  full: 'full',
  shutdown: 'shutdown',
};

export function toReason({ kind }: Refusal): RefusalReason {
  return reasons[kind];
}

export interface Refusals {
  /** Tells the asker, as there is room. `mayUseWords`: nothing was said to them of late. Resolves to how it was told; never rejects. */
  tell(platform: Platform, mention: Mention, refusal: Refusal, mayUseWords: boolean): Promise<Told>;
}

interface Untold {
  readonly platform: Platform;
  /** One of the questions. */
  readonly mention: Mention;
  count: number;
}

export function createRefusals(options: {
  readonly clock: Clock;
  readonly courtesy: Courtesy;
  readonly language: Language;
  /** Whether more questions are waiting than may wait. */
  readonly isFull: () => boolean;
  readonly onRefused: (reason: RefusalReason, told: Told, asked: Asked) => void;
  readonly onFault: (error: BotError, place: Place) => void;
}): Refusals {
  const { clock, courtesy, onFault } = options;
  const untold = new Map<string, Untold>();
  let isWatching = false;

  const wordsFor = (place: Place) => say(toLanguage(place.locale, options.language));

  /** Whether the call was made, or there was no room for it; that it failed is logged, and delays nobody. */
  const attempt = async (
    mention: Mention,
    lane: Parameters<Courtesy>[0],
    call: () => Promise<void>,
  ): Promise<'made' | 'dropped' | 'failed'> => {
    try {
      return await courtesy(lane, call);
    } catch (error) {
      onFault(toBotError(error), mention);
      return 'failed';
    }
  };

  /** One sentence a channel, when there is room for questions and for the sentence. */
  const summarize = async (): Promise<void> => {
    isWatching = false;
    if (!options.isFull()) {
      for (const [key, { platform, mention, count }] of [...untold]) {
        untold.delete(key);
        const text = wordsFor(mention).notTaken(count);
        const { say: lane } = platform.lanes(mention);
        const said = await attempt(mention, lane, () => platform.say(mention, text));
        if (said !== 'made') note(platform, mention, count);
      }
    }
    watch();
  };

  const watch = (): void => {
    if (isWatching || untold.size === 0) return;
    isWatching = true;
    clock.after(SUMMARY_AFTER_MS, () => void summarize());
  };

  const note = (platform: Platform, mention: Mention, count: number): void => {
    const key = toChannelKey(mention);
    const known = untold.get(key);
    if (known !== undefined) known.count += count;
    else if (untold.size < CHANNELS_MAX) untold.set(key, { platform, mention, count });
    watch();
  };

  const showAt = async (platform: Platform, mention: Mention, shown: ShownRefusal): Promise<Told> => {
    try {
      await platform.refuse?.(mention, shown);
      return 'words';
    } catch (error) {
      onFault(toBotError(error), mention);
      return 'none';
    }
  };

  const tellBeside = async (
    platform: Platform,
    mention: Mention,
    { text }: ShownRefusal,
    mayUseWords: boolean,
  ): Promise<Told> => {
    const { whisper, mark } = platform.lanes(mention);
    const speak = () => attempt(mention, whisper, () => platform.whisper(mention, text));
    if (mayUseWords && (await speak()) === 'made') return 'words';
    const marked = await attempt(mention, mark, () => platform.mark(mention, 'refused', true));
    if (marked === 'made') return 'mark';
    // Where the bot may set no marks, words are all there is.
    return marked === 'failed' && !mayUseWords && (await speak()) === 'made' ? 'words' : 'none';
  };

  return {
    async tell(platform, mention, refusal, mayUseWords) {
      const text = toRefusalText(refusal, wordsFor(mention));
      const until = toEnd(refusal, clock);
      const shown = { reason: toReason(refusal), text, ...(until === undefined ? {} : { until }) };
      const told =
        platform.refuse === undefined
          ? await tellBeside(platform, mention, shown, mayUseWords)
          : await showAt(platform, mention, shown);
      options.onRefused(shown.reason, told, { ...mention, mention: mention.id });
      if (told === 'none' && refusal.kind === 'full') note(platform, mention, 1);
      return told;
    },
  };
}

/** When it may be asked again, where that is known. */
function toEnd(refusal: Refusal, clock: Clock): number | undefined {
  if (refusal.kind === 'over-rate') return clock.now() + refusal.waitMs;
  return refusal.kind === 'over-quota' ? refusal.resetAt : undefined;
}

/** Why a question, or the press of a button, is not taken, in words for its asker. */
export function toRefusalText(refusal: Refusal, words: ReturnType<typeof say>): string {
  switch (refusal.kind) {
    case 'over-rate':
      return words.overRate(refusal.waitMs);
    case 'over-quota':
      return words.quotaReached(refusal.resetAt);
    case 'full':
      return words.queueFull();
    case 'shutdown':
      return words.restarting();
    default:
      return words.notAllowed();
  }
}
