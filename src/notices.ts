// Owns every sentence that the bot says to a person, by error code and language; the words themselves are in notices/.
// Must not know any platform: sentences are plain text, and adapters escape them as they escape a name.

import type { BotError, ErrorCode } from './errors.ts';
import { en, type Sentences } from './notices/en.ts';
import { remedies } from './notices/operator.ts';
import { zh } from './notices/zh.ts';

export type Language = 'en' | 'zh';

const sentences: Readonly<Record<Language, Sentences>> = { en, zh };

/** Longest line below an answer, in characters: it should stay one line on a phone held sideways. */
const FOOTER_MAX = 100;
const NAME_MAX = 24;
const FILES_MAX = 160;
/** What is left of a model's name when the line has no room. */
const MODELS_MIN = 12;

/** The language for a BCP 47 tag such as `zh-CN`; `fallback` for tags of languages that Rill does not speak. */
export function toLanguage(locale: string | undefined, fallback: Language): Language {
  const [primary] = (locale ?? '').toLowerCase().split(/[-_]/);
  return primary === 'en' || primary === 'zh' ? primary : fallback;
}

/**
 * What the asker reads of a failure, at most 280 characters: what it means and what to do. Never the error's own message.
 * `hasText`: whether a part of the answer stands, so that the words fit and name the buttons below.
 */
export function failureText(
  error: BotError,
  language: Language,
  details: { readonly bugId?: string | undefined; readonly hasText?: boolean | undefined } = {},
): string {
  return sentences[language].failures[error.code]({
    wait: error.retryAfterMs === undefined ? undefined : toTime(error.retryAfterMs, language),
    status: error.status,
    bugId: details.bugId === undefined ? undefined : clip(details.bugId, NAME_MAX),
    by: clip(error.by?.name ?? '', NAME_MAX),
    tls: error.tls,
    hasText: details.hasText,
  });
}

/** What the operator should do about it: English, for log lines. */
export function operatorText(code: ErrorCode): string {
  return remedies[code];
}

/** What the line below an answer tells of it. */
export interface FooterFacts {
  /** In the order in which they wrote. */
  readonly models: readonly string[];
  readonly seconds: number;
  readonly tokens?: number | undefined;
  /** Tokens and cost are not all told by the provider. */
  readonly isEstimate?: boolean | undefined;
  /** How often the answer broke off and went on. */
  readonly interruptions: number;
  /** The cost as it should read, with or without a currency. */
  readonly cost?: string | undefined;
}

/** Everything else that the bot says, in one language. Each at most 300 characters, footers at most 100. Times are milliseconds where so named. */
export function say(language: Language) {
  const words = sentences[language];
  const { line } = words;
  const seconds = (count: number) => toTime(Math.floor(count) * 1000, language);
  const footer = (facts: FooterFacts, end: { first?: string; last?: string; brief?: boolean }) => {
    const { tokens, cost, interruptions } = facts;
    const full = end.brief !== true;
    const about = facts.isEstimate === true ? line.about : '';
    // Where it broke off in between, that is told, and a number of which only parts are known is not.
    const isCounted = tokens !== undefined && (facts.isEstimate !== true || interruptions === 0);
    return toFooter([
      end.first,
      { models: facts.models },
      { spare: toTime(Math.max(1, Math.round(facts.seconds)) * 1000, language) },
      full && isCounted ? { spare: line.tokens(`${about}${tokens.toLocaleString('en-US')}`) } : undefined,
      full && cost !== undefined ? { spare: line.cost(`${about}${clip(cost, NAME_MAX)}`) } : undefined,
      interruptions > 0 ? line.interruptions(interruptions) : undefined,
      end.last,
    ]);
  };
  return {
    thinking: (elapsedSeconds: number) => words.thinking(seconds(elapsedSeconds)),
    queuedAtProvider: (elapsedSeconds: number) => words.queuedAtProvider(seconds(elapsedSeconds)),
    tryingAgain: (attempt: number, elapsedSeconds: number) =>
      words.tryingAgain(attempt, seconds(elapsedSeconds)),
    /** `leftSeconds`: until it is tried, as the provider asked for. */
    tryingAgainIn: (attempt: number, leftSeconds: number) =>
      words.tryingAgainIn(attempt, seconds(leftSeconds)),
    queuedHere: words.queuedHere,
    queuedInThread: words.queuedInThread,
    waitsTurn: words.waitsTurn,
    queueFull: words.queueFull,
    restarting: words.restarting,
    notTaken: words.notTaken,
    /** `botName`: what people call the bot there; in direct messages nobody needs to. */
    hint: (botName = 'Rill', direct = false) =>
      direct ? words.directHint() : words.hint(`@${clip(botName, NAME_MAX)}`),
    overRate: (waitMs: number) => words.overRate(toTime(waitMs, language)),
    notAllowed: words.notAllowed,
    expired: words.expired,
    busy: words.busy,
    alreadyOver: words.alreadyOver,
    historyCut: words.historyCut,
    /** `permissions`: as the platform calls them. */
    historyForbidden: (permissions: readonly string[]) =>
      words.historyForbidden(toFiles(permissions, words.separator)),
    voiceNotHeard: words.voiceNotHeard,
    attachmentSkipped: (names: readonly string[]) => words.attachmentSkipped(toFiles(names, words.separator)),
    attachmentTooLarge: (names: readonly string[]) =>
      words.attachmentTooLarge(toFiles(names, words.separator)),
    attachmentCut: (names: readonly string[]) => words.attachmentCut(toFiles(names, words.separator)),
    attachmentGuessed: (names: readonly string[]) => words.attachmentGuessed(toFiles(names, words.separator)),
    restarted: words.restarted,
    interruptedGoingOn: words.interruptedGoingOn,
    /** `resetAt`: milliseconds since the epoch. */
    quotaReached: (resetAt: number) =>
      words.quotaReached(`${new Date(resetAt).toISOString().slice(11, 16)} UTC`),
    undelivered: words.undelivered,
    /** `permissions`: as the platform calls them. */
    unpermitted: (permissions: readonly string[]) => words.unpermitted(toFiles(permissions, words.separator)),
    /** Of messages that could not be taken away. */
    remnants: words.remnants,
    labels: words.labels,
    footer: {
      complete: (facts: FooterFacts) => footer(facts, {}),
      length: (facts: FooterFacts) => footer(facts, { last: line.length }),
      filtered: (facts: FooterFacts) => footer(facts, { first: line.filtered, brief: true }),
      /** `by`: empty where it is not known. */
      stopped: (facts: FooterFacts & { readonly by: string }) =>
        footer(facts, { first: line.stopped(clip(facts.by, NAME_MAX)), brief: true }),
      /** That it went on before says nothing once it has not. */
      broken: (facts: FooterFacts) =>
        footer({ ...facts, interruptions: 0 }, { first: line.broken, brief: true }),
      /** Not a word of an answer stands. */
      unanswered: (facts: FooterFacts) =>
        footer({ ...facts, interruptions: 0 }, { first: line.unanswered, brief: true }),
    },
  };
}

/** A length of time in words: whole seconds, rounded up so that nobody comes back too early. */
export function toTime(ms: number, language: Language): string {
  const { time, muchTime } = sentences[language];
  const all = Math.max(0, Math.ceil(ms / 1000));
  if (!(all <= 86_400)) return muchTime;
  if (all < 120) return time.s(all);
  const minutes = Math.floor(all / 60);
  if (all < 3600) return all % 60 === 0 ? time.min(minutes) : `${time.min(minutes)} ${time.s(all % 60)}`;
  const rest = Math.ceil((all % 3600) / 60);
  if (rest === 60) return time.h(Math.floor(all / 3600) + 1);
  return rest === 0 ? time.h(Math.floor(all / 3600)) : `${time.h(Math.floor(all / 3600))} ${time.min(rest)}`;
}

type FooterPart = string | { readonly spare: string } | { readonly models: readonly string[] } | undefined;

/** Joins the parts; where they are too long together, models' names are cut first, then spare parts are left out from the end. */
function toFooter(parts: readonly FooterPart[]): string {
  const kept = parts.filter((part) => part !== undefined);
  const join = (modelsMax: number) =>
    [
      'AI',
      ...kept.map((part) => {
        if (typeof part === 'string') return part;
        return 'spare' in part ? part.spare : clip(part.models.join(' → '), modelsMax);
      }),
    ]
      .filter((text) => text !== '')
      .join(' · ');
  for (;;) {
    const over = join(FOOTER_MAX).length - FOOTER_MAX;
    if (over <= 0) return join(FOOTER_MAX);
    const models = kept.find((part) => typeof part === 'object' && 'models' in part);
    const length = models === undefined ? 0 : clip(models.models.join(' → '), FOOTER_MAX).length;
    if (length - over >= MODELS_MIN) return join(length - over);
    const spare = kept.findLastIndex((part) => typeof part === 'object' && 'spare' in part);
    if (spare === -1) return clip(join(MODELS_MIN), FOOTER_MAX);
    kept.splice(spare, 1);
  }
}

/** One line of at most `max` UTF-16 units, cut between code points. */
function clip(text: string, max: number): string {
  const flat = text.replace(/[\s\p{Cc}\p{Cf}]+/gu, ' ').trim();
  if (flat.length <= max) return flat;
  let kept = '';
  for (const point of flat) {
    if (kept.length + point.length > max - 1) break;
    kept += point;
  }
  return `${kept.trimEnd()}…`;
}

function toFiles(names: readonly string[], separator: string): string {
  return clip(names.map((name) => clip(name, 48)).join(separator), FILES_MAX);
}
