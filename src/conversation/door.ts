// Owns what happens when somebody speaks to the bot or presses a button: who may, what is a question, what is a stop.
// Must not know how an answer is made.

import { BotError, isRetryable, toBotError } from '../errors.ts';
import { type Language, say, toLanguage } from '../notices.ts';
import type { Control, Mention, Person, Place, Platform } from '../platform.ts';
import type { Store } from '../store/types.ts';
import { type Turns, toChannelKey, toThreadKey } from '../turns/types.ts';
import type { Access, Verdict } from './access.ts';
import { isStopWord } from './stop-word.ts';

/** How long a mention that became no turn is remembered, so that its second delivery says nothing again. */
const REMEMBER_MS = 60 * 60_000;
/** So many messages are looked at for something that a mention without a word may be about. */
const BEFORE_MAX = 20;
/** No mention waits longer for its turn. */
const WAITS_AT_MOST_MS = 24 * 60 * 60_000;

export interface Door {
  /** Resolves when the mention is stored or needs no storing; what is said back does not hold it up. */
  onMention(platform: Platform, mention: Mention): Promise<void>;
  /** The mention's turn begins: it is not marked as waiting any more. */
  onTurnBegin(platform: Platform, mention: Mention): void;
  /** Resolves to a sentence for the presser alone, or undefined. */
  onControl(control: Control): Promise<string | undefined>;
}

export function createDoor(ports: {
  readonly turns: Turns;
  readonly store: Store;
  readonly access: Access;
  readonly language: Language;
  /** Whether the bot has ordered this message away itself. */
  readonly isOwnRemoval?: (platform: string, message: string) => boolean;
  readonly onFault: (error: BotError, place: Place) => void;
}): Door {
  const { turns, store, access } = ports;
  const wordsFor = (place: Place) => say(toLanguage(place.locale, ports.language));

  const isFirstDelivery = async (mention: Mention): Promise<boolean> =>
    (await store.increment(`heard:${mention.id}`, 1, REMEMBER_MS)) === 1;

  /** Whatever is said here is a courtesy: that it failed is logged, and delays nobody. */
  const inBackground = (place: Place, act: () => Promise<unknown>): void => {
    act().catch((error: unknown) => ports.onFault(toBotError(error), place));
  };

  const refuse = async (platform: Platform, mention: Mention, verdict: Verdict): Promise<void> => {
    if (!(await isFirstDelivery(mention)) || !(await access.mayNotify(mention.asker, mention))) return;
    inBackground(mention, () => platform.whisper(mention, toRefusal(verdict, mention)));
  };

  const toRefusal = (verdict: Verdict, place: Place): string => {
    const words = wordsFor(place);
    if (verdict.kind === 'over-rate') return words.overRate(verdict.waitMs);
    return verdict.kind === 'over-quota' ? words.quotaReached(verdict.resetAt) : words.notAllowed();
  };

  /** What "stop" means: the answer replied to, else the one in this thread, else the speaker's newest in this channel. */
  const stopSpoken = async (platform: Platform, mention: Mention): Promise<void> => {
    if (!(await isFirstDelivery(mention))) return;
    const reason = toStop(mention.asker);
    const channel = toChannelKey(mention);
    const stopped =
      (mention.repliesTo && (await turns.cancel({ page: mention.repliesTo }, reason))) ||
      (await turns.cancel({ thread: toThreadKey(mention) }, reason)) ||
      (await turns.cancel(mention.direct ? { channel } : { channel, asker: mention.asker.id }, reason));
    if (!stopped) inBackground(mention, () => platform.whisper(mention, wordsFor(mention).alreadyOver()));
  };

  const accept = async (platform: Platform, mention: Mention): Promise<void> => {
    const accepted = await turns.submit(mention);
    if (accepted === false) return;
    // A second delivery must not be told that there were too many questions, should this one have been the last allowed.
    await isFirstDelivery(mention);
    await access.count(mention.asker, mention);
    if (accepted.ahead === 0) return;
    // Remembered, since few mentions wait, and taking a mark away costs each of the others a call.
    await store.set(toWaitingKey(mention), true, WAITS_AT_MOST_MS);
    inBackground(mention, () => platform.markWaiting(mention, true));
  };

  /** A mention without a word asks about what was said before it; with nothing before it, it asks how this works. */
  const askOrHint = async (platform: Platform, mention: Mention): Promise<void> => {
    const before = await readBefore(platform, mention);
    if (before !== undefined) return accept(platform, { ...mention, attachments: before });
    const name = await platform.botName?.().catch(() => undefined);
    await platform.say(mention, wordsFor(mention).hint(name, mention.direct));
  };

  /**
   * The files of the newest message before it, which it is about as well; undefined where nothing was said. What may not be read is nothing
   * that the model could be asked about; what can't be read now is tried again by the turn.
   */
  const readBefore = async (
    platform: Platform,
    mention: Mention,
  ): Promise<Mention['attachments'] | undefined> => {
    try {
      const { signal } = new AbortController();
      const history = await platform.history(mention, { limit: BEFORE_MAX, signal });
      const newest = history.findLast(
        ({ text, attachments }) => text.trim() !== '' || attachments.length > 0,
      );
      return newest?.attachments;
    } catch (error) {
      ports.onFault(toBotError(error), mention);
      return isRetryable(error) ? [] : undefined;
    }
  };

  return {
    async onMention(platform, mention) {
      const verdict = await access.check(mention.asker, mention);
      if (isStopWord(mention.text) && verdict.kind !== 'not-allowed') return stopSpoken(platform, mention);
      if (verdict.kind !== 'allowed') return refuse(platform, mention, verdict);
      if (mention.text.trim() === '' && mention.attachments.length === 0) {
        if (await isFirstDelivery(mention)) inBackground(mention, () => askOrHint(platform, mention));
        return;
      }
      await accept(platform, mention);
    },

    onTurnBegin(platform, mention) {
      inBackground(mention, async () => {
        const key = toWaitingKey(mention);
        if ((await store.get(key)) === undefined) return;
        await store.delete(key);
        await platform.markWaiting(mention, false);
      });
    },

    async onControl(control) {
      if (control.action === 'deleted') {
        const { message, at } = control;
        if (ports.isOwnRemoval?.(at.platform, message)) return undefined;
        const reason = new BotError('message-deleted', 'the reply was deleted', { page: message });
        await turns.cancel({ page: message }, reason);
        return undefined;
      }
      const { action, turn, by, at } = control;
      const words = wordsFor(at);
      const verdict = await access.check(by, at);
      if (verdict.kind === 'not-allowed') return words.notAllowed();
      if (action === 'stop')
        return (await turns.cancel({ turn }, toStop(by))) ? undefined : words.alreadyOver();
      if (verdict.kind !== 'allowed') return toRefusal(verdict, at);
      const again = await turns.again(turn, action, by);
      if (again === 'expired') return words.expired();
      if (again === 'busy') return words.busy();
      await access.count(by, at);
      return again.ahead > 0 ? words.waitsTurn(again.ahead) : undefined;
    },
  };
}

function toWaitingKey(mention: Mention): string {
  return `waiting:${mention.id}`;
}

function toStop(by: Person): BotError {
  return new BotError('stopped', 'a person stopped the answer', { by });
}
