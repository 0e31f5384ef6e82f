// Thoughts within the text, over attempts and answers, through the real client.

import { afterEach, describe, expect, it } from 'vitest';
import { createFakeClock } from '../../fakes/clock.ts';
import { ask, read } from '../../fakes/model-options.ts';
import { type Plan, toTokens } from '../../fakes/model-server.ts';
import { createModelStage } from '../../fakes/model-stage.ts';

const stage = createModelStage();
const { start } = stage;
afterEach(() => stage.close());

/** One plan a request; after the last, a healthy provider. */
const plans = (...list: Plan[]) => ({ script: (n: number) => list[n] });
const whole = 'The quick brown fox jumps over the lazy dog. 敏捷的棕色狐狸跳过懒狗。 And then it slept.';
const typesOf = (events: readonly { type: string }[]) => [...new Set(events.map((event) => event.type))];

describe('thoughts that end with a mark which nothing opened', () => {
  const thoughts = 'The user greets. I greet back, [so] <b>.';
  const marked = `${thoughts}\n</think>\n\n${whole}`;

  it('are shown as they come, and taken back at the mark, wherever it is cut', async () => {
    const { model } = await start({ script: () => ({ tokens: [...marked], delayMs: 0 }) });
    const reading = await read(model, ask('Hi'));
    expect(reading).toMatchObject({ text: whole, reasoning: `${thoughts}\n`, finish: { reason: 'stop' } });
    expect(typesOf(reading.events)).toEqual(['text-delta', 'reclassified', 'finish']);
  });

  it('are not shown in the next answer of the same provider, nor waited for once they stop coming', async () => {
    const { model } = await start({
      script: (n) => ({ tokens: n < 2 ? [...marked] : whole, delayMs: 0 }),
    });
    const seen = [];
    for (let n = 0; n < 4; n += 1) seen.push(await read(model, ask('Hi')));
    expect(seen.map(({ text }) => text)).toEqual([whole, whole, whole, whole]);
    expect(seen.map(({ events }) => events[0]?.type)).toEqual([
      'text-delta',
      'reasoning-delta',
      'text-delta',
      'text-delta',
    ]);
    expect(seen.map(({ events }) => events.some(({ type }) => type === 'reclassified'))).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });

  it('are shown after twenty seconds without the mark, and taken back when it comes', async () => {
    const clock = createFakeClock();
    let goOn: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const gates = [{ after: 20, open: () => gate }];
    const { server, model } = await start(
      { script: (n) => ({ tokens: [...marked], ...(n === 0 ? {} : { gates }) }) },
      { clock, timeouts: { connectMs: 10_000, firstTokenMs: 60_000, idleMs: 60_000, totalMs: 600_000 } },
    );
    const first = read(model, ask('Hi'));
    const drain = setInterval(() => void clock.advance(50), 5);
    await first;
    clearInterval(drain);
    const seen: string[] = [];
    const second = read(model, ask('Hi'), { onEvent: (event) => seen.push(event.type) });
    await server.until(() => server.requests.length === 2);
    await new Promise((resolve) => setTimeout(resolve, 60));
    await clock.advance(100);
    await clock.advance(19_800);
    expect(seen).toEqual([]);
    await clock.advance(300);
    expect(seen).toEqual(['text-delta']);
    goOn();
    const rest = setInterval(() => void clock.advance(50), 5);
    expect(await second).toMatchObject({ text: whole, reasoning: `${thoughts}\n` });
    clearInterval(rest);
    expect([...new Set(seen)]).toEqual(['text-delta', 'reclassified', 'finish']);
  });

  it.each(['prefix', 'prompted'] as const)(
    'that break off, within the mark or anywhere, are taken back when it comes (%s)',
    async (resume) => {
      const tokens = toTokens(marked);
      for (let after = 1; after < tokens.length; after += 1) {
        const rest: Plan = { tokens: tokens.slice(after) };
        const { model } = await start(plans({ tokens, fault: { kind: 'end', after } }, rest), { resume });
        const reading = await read(model, ask('Hi'));
        expect(`${after}: ${reading.text.trimStart()}`).toBe(`${after}: ${whole}`);
        expect(reading.events.at(-1)?.type).toBe('finish');
      }
    },
  );

  it('are taken back by Continue too', async () => {
    const at = 20;
    const { model } = await start({ answer: () => marked });
    const reading = await read(model, ask('Hi', { text: marked.slice(0, at) }));
    expect(reading).toMatchObject({ text: whole, finish: { reason: 'stop' } });
    expect(reading.events.filter(({ type }) => type === 'reclassified').length).toBe(1);
  });

  it('before the rest of an answer that was asked for in words are no part of it', async () => {
    for (const size of [1, 5, 1000]) {
      const rest =
        '<think>How did it go on?</think>\n\nand the rest.'.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [];
      const first: Plan = {
        tokens: ['The beginning, ', 'x'],
        fault: { kind: 'reset', after: 1 },
        delayMs: 2,
      };
      const { server, model } = await start(
        { script: (n) => (n === 0 ? first : { tokens: rest }) },
        { resume: 'prompted' },
      );
      const reading = await read(model, ask('Hi'));
      expect(reading).toMatchObject({ text: 'The beginning, and the rest.', finish: { reason: 'stop' } });
      expect(server.requests).toHaveLength(2);
    }
  });

  it('and no answer after them are an answer without a word', async () => {
    const { server, model } = await start({ script: () => ({ tokens: `${thoughts}</think>\n` }) });
    expect(await read(model, ask('Hi'))).toMatchObject({ text: '', error: { code: 'empty-answer' } });
    expect(server.requests.map(({ body }) => body.messages?.length)).toEqual([2, 2]);
  });

  it('are not mistaken where the answer speaks of the mark within code', async () => {
    const about = 'Use `</think>`, as in\n```\n</think>\n```\nand that is all.';
    const { model } = await start({ script: () => ({ tokens: [...about] }) });
    expect(await read(model, ask('Hi'))).toMatchObject({ text: about, reasoning: '' });
  });
});
