// Owns what happens when somebody speaks to the bot or presses a button: who may, what is a question, what is a stop.
// Must not know how an answer is made.

import type { Clock } from '../clock.ts';
import { type BotError, isBotError, isRetryable, toBotError } from '../errors.ts';
import { type Language, say, toLanguage } from '../notices.ts';
import type { Control, Courtesy, Lane, Mention, Place, Platform, RefusalReason } from '../platform.ts';
import type { Store } from '../store/types.ts';
import { type Turns, toChannelKey, toThreadKey } from '../turns/types.ts';
import type { Access } from './access.ts';
import { type Asked, createRefusals, type Refusal, type Told, toReason, toRefusalText } from './refusals.ts';
import { isStopWord } from './stop-word.ts';
import { createWaitingMarks } from './waiting-mark.ts';

/** How long a mention that became no turn is remembered, so that its second delivery says nothing again. */
const REMEMBER_MS = 60 * 60_000;
/** So many messages are looked at for something that a mention without a word may be about. */
const BEFORE_MAX = 20;

export interface Door {
  /** Resolves when the mention is stored or needs no storing; what is said back does not hold it up. */
  onMention(platform: Platform, mention: Mention): Promise<void>;
  /** Whether it would be refused now, whoever asks it: more questions are waiting than may wait. */
  isRefused(mention: Mention): boolean;
  /** The mention's turn has come, and waits for others' answers: it is marked. */
  onTurnWaits(platform: Platform, mention: Mention): void;
  /** Whether a question that waited may be asked with other words than it was taken with; where not, its asker is told. */
  mayReword(platform: Platform, before: Mention, now: Mention): Promise<boolean>;
  /** The mention's turn begins: it is not marked as waiting any more. */
  onTurnBegin(platform: Platform, mention: Mention): void;
  /** Resolves to a sentence for the presser alone, or undefined. */
  onControl(control: Control): Promise<string | undefined>;
}

export interface DoorPorts {
  readonly turns: Turns;
  readonly store: Store;
  readonly access: Access;
  readonly clock: Clock;
  readonly courtesy: Courtesy;
  /** Above so many questions that wait, more are refused. */
  readonly queueMax: number;
  readonly language: Language;
  /** Counts for no rate, such as an example of the demo's. */
  readonly isFree?: ((mention: Mention) => boolean) | undefined;
  readonly onRefused: (reason: RefusalReason, told: Told, asked: Asked) => void;
  /** Whether the bot has ordered this message away itself. */
  readonly isOwnRemoval?: (platform: string, message: string) => boolean;
  readonly onFault: (error: BotError, place: Place) => void;
}

export function createDoor(ports: DoorPorts): Door {
  const { turns, store, access, courtesy } = ports;
  const wordsFor = (place: Place) => say(toLanguage(place.locale, ports.language));
  const isFull = (): boolean => turns.count().waiting >= ports.queueMax;
  const signs = createWaitingMarks(ports);
  const refusals = createRefusals({ ...ports, isFull });
  /** Mentions that are being handed over, and whose turn has not begun. */
  const handedOver = new Set<string>();

  const isFirstDelivery = async (mention: Mention): Promise<boolean> =>
    (await store.increment(`heard:${mention.id}`, 1, REMEMBER_MS)) === 1;

  /** Whatever is said here is a courtesy: that it failed is logged, and delays nobody. */
  const inBackground = (place: Place, lane: Lane, act: () => Promise<void>): void => {
    courtesy(lane, act).catch((error: unknown) => ports.onFault(toBotError(error), place));
  };
  const whisper = (platform: Platform, mention: Mention, text: string): void =>
    inBackground(mention, platform.lanes(mention).whisper, () => platform.whisper(mention, text));

  const refuse = async (platform: Platform, mention: Mention, refusal: Refusal): Promise<void> => {
    const { asker } = mention;
    // Where each is told in words, none uses them up.
    const mayUseWords = platform.refuse === undefined && (await access.mayNotify(asker, mention));
    void refusals
      .tell(platform, mention, refusal, mayUseWords)
      .then((told) => (mayUseWords && told !== 'words' ? access.notNotified(asker, mention) : undefined))
      .catch((error: unknown) => ports.onFault(toBotError(error), mention));
  };

  /** What "stop" means: the answer replied to, else the one in this thread, else the speaker's newest in this channel. */
  const stopSpoken = async (platform: Platform, mention: Mention): Promise<void> => {
    if (!(await isFirstDelivery(mention))) return;
    const reason = { code: 'stopped', by: mention.asker } as const;
    const channel = toChannelKey(mention);
    const stopped =
      (mention.repliesTo && (await turns.cancel({ page: mention.repliesTo }, reason))) ||
      (await turns.cancel({ thread: toThreadKey(mention) }, reason)) ||
      (await turns.cancel(mention.direct ? { channel } : { channel, asker: mention.asker.id }, reason));
    if (!stopped) whisper(platform, mention, wordsFor(mention).alreadyOver());
  };

  const isFree = (mention: Mention): boolean => ports.isFree?.(mention) === true;

  /**
   * Counted and looked at again in the tick in which it is taken, so that no crowd gets through between the two. `mayReject`: a mention
   * that cannot be stored since the bot is being stopped is delivered once more.
   */
  const take = async (platform: Platform, mention: Mention, mayReject: boolean): Promise<void> => {
    const { asker } = mention;
    const free = isFree(mention);
    const verdict = await access.take(asker, mention, free);
    if (verdict.kind !== 'allowed') return refuse(platform, mention, verdict);
    if (isFull()) {
      await access.giveBack(asker, mention, free);
      return refuse(platform, mention, { kind: 'full' });
    }
    handedOver.add(mention.id);
    try {
      const accepted = await turns.submit(mention);
      // Its turn may have come before we are told that it waits.
      if (accepted !== false && accepted.ahead > 0 && handedOver.has(mention.id))
        signs.show(platform, mention);
    } catch (error) {
      if (mayReject || !isBotError(error, 'shutdown')) throw error;
      await refuse(platform, mention, { kind: 'shutdown' });
    } finally {
      handedOver.delete(mention.id);
    }
  };

  /** A mention without a word asks about what was said before it; with nothing before it, it asks how this works. */
  const askOrHint = async (platform: Platform, mention: Mention): Promise<void> => {
    const before = await readBefore(platform, mention);
    // It was acknowledged long ago.
    if (before !== undefined) return take(platform, { ...mention, attachments: before }, false);
    const name = await platform.botName?.().catch(() => undefined);
    const text = wordsFor(mention).hint(name, mention.direct);
    inBackground(mention, platform.lanes(mention).say, () => platform.say(mention, text));
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
      const verdict = await access.check(mention.asker, mention, isFree(mention));
      if (isStopWord(mention.text) && verdict.kind !== 'not-allowed') return stopSpoken(platform, mention);
      // A second delivery is told nothing again, and counts for nothing.
      if (!(await isFirstDelivery(mention))) return;
      if (verdict.kind !== 'allowed') return refuse(platform, mention, verdict);
      if (mention.text.trim() === '' && mention.attachments.length === 0) {
        askOrHint(platform, mention).catch((error: unknown) => ports.onFault(toBotError(error), mention));
        return;
      }
      try {
        await take(platform, mention, platform.redelivers === true);
      } catch (error) {
        // It was not stored: the platform delivers it again.
        await store.delete(`heard:${mention.id}`);
        throw error;
      }
    },

    isRefused: ({ text }) => isFull() && !isStopWord(text),
    onTurnWaits: signs.show,
    async mayReword(platform, before, now) {
      // It was counted when it was taken, or is still of a kind that counts for nothing.
      if (!isFree(before) || isFree(now)) return true;
      const verdict = await access.take(now.asker, now);
      if (verdict.kind !== 'allowed') await refuse(platform, now, verdict);
      return verdict.kind === 'allowed';
    },
    onTurnBegin(platform, mention) {
      handedOver.delete(mention.id);
      signs.hide(platform, mention);
    },

    async onControl(control) {
      if (control.action === 'deleted') {
        const { message, at } = control;
        if (ports.isOwnRemoval?.(at.platform, message)) return undefined;
        await turns.cancel({ page: message }, { code: 'message-deleted', page: message });
        return undefined;
      }
      const { action, turn, by, at } = control;
      const words = wordsFor(at);
      const verdict = await access.check(by, at);
      if (action === 'stop' && verdict.kind === 'not-allowed') return words.notAllowed();
      if (verdict.kind === 'not-allowed') return refusePress(verdict, control, words);
      if (action === 'stop')
        return (await turns.cancel({ turn }, { code: 'stopped', by })) ? undefined : words.alreadyOver();
      return again(action, control, words);
    },
  };

  async function again(
    action: 'retry' | 'continue',
    { turn, by, at }: Extract<Control, { readonly turn: string }>,
    words: ReturnType<typeof say>,
  ): Promise<string | undefined> {
    const verdict = isFull() ? ({ kind: 'full' } as const) : await access.take(by, at);
    if (verdict.kind !== 'allowed') return refusePress(verdict, { turn, at }, words);
    const begun = await turns.again(turn, action, by).catch((error: unknown) => {
      if (isBotError(error, 'shutdown')) return 'shutdown';
      throw error;
    });
    if (typeof begun === 'string') {
      await access.giveBack(by, at);
      if (begun === 'shutdown') return refusePress({ kind: 'shutdown' }, { turn, at }, words);
      return begun === 'expired' ? words.expired() : words.busy();
    }
    return begun.ahead > 0 ? words.waitsTurn(begun.ahead) : undefined;
  }

  /** Whoever pressed is told in words, each time: it is the answer to the press, and no call of its own. */
  function refusePress(
    refusal: Refusal,
    { turn, at }: { readonly turn: string; readonly at: Place },
    words: ReturnType<typeof say>,
  ): string {
    ports.onRefused(toReason(refusal), 'words', { ...at, turn });
    return toRefusalText(refusal, words);
  }
}
