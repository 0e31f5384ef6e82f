// Every sentence that the bot says: there for each failure and language, short enough, plain, and never an exception's words.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BotError, errorCodes } from '../../src/errors.ts';
import {
  type FooterFacts,
  failureText,
  type Language,
  operatorText,
  say,
  toLanguage,
} from '../../src/notices.ts';

const languages: readonly Language[] = ['en', 'zh'];
const cases = languages.flatMap((language) => errorCodes.map((code) => [code, language] as const));
const long = 'x'.repeat(400);

const facts: FooterFacts = { models: ['deepseek-flash'], seconds: 12, tokens: 604, interruptions: 0 };

describe('what the asker reads of a failure', () => {
  it.each(cases)('is a short sentence of its own for %s in %s', (code, language) => {
    const error = new BotError(code, 'ECONNRESET secret words', {
      retryAfterMs: 90_061_000,
      status: 599,
      by: { id: 'U1', name: long },
      cause: new Error('the cause'),
    });
    for (const text of [
      failureText(error, language, { bugId: long }),
      failureText(new BotError(code, 'ECONNRESET'), language),
    ]) {
      expect(text.length).toBeGreaterThan(10);
      expect(text.length).toBeLessThanOrEqual(280);
      expect(text).not.toMatch(/ECONNRESET|undefined|NaN|cause|\[object/);
      expect(text).toMatch(language === 'zh' ? /\p{Script=Han}/u : /^[^\p{Script=Han}]+$/u);
    }
  });

  it.each(languages)('is another for each code in %s', (language) => {
    const texts = errorCodes.map((code) => failureText(new BotError(code, ''), language));
    expect(new Set(texts).size).toBe(errorCodes.length);
  });

  it.each(languages)('names what matters in %s: top-up page, wait, status, bug, who stopped', (language) => {
    const text = (error: BotError, bugId?: string) => failureText(error, language, { bugId });
    expect(text(new BotError('no-balance', ''))).toContain('https://platform.deepseek.com/top_up');
    expect(text(new BotError('rate-limited', '', { retryAfterMs: 29_200 }))).toMatch(/30 (s|秒)/);
    expect(text(new BotError('platform-rate-limited', '', { retryAfterMs: 5000 }))).toMatch(/5 (s|秒)/);
    expect(text(new BotError('overloaded', '', { status: 529 }))).toContain('529');
    expect(text(new BotError('server-error', ''))).toContain('500');
    expect(text(new BotError('internal', ''), 'b7f3')).toContain('b7f3');
    expect(text(new BotError('stopped', '', { by: { id: 'U1', name: 'Ann' } }))).toContain('Ann');
  });

  it.each([
    [400, 'bad-request'],
    [401, 'unauthorized'],
    [402, 'no-balance'],
    [403, 'forbidden'],
    [404, 'unknown-model'],
    [413, 'too-large'],
    [422, 'invalid-parameters'],
    [429, 'rate-limited'],
    [500, 'server-error'],
    [502, 'bad-gateway'],
    [503, 'overloaded'],
    [504, 'gateway-timeout'],
  ] as const)('names the status %d in both languages', (status, code) => {
    for (const language of languages) {
      expect(failureText(new BotError(code, ''), language)).toContain(String(status));
    }
  });
});

describe('what the operator reads', () => {
  it.each(errorCodes)('says what to do about %s', (code) => {
    expect(operatorText(code)).toMatch(/^[A-Z].{15,220}\.$/);
  });
});

describe('the language', () => {
  it.each([
    ['zh-CN', 'zh'],
    ['zh_TW', 'zh'],
    ['ZH', 'zh'],
    ['en-GB', 'en'],
    ['de', 'zh'],
    ['zha', 'zh'],
    ['', 'zh'],
    [undefined, 'zh'],
  ] as const)('of %s is %s where the bot is set to Chinese', (locale, language) => {
    expect(toLanguage(locale, 'zh')).toBe(language);
  });

  it('is what the bot is set to for tongues it does not speak', () => {
    expect(toLanguage('fr', 'en')).toBe('en');
  });
});

describe.each(languages)('the notices in %s', (language) => {
  const words = say(language);
  it('are never longer than 300 characters', () => {
    const names = Array.from({ length: 30 }, (_, index) => `${long}${index}`);
    const all = [
      words.thinking(5),
      words.queuedAtProvider(600),
      words.queuedHere(49),
      words.waitsTurn(1),
      words.waitsTurn(30),
      words.hint(),
      words.hint(long),
      words.overRate(59_000),
      words.notAllowed(),
      words.expired(),
      words.busy(),
      words.alreadyOver(),
      words.historyCut(),
      words.historyForbidden(['Read Message History']),
      words.unpermitted(['Send Messages', 'Send Messages in Threads', 'View Channels']),
      words.voiceNotHeard(),
      words.attachmentSkipped(names),
      words.attachmentTooLarge(names),
      words.restarted(),
      words.interruptedGoingOn(),
      words.quotaReached(Date.UTC(2030, 0, 1)),
    ];
    for (const text of all) {
      expect(text.length).toBeGreaterThan(1);
      expect(text.length).toBeLessThanOrEqual(300);
      expect(text).not.toMatch(/undefined|NaN/);
    }
    expect(new Set(all).size).toBe(all.length);
  });

  it('label the buttons', () => {
    expect(Object.keys(words.labels)).toEqual(['stop', 'retry', 'continue']);
    for (const label of Object.values(words.labels)) expect(label.length).toBeLessThanOrEqual(20);
  });

  it('have footers that begin with AI, in one line of at most 100 characters, whatever is in them', () => {
    const anything = fc.record({
      models: fc.array(fc.string({ unit: 'grapheme', maxLength: 120 }), { minLength: 1, maxLength: 4 }),
      seconds: fc.double({ min: 0, max: 100_000, noNaN: true }),
      tokens: fc.option(fc.nat({ max: 10_000_000 }), { nil: undefined }),
      interruptions: fc.nat({ max: 99 }),
      cost: fc.option(fc.string({ maxLength: 60 }), { nil: undefined }),
      by: fc.string({ unit: 'grapheme', maxLength: 80 }),
    });
    fc.assert(
      fc.property(anything, (given) => {
        for (const make of Object.values(words.footer)) {
          const line = make(given);
          expect(line).toMatch(/^AI · .+$/);
          expect(line.length).toBeLessThanOrEqual(100);
          expect(line).not.toMatch(/\p{Surrogate}/u);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('the words in English', () => {
  const words = say('en');

  it('tell how long the model has been thinking', () => {
    expect(words.thinking(5.9)).toBe('thinking… 5 s');
    expect(words.queuedAtProvider(125)).toBe('queued at the provider… 2 min 5 s');
    expect(words.overRate(3_600_000)).toContain('1 h.');
    expect(words.overRate(7_199_000)).toContain('2 h.');
    expect(words.overRate(5_400_000)).toContain('1 h 30 min.');
    expect(words.overRate(120_000)).toContain('2 min.');
    expect(words.overRate(200_000_000)).toContain('more than a day.');
    expect(words.quotaReached(Date.UTC(2030, 0, 1))).toContain('00:00 UTC');
  });

  it('tell in the footer who wrote, for how long, how much, and how it ended', () => {
    expect(words.footer.complete({ ...facts, interruptions: 1 })).toBe(
      'AI · deepseek-flash · 12 s · 604 tokens · went on after 1 interruption',
    );
    expect(words.footer.complete({ ...facts, models: ['a', 'b'], tokens: undefined, cost: '0.0021' })).toBe(
      'AI · a → b · 12 s · cost 0.0021',
    );
    expect(words.footer.complete({ ...facts, isEstimate: true, cost: '0.0021' })).toBe(
      'AI · deepseek-flash · 12 s · about 604 tokens · cost about 0.0021',
    );
    expect(words.footer.complete({ ...facts, isEstimate: true, interruptions: 1 })).toBe(
      'AI · deepseek-flash · 12 s · went on after 1 interruption',
    );
    expect(words.footer.length({ ...facts, tokens: 8192 })).toBe(
      'AI · deepseek-flash · 12 s · 8,192 tokens · token limit reached: press Continue',
    );
    expect(words.footer.filtered(facts)).toBe(
      "AI · ended by the provider's content filter · deepseek-flash · 12 s",
    );
    expect(words.footer.stopped({ ...facts, by: 'Ann' })).toBe('AI · stopped by Ann · deepseek-flash · 12 s');
    expect(words.footer.stopped({ ...facts, by: '' })).toBe('AI · stopped · deepseek-flash · 12 s');
    expect(words.footer.broken({ ...facts, seconds: 0 })).toBe('AI · broken off · deepseek-flash · 1 s');
  });

  it('cut the models before the end is left out', () => {
    const line = words.footer.length({ ...facts, models: ['m'.repeat(80)], cost: '0.01', interruptions: 2 });
    expect(line).toMatch(
      /^AI · m+… · .*went on after 2 interruptions · token limit reached: press Continue$/,
    );
  });
});
