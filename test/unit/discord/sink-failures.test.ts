// What Discord's refusals and lost answers mean for a reply that is being written. What is asserted is what readers see.

import { describe, expect, it } from 'vitest';
import { toPlanned } from '../../fakes/planned-sink.ts';
import { createScene, freeLanes, openReply as open, post, seen, toPage } from './fixtures.ts';

describe('a call whose answer was lost', () => {
  it('opens no second thread and posts no second message', async () => {
    const scene = await createScene();
    const mention = await scene.ask('@Rill hello');
    const sink = open(scene, mention);
    scene.server.fail({ method: 'POST', route: /\/threads$/u, with: { kind: 'lost-after' } });
    scene.server.fail({ method: 'POST', route: '/channels/:channel/messages', with: { kind: 'lost-after' } });

    await expect(sink.post(toPage('A'))).rejects.toMatchObject({ code: 'platform-unavailable' });
    await sink.post(toPage('A'));
    await expect(sink.post(toPage('A'))).rejects.toMatchObject({ code: 'platform-unavailable' });
    const written = await sink.post(toPage('A and more'));

    expect(written.shown).toBe(10);
    const messages = scene.server.thread(mention.thread);
    expect(messages.map((message) => seen(message.content))).toEqual(['A and more']);
  });

  it('is found again by another process that runs the same turn', async () => {
    const scene = await createScene();
    const mention = await scene.ask('@Rill hello');
    await post(open(scene, mention), toPage('Before the crash'));

    await post(
      toPlanned(scene.worker().openReply(mention, { turn: 'turn-1' }), freeLanes),
      toPage('After the crash'),
    );

    const messages = scene.server.thread(mention.thread);
    expect(messages.map((message) => seen(message.content))).toEqual(['After the crash']);
  });
});

describe('a page that takes no more', () => {
  async function written(text: string) {
    const scene = await createScene();
    const mention = await scene.ask('@Rill hello');
    const sink = open(scene, mention);
    const { ref } = await post(sink, toPage(text));
    return { scene, mention, sink, ref };
  }

  it('says how much stands there when its thread was archived, also after a lost answer', async () => {
    const { scene, mention, sink, ref } = await written('Half');
    scene.server.fail({ method: 'PATCH', with: { kind: 'lost-after' } });
    await expect(sink.edit(ref, toPage('Half an ans'))).rejects.toMatchObject({
      code: 'platform-unavailable',
    });
    scene.server.archive(mention.thread);

    await expect(sink.edit(ref, toPage('Half an answer'))).rejects.toMatchObject({
      code: 'page-sealed',
      shown: 11,
    });
    await sink.post(toPage('wer', { index: 1 }));
    expect(seen(scene.server.thread(mention.thread).at(-1)?.content)).toBe('wer');
  });

  it('is known by its code when Discord hides it in a 429', async () => {
    const { scene, sink, ref } = await written('Half');
    scene.server.fail({ method: 'PATCH', with: { kind: 'refused', status: 429, code: 30046 } });

    await expect(sink.edit(ref, toPage('Half an answer'))).rejects.toMatchObject({
      code: 'page-sealed',
      shown: 4,
    });
  });

  it('is followed by one below the question when the thread was locked', async () => {
    const { scene, mention, sink, ref } = await written('Half');
    scene.server.archive(mention.thread, { locked: true });

    await expect(sink.edit(ref, toPage('Half an'))).rejects.toMatchObject({ code: 'page-sealed' });
    await post(sink, toPage(' an', { index: 1 }));

    expect(scene.server.channel(mention.channel).at(-1)).toMatchObject({ replyTo: mention.message });
  });

  it('is deleted when its message or its thread is', async () => {
    const { scene, mention, sink, ref } = await written('Half');
    await scene.server.remove(mention.thread, ref.id);
    await expect(sink.edit(ref, toPage('Half an'))).rejects.toMatchObject({ code: 'message-deleted' });

    await scene.server.remove(mention.thread);
    await expect(sink.edit(ref, toPage('Half an'))).rejects.toMatchObject({ code: 'message-deleted' });
    await expect(sink.post(toPage('x', { index: 1 }))).rejects.toMatchObject({ code: 'message-deleted' });
  });
});

describe('rate limits', () => {
  it('are told from the headers, and a call beyond them is refused at once with the time to wait', async () => {
    const scene = await createScene();
    const mention = await scene.ask('@Rill hello');
    const sink = open(scene, mention);
    const { ref } = await post(sink, toPage('0'));
    for (const text of ['1', '2', '3', '4', '5']) await sink.edit(ref, toPage(text));
    const before = scene.server.calls.length;

    const refused = await sink.edit(ref, toPage('6')).catch((error: unknown) => error);

    expect(refused).toMatchObject({ code: 'platform-rate-limited' });
    expect((refused as { retryAfterMs: number }).retryAfterMs).toBeGreaterThan(3_000);
    expect((refused as { retryAfterMs: number }).retryAfterMs).toBeLessThanOrEqual(5_000);
    expect(scene.server.calls.length).toBe(before);
    const edits = scene.limits.filter(({ lane }) => lane.key === `discord:${mention.thread}:edit`);
    expect(edits.map(({ limit }) => limit.remaining)).toEqual([4, 3, 2, 1, 0]);
    expect(edits.every(({ limit }) => limit.limit === 5 && limit.resetAfterMs <= 5_000)).toBe(true);
    expect(sink.lane('final')).toEqual(edits[0]?.lane);
  });

  it('of a 429 wait exactly as long as Discord says', async () => {
    const scene = await createScene();
    const mention = await scene.ask('@Rill hello');
    const sink = open(scene, mention);
    const { ref } = await post(sink, toPage('0'));
    scene.server.fail({ method: 'PATCH', with: { kind: 'rate-limited', retryAfterMs: 2_000 } });

    await expect(sink.edit(ref, toPage('1'))).rejects.toMatchObject({
      code: 'platform-rate-limited',
      retryAfterMs: 2_000,
    });
  });
});

describe('other failures', () => {
  it('are told apart: out of reach, refused, a wrong token that may come back', async () => {
    const scene = await createScene();
    const mention = await scene.ask('@Rill hello');
    const sink = open(scene, mention);
    const { ref } = await post(sink, toPage('0'));
    const edit = () => sink.edit(ref, toPage('1'));

    scene.server.fail({ method: 'PATCH', with: { kind: 'html-502' } });
    await expect(edit()).rejects.toMatchObject({ code: 'platform-unavailable', status: 502 });
    scene.server.fail({ method: 'PATCH', with: { kind: 'lost-before' } });
    await expect(edit()).rejects.toMatchObject({ code: 'platform-unavailable' });
    scene.server.fail({ method: 'PATCH', with: { kind: 'refused', status: 403, code: 50013 } });
    await expect(edit()).rejects.toThrow(/lacks .*Send Messages/u);
    scene.server.fail({ method: 'PATCH', with: { kind: 'refused', status: 400, code: 200000 } });
    await expect(edit()).rejects.toMatchObject({ code: 'platform-refused' });
    scene.server.fail({ method: 'PATCH', with: { kind: 'refused', status: 401, code: 0 } });
    await expect(edit()).rejects.toThrow(/DISCORD_TOKEN/u);

    await edit();
    expect(seen(scene.server.thread(mention.thread)[0]?.content)).toBe('1');
  });
});

describe('a 200 that is not Discord’s', () => {
  const pages = ['html-200', 'empty-200'] as const;

  it.each(pages)(
    '(%s) to a deletion is none: the message stands, and goes by the next call',
    async (kind) => {
      const scene = await createScene();
      const mention = await scene.ask('@Rill hello');
      const sink = open(scene, mention);
      const { ref } = await post(sink, toPage('A page'));
      scene.server.fail({ method: 'DELETE', with: { kind } });
      await expect(sink.discard?.(ref)).rejects.toMatchObject({ code: 'platform-unavailable' });
      expect(scene.server.thread(mention.thread)).toHaveLength(1);
      await sink.discard?.(ref);
      expect(scene.server.thread(mention.thread)).toEqual([]);
    },
  );

  it.each(pages)(
    '(%s) to a post or an edit is no answer: it is made again, once to be seen',
    async (kind) => {
      const scene = await createScene();
      const mention = await scene.ask('@Rill hello');
      const sink = open(scene, mention);
      scene.server.fail({ method: 'POST', route: '/channels/:channel/messages', with: { kind } });
      scene.server.fail({ method: 'PATCH', with: { kind } });
      await sink.post(toPage('A page'));
      await expect(sink.post(toPage('A page'))).rejects.toMatchObject({ code: 'platform-unavailable' });
      const { ref } = await sink.post(toPage('A page'));
      await expect(sink.edit(ref, toPage('A page, and more'))).rejects.toMatchObject({
        code: 'platform-unavailable',
      });
      await sink.edit(ref, toPage('A page, and more'));
      const shown = scene.server.thread(mention.thread).map(({ content }) => seen(content));
      expect(shown).toEqual(['A page, and more']);
    },
  );

  it.each(pages)('(%s) to a reading call tells nothing of what stands', async (kind) => {
    const scene = await createScene();
    const mention = await scene.ask('@Rill hello');
    const sink = open(scene, mention);
    const { ref } = await post(sink, toPage('A page'));
    scene.server.fail({ method: 'GET', with: { kind } });
    await expect(sink.read?.(ref, toPage('A page'))).rejects.toMatchObject({ code: 'platform-unavailable' });
    await expect(sink.read?.(ref, toPage('A page'))).resolves.toBe(6);
  });

  it('is told from a 204, which has no body and no content type', async () => {
    const scene = await createScene();
    const mention = await scene.ask('@Rill hello');
    const sink = open(scene, mention);
    const { ref } = await post(sink, toPage('A page'));
    await expect(sink.discard?.(ref)).resolves.toBeUndefined();
    expect(scene.server.calls.at(-1)).toMatchObject({ method: 'DELETE', status: 204 });
  });
});
