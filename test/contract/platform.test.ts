import { createSlackPlatform } from '../../adapters/slack/platform.ts';
import { systemClock } from '../../src/clock.ts';
import { BotError } from '../../src/errors.ts';
import type { Control, Mention } from '../../src/platform.ts';
import { createMemoryPlatform } from '../fakes/memory-platform.ts';
import { createScene, seen } from '../unit/discord/fixtures.ts';
import { createWorld } from '../unit/slack/world.ts';
import { describePlatform } from './platform.ts';
import type { PlatformBench } from './platform-bench.ts';
import { openWebBench } from './web-bench.ts';

type Heard = Pick<PlatformBench, 'hold' | 'answer'> & {
  readonly mentions: Mention[];
  readonly controls: Control[];
};

function createHeard(): Heard {
  return { hold: undefined, answer: undefined, mentions: [], controls: [] };
}

describePlatform('memory', async () => {
  const platform = createMemoryPlatform();
  const heard = createHeard();
  await platform.start({
    async onMention(mention) {
      heard.mentions.push(mention);
      await heard.hold;
    },
    async onControl(control) {
      heard.controls.push(control);
      return heard.answer;
    },
    onLimit: () => undefined,
  });
  const find = (id: string) => platform.messages.find((message) => message.id === id);
  return Object.assign(heard, {
    platform,
    worker: () => platform,
    person: 'Ann',
    async ask(text: string, after?: Mention) {
      void platform.ask(text, after ? { thread: after.thread } : {});
      return heard.mentions.at(-1) as Mention;
    },
    async redeliver(mention: Mention) {
      heard.mentions.push(mention);
    },
    async press(mention: Mention, id: string, label: string) {
      const button = find(id)?.page.controls.find((control) => control.label === label);
      if (button === undefined) throw new Error(`no button ${label}`);
      return platform.press({ ...button, by: mention.asker, at: mention });
    },
    async remove(_mention: Mention, id: string) {
      const message = find(id);
      if (message) message.deleted = true;
    },
    replies: ({ thread }: Mention) =>
      platform.messages
        .filter((message) => message.thread === thread && !message.deleted)
        .map(({ id, page: { view, controls } }) => ({
          id,
          text: [view.body, view.notice, view.footer].join('\n'),
          buttons: controls.map(({ label }) => label),
        })),
    isWhispered: (_mention: Mention, text: string) => platform.whispers.includes(text),
    isWaiting: ({ id }: Mention) => platform.waiting.has(id),
    fail(op: 'post' | 'edit', fault: string) {
      platform.fault = (called, _page, ref) => {
        if (called !== op) return undefined;
        if (fault !== 'sealed') platform.fault = () => undefined;
        const where = 'memory:T:edit';
        if (fault === 'lost') return 'lost';
        if (fault === 'unavailable') throw new BotError('platform-unavailable', '503');
        if (fault === 'rate-limited')
          throw new BotError('platform-rate-limited', '429', { where, retryAfterMs: 2_000 });
        throw new BotError('page-sealed', 'sealed', { shown: find(ref?.id ?? '')?.page.text.length });
      };
    },
    async until(look: () => boolean) {
      while (!look()) await new Promise((resolve) => setImmediate(resolve));
    },
  });
});

describePlatform('Slack', async () => {
  const heard = createHeard();
  const { slack, platform, mentions, controls, when } = await createWorld({
    events: {
      async onMention() {
        await heard.hold;
      },
      onControl: async () => heard.answer,
    },
  });
  const method = { post: 'chat.postMessage', edit: 'chat.update' } as const;
  const effects = {
    'rate-limited': { rateLimitedForSeconds: 1 },
    unavailable: { httpStatus: 503 },
    lost: 'lost-after',
    sealed: { error: 'edit_window_closed' },
  } as const;
  return Object.assign(heard, {
    mentions,
    controls,
    platform,
    worker: () => createSlackPlatform({ botToken: slack.botToken, apiUrl: slack.url, clock: systemClock }),
    person: 'Ada',
    async ask(text: string, after?: Mention) {
      const before = mentions.length;
      const where = after ? { thread: after.thread } : {};
      await slack.say({ channel: 'C1', user: 'U1', text: `<@${slack.botUserId}> ${text}`, ...where });
      return when(() => mentions[before]);
    },
    redeliver: async (mention: Mention) => void (await slack.redeliver('C1', mention.message)),
    isAcknowledged: () => slack.deliveries.at(-1)?.acked === true,
    async press(mention: Mention, id: string, label: string) {
      await slack.press({ channel: 'C1', ts: id, label, user: mention.asker.id });
      return (await slack.until(() => slack.ephemerals('C1', mention.asker.id)[0])).text;
    },
    remove: async (_mention: Mention, id: string) => slack.remove('C1', id),
    replies: (mention: Mention) =>
      slack
        .thread('C1', mention.thread)
        .filter(({ own }) => own)
        .map(({ ts, parts, buttons }) => ({
          id: ts,
          text: parts.map((part) => part.text).join('\n'),
          buttons: buttons.map(({ label }) => label),
        })),
    isWhispered: (mention: Mention, text: string) =>
      slack.ephemerals('C1', mention.asker.id).some((shown) => shown.text === text),
    isWaiting: (mention: Mention) =>
      slack.reactions('C1', mention.message).includes('hourglass_flowing_sand'),
    fail(op: 'post' | 'edit', fault: keyof typeof effects) {
      const times = fault === 'sealed' ? 100 : 1;
      slack.fail({ method: method[op], times, with: effects[fault] });
    },
    until: async (look: () => boolean) => void (await slack.until(look)),
  });
});

describePlatform('Discord', async () => {
  const scene = await createScene({ server: { limits: 'off' } });
  const { server, platform, mentions, controls } = scene;
  const route = {
    post: { method: 'POST', route: '/channels/:channel/messages' },
    edit: { method: 'PATCH', route: '/channels/:channel/messages/:message' },
  } as const;
  const effects = {
    'rate-limited': { kind: 'rate-limited', retryAfterMs: 300 },
    unavailable: { kind: 'lost-before' },
    lost: { kind: 'lost-after' },
    sealed: { kind: 'refused', status: 429, code: 30046 },
  } as const;
  const heard = createHeard();
  return {
    get hold() {
      return heard.hold;
    },
    set hold(value) {
      heard.hold = value;
    },
    get answer() {
      return scene.answer;
    },
    set answer(value) {
      scene.answer = value;
    },
    platform,
    mentions,
    controls,
    worker: () => scene.worker(),
    person: 'Ada',
    ask(text, after) {
      if (after === undefined) return scene.ask(`@Rill ${text}`);
      // Where nothing was answered yet, somebody opens the thread by hand.
      const isOpen = server.threadsOf(after.channel).some(({ id }) => id === after.thread);
      if (!isOpen) server.openThread(after.channel, after.message);
      return scene.ask(`@Rill ${text}`, { channel: after.thread });
    },
    async redeliver(mention) {
      const before = mentions.length;
      server.redeliver(mention.message);
      await scene.arrived(() => mentions[before]);
    },
    async press(mention, id, label) {
      await server.press({ channel: mention.thread, message: id, label });
      return server.until(() => server.interactionReplies.find((one) => one.content !== undefined)?.content);
    },
    remove: (mention, id) => server.remove(mention.thread, id),
    replies: (mention) =>
      server
        .thread(mention.thread)
        .filter(({ author }) => author.id === server.botId)
        .map(({ id, content, buttons }) => ({
          id,
          text: seen(content),
          buttons: buttons.map(({ label }) => label),
        })),
    isWhispered: (mention, text) =>
      server.channel(mention.channel).some(({ content }) => seen(content) === text),
    isWaiting: (mention) => server.reactions(mention.channel, mention.message).includes('⏳'),
    fail(op, fault) {
      server.fail({ ...route[op], times: fault === 'sealed' ? 100 : 1, with: effects[fault] });
    },
    until: async (look) => void (await server.until(look)),
  };
});

// What is written to the page stays in this process: such a call has no way on which it could fail.
describePlatform('web', openWebBench, { crossesNetwork: false });
