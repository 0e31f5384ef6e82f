// CPU time at four times the length is below eight times that at once, for every hostile text, wherever a reader's or the model's words
// are read at each render or message.

import { describe, expect, it } from 'vitest';
import { fromContent, toContent, toThreadName } from '../../../adapters/discord/format.ts';
import { toPlainText } from '../../../adapters/discord/words.ts';
import {
  defuse,
  MAX_BODY,
  toBlocks,
  toFallback,
  toWords as toSlackWords,
  undefuse,
} from '../../../adapters/slack/format.ts';
import { settledLength } from '../../../adapters/slack/hold-back.ts';
import { toMarkdown } from '../../../adapters/slack/rich-text.ts';
import { toWords as toWebWords } from '../../../adapters/web/words.ts';
import { adapters } from '../../../src/main.ts';
import { createLog } from '../../../src/ops/log.ts';
import { createPaginator, type PageLimits } from '../../../src/pages/paginate.ts';
import type { Page } from '../../../src/platform.ts';
import { hostileTexts, plainAnswer } from '../../fakes/hostile-texts.ts';
import { expectLinear } from './cost.ts';

const shapes = adapters.flatMap((adapter) => adapter.tokens);

const texts: Readonly<Record<string, (length: number) => string>> = {
  ...hostileTexts,
  'a plain answer': plainAnswer,
};
const names = Object.keys(texts);
const make = (name: string, length: number): string => texts[name]?.(length) ?? '';

const slack: PageLimits = { max: MAX_BODY, sizeOf: (body) => defuse(body).length };
const discord: PageLimits = { max: 1_600, sizeOf: (body) => body.length, looseFences: true };
const web: PageLimits = { max: 40_000, sizeOf: (body) => body.length };

const toPage = (body: string): Page => ({
  index: 0,
  text: body,
  view: { body, opened: 0, closed: 0, cursor: true },
  state: 'writing',
  final: false,
  controls: [],
});

describe('pages of an answer that comes all at once cost no more than their length', () => {
  const all = (limits: PageLimits, name: string) => (length: number) => {
    const text = make(name, length);
    return () => createPaginator(limits).pages(text, false);
  };
  // Of fewer characters the first pages are another matter than the rest: what opens them is as long as they are.
  it.each(names)('%s, on Slack', (name) => expectLinear(all(slack, name), 48_000));
  it.each(names)('%s, on Discord', (name) => expectLinear(all(discord, name), 12_000));
  it.each(names)('%s, in the playground', (name) => expectLinear(all(web, name), 90_000));
});

describe('pages of an answer that grows cost no more than their length', () => {
  it.each(names)('%s', (name) =>
    expectLinear((length) => {
      const text = make(name, length);
      const limits = { ...slack, max: 4 * length };
      return () => {
        const paginator = createPaginator(limits);
        for (let part = 1; part <= 16; part += 1) {
          const end = Math.floor((text.length * part) / 16);
          paginator.shown(paginator.pages(text.slice(0, end), false).at(-1)?.end ?? 0);
        }
      };
    }, 12_000),
  );
});

describe('what stands on a page costs no more than its length', () => {
  it.each(names)('%s, on Slack', (name) =>
    expectLinear((length) => {
      const text = make(name, length);
      const page = toPage(text);
      return () => [toBlocks(page), toFallback(page), undefuse(defuse(text)), settledLength(text, 0)];
    }, 40_000),
  );
  it.each(names)('%s, on Discord', (name) =>
    expectLinear((length) => {
      const text = make(name, Math.floor(length / 100));
      const page = toPage(text);
      return () => {
        for (let time = 0; time < 100; time += 1) fromContent(toContent(page));
      };
    }, 40_000),
  );
});

describe("people's words and the log cost no more than their length", () => {
  const tokens: Readonly<Record<string, (length: number) => string>> = {
    mentions: (length) => '<@U1>'.repeat(length / 5),
    'the bot and spaces': (length) => `${' '.repeat(length / 2)}<@UBOT>${' '.repeat(length / 2)}`,
    'open mentions': (length) => '<@U'.repeat(length / 3),
    'one long mention': (length) => `<@${'A'.repeat(length)}`,
    'escaped signs': (length) => '&lt;&amp;'.repeat(length / 9),
    'links in words': (length) => '[a](b'.repeat(length / 5),
    'half a token': (length) => `<!${'\u2060'.repeat(length)}`,
  };
  const all: typeof tokens = { ...texts, ...tokens };
  const kinds = Object.keys(all);
  const nameOf = async () => 'Ada';
  const people = { user: () => 'Ada', channel: () => 'general', role: () => 'all' };

  it.each(kinds)("%s: Slack's toWords", (kind) =>
    expectLinear((length) => {
      const text = all[kind]?.(length) ?? '';
      return () => toSlackWords(text, 'UBOT', nameOf);
    }, 40_000),
  );
  it.each(kinds)('%s: Discord, the playground, rich text', (kind) =>
    expectLinear((length) => {
      const text = all[kind]?.(length) ?? '';
      const code = { type: 'rich_text_preformatted', elements: [{ type: 'text', text }] };
      return () => [
        toPlainText(text, { botId: '1', botRole: undefined, names: people }),
        toThreadName(text),
        toWebWords(text),
        toMarkdown([{ type: 'rich_text', elements: [code] }]),
      ];
    }, 40_000),
  );
  it.each([...kinds, 'open strings', 'half tokens'])('%s: a line of the log', async (kind) => {
    const log = createLog('info', { tokens: shapes, write: () => undefined, secrets: ['a-secret-of-mine'] });
    const more: Readonly<Record<string, (length: number) => string>> = {
      'open strings': (length) => '"token":"'.repeat(length / 9),
      'half tokens': (length) => 'xoxb-Bearer a.b-sk-'.repeat(length / 19),
    };
    await expectLinear((length) => {
      const code = (all[kind] ?? more[kind])?.(length) ?? '';
      return () => log.info({ code }, 'a line');
    }, 40_000);
  });
});

describe('the check of cost', () => {
  const spend = (rounds: number) => () => {
    let sum = 0;
    for (let round = 0; round < rounds; round += 1) sum += Math.sqrt(round);
    return sum;
  };

  it('refuses what grows much faster than the length', async () => {
    await expect(expectLinear((length) => spend(length ** 3), 80)).rejects.toThrow(/ms at 80, and at four/);
  });

  it('takes what grows with the length, also above its floor', async () => {
    await expectLinear((length) => spend(2_000 * length), 2_000);
  });
});
