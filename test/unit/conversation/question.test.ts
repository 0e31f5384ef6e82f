import { describe, expect, it } from 'vitest';
import { readQuestion } from '../../../src/conversation/question.ts';
import { BotError } from '../../../src/errors.ts';
import type { PageRef, Platform, ThreadMessage } from '../../../src/platform.ts';
import { createFakeClock } from '../../fakes/clock.ts';
import { createMemoryPlatform } from '../../fakes/memory-platform.ts';
import { toTestMention } from '../../fakes/mention.ts';

const said: ThreadMessage = {
  ...{ id: '1', from: 'person', author: { id: 'U1', name: 'Ann' }, text: 'Before.' },
  ...{ attachments: [], sentAt: 0 },
};

function begin(history: Platform['history'], over: { budget?: number; own?: readonly PageRef[] } = {}) {
  const clock = createFakeClock();
  const abort = new AbortController();
  const faults: BotError[] = [];
  const voice = { id: 'v', name: 'v.ogg', mediaType: 'audio/ogg', size: 1, url: '', voice: true };
  const pdf = { id: 'p', name: 'a.pdf', mediaType: 'application/pdf', size: 1, url: '' };
  const reading = readQuestion({
    platform: { ...createMemoryPlatform(), history },
    mention: toTestMention('why?', 'q1', { attachments: [voice, pdf] }),
    ...{ systemPrompt: 'You are Rill.', vision: true, budget: over.budget ?? 1_000, language: 'en' },
    files: { tokens: 500, images: 4 },
    ...{ clock, own: over.own ?? [], signal: abort.signal, onFault: (error: BotError) => faults.push(error) },
  });
  return { clock, abort, faults, reading };
}

describe('a question', () => {
  it('comes with the thread before it, and the reader is told what was not read', async () => {
    const { reading } = begin(async () => [said]);
    const { prompt, remarks } = await reading;
    expect(JSON.stringify(prompt.messages)).toContain('Before.');
    expect(remarks).toHaveLength(2);
    expect(remarks.join(' ')).toContain('a.pdf');
  });

  it('that is answered again is not given the earlier answer, nor what was answered after it', async () => {
    const answer = (id: string, text: string): ThreadMessage => ({ ...said, id, from: 'bot', text, page: 0 });
    const history = [said, answer('own', 'Half'), answer('later', 'Later.')];
    const { prompt } = await begin(async () => history, { own: [{ id: 'own' }] }).reading;
    expect(JSON.stringify(prompt.messages)).toContain('Before.');
    expect(JSON.stringify(prompt.messages)).not.toMatch(/Half|Later/);
  });

  it('that leaves no room for the thread says so', async () => {
    const long = { ...said, text: 'word '.repeat(2_000) };
    const { prompt, remarks } = await begin(async () => [long]).reading;
    expect(JSON.stringify(prompt.messages)).not.toContain('word word');
    expect(remarks[0]).toMatch(/earlier messages/);
  });

  it('waits for the platform when it is asked to, and then reads the thread', async () => {
    let calls = 0;
    const { clock, reading, faults } = begin(async () => {
      calls += 1;
      if (calls === 1) throw new BotError('platform-rate-limited', '429', { retryAfterMs: 2_000 });
      return [said];
    });
    await clock.advance(1_999);
    expect(calls).toBe(1);
    await clock.advance(1);
    expect(JSON.stringify((await reading).prompt.messages)).toContain('Before.');
    expect(faults).toMatchObject([{ code: 'platform-rate-limited' }]);
  });

  it.each([
    ['refuses', new BotError('platform-refused', 'missing_scope')],
    ['asks for too long a wait', new BotError('platform-rate-limited', '429', { retryAfterMs: 60_000 })],
  ])('is asked without the thread where the platform %s', async (_what, error) => {
    const { prompt, remarks } = await begin(async () => {
      throw error;
    }).reading;
    expect(prompt.messages).toHaveLength(2);
    expect(remarks[0]).toMatch(/earlier messages/);
  });

  it('is given up as soon as it is stopped', async () => {
    const { abort, clock, reading } = begin(async () => {
      throw new BotError('platform-unavailable', '503');
    });
    await clock.advance(100);
    const stopped = new BotError('stopped', 'x');
    abort.abort(stopped);
    await expect(reading).rejects.toBe(stopped);
    expect(clock.timers()).toBe(0);
  });
});
