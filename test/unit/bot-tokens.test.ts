// Tokens of answers that had no end of their own: they count in the quota, and stand in what is reported.

import { afterEach, describe, expect, it } from 'vitest';
import { createMetrics } from '../../src/ops/metrics.ts';
import { createWatch } from '../../src/ops/watch.ts';
import type { Page } from '../../src/platform.ts';
import { startBot, stopBots } from '../fakes/started-bot.ts';

afterEach(stopBots);

const at = { platform: 'memory', scope: 'w', channel: 'c', direct: false };
const buttonOf = (page: Page) => ({
  turn: page.controls[0]?.turn ?? '',
  by: { id: 'U1', name: 'Ann' },
  at,
});
const taken = { prompt: 80, cached: 0, completion: 40, reasoning: 0, isEstimate: true } as const;

describe('the tokens of an answer that is stopped or broken', () => {
  it.each(['stopped', 'broken'] as const)('count in the daily quota of who asked (%s)', async (how) => {
    const { clock, platform, model, last, reports } = await startBot({ dailyTokens: 100 });
    await platform.ask('why?');
    const call = await model.call(0);
    call.text('Half an ans');
    await clock.advance(1_000);
    call.took(taken);
    if (how === 'stopped') await platform.press({ action: 'stop', ...buttonOf(last()) });
    else call.fail('broken-off');
    await clock.advance(3_000);
    expect(reports).toMatchObject([{ outcome: how, usage: taken }]);
    await platform.ask('and why not?');
    await clock.advance(3_000);
    expect(model.calls).toHaveLength(1);
    expect(platform.whispers.at(-1)).toContain('tokens for today are used up');
  });

  it('count once where the answer is gone on with', async () => {
    const { clock, platform, model, last, reports } = await startBot({ dailyTokens: 200 });
    await platform.ask('why?');
    const call = await model.call(0);
    call.text('Half an ans');
    await clock.advance(1_000);
    call.took(taken);
    call.fail('broken-off');
    await clock.advance(3_000);
    await platform.press({ action: 'continue', ...buttonOf(last()) });
    const rest = await model.call(1);
    rest.text('wer.');
    rest.finish();
    await clock.advance(3_000);
    expect(reports[1]?.usage).toEqual({
      prompt: 90,
      cached: 0,
      completion: 45,
      reasoning: 0,
      isEstimate: true,
    });
    expect(last().view.footer).toContain('about 45 tokens');
    // Each turn reports what it took itself, so that the sum of the lines is what was taken.
    expect(reports.map(({ spent }) => [spent.usage?.prompt, spent.usage?.completion])).toEqual([
      [80, 40],
      [10, 5],
    ]);
    // 120 and then 15 of 200: there is something left.
    await platform.ask('and why not?');
    await model.call(2);
  });
});

describe('the cost of an answer', () => {
  const prices = { input: 1, cached: 0.5, output: 10 };

  it('stands in the log and in the metrics where prices are set, each turn’s own', async () => {
    const { clock, platform, model, last, reports } = await startBot({ prices });
    await platform.ask('why?');
    const call = await model.call(0);
    call.text('Half an ans');
    await clock.advance(1_000);
    call.took({ prompt: 100, cached: 40, completion: 30, reasoning: 10 });
    call.fail('broken-off');
    await clock.advance(3_000);
    await platform.press({ action: 'continue', ...buttonOf(last()) });
    const rest = await model.call(1);
    rest.text('wer.');
    rest.finish();
    await clock.advance(3_000);
    const lines: Record<string, unknown>[] = [];
    const write = (details: object, message: string) => void lines.push({ ...details, message });
    const metrics = createMetrics();
    const watch = createWatch({ info: write, warn: write, error: write }, metrics);
    for (const report of reports) watch.onTurnEnd(report);
    const first = (60 * 1 + 40 * 0.5 + 30 * 10) / 1e6;
    const second = (10 * 1 + 5 * 10) / 1e6;
    expect(lines).toMatchObject([
      { message: 'A turn has failed', cost: first, tokens: { prompt: 100, completion: 30 } },
      { message: 'A turn has ended', cost: second, tokens: { prompt: 10, completion: 5 } },
    ]);
    const text = await metrics.text();
    const total = /^rill_cost_total\{platform="memory"\} (\S+)$/m.exec(text)?.[1];
    expect(Number(total)).toBeCloseTo(first + second, 10);
    expect(text).toContain('rill_tokens_total{kind="prompt"} 70');
    expect(text).toContain('rill_tokens_total{kind="completion"} 25');
    // The reader is told what the whole answer cost.
    expect(last().view.footer).toContain('cost 0.00044');
  });

  it('is told nowhere without prices', async () => {
    const { clock, platform, model, reports } = await startBot();
    await platform.ask('why?');
    (await model.call(0)).text('So.');
    (await model.call(0)).finish();
    await clock.advance(3_000);
    expect(reports[0]?.spent.cost).toBeUndefined();
    const metrics = createMetrics();
    const write = (details: object) => expect(details).not.toMatchObject({ cost: expect.anything() });
    createWatch({ info: write, warn: write, error: write }, metrics).onTurnEnd(reports[0] as never);
    expect(await metrics.text()).not.toMatch(/^rill_cost_total\{/m);
  });
});
