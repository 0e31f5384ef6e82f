// What people do on Slack, as the bot hears of it, through the real Bolt.

import { describe, expect, it } from 'vitest';
import { createFakeClock } from '../../fakes/clock.ts';
import { toPlanned } from '../../fakes/planned-sink.ts';
import { createWorld } from './world.ts';

describe.each([
  { mode: 'Socket Mode', http: false },
  { mode: 'HTTP', http: true },
])('by $mode', ({ http }) => {
  it('a mention in a channel is plain data, with the bot’s mention taken away', async () => {
    const { slack, mentions } = await createWorld({ http });
    const said = await slack.say({ channel: 'C1', user: 'U1', text: `<@${slack.botUserId}> hi &amp; <@U1>` });
    expect(await said.delivered).toBe(true);
    expect(mentions).toEqual([
      {
        id: `slack:${slack.teamId}:C1:${said.ts}`,
        platform: 'slack',
        scope: slack.teamId,
        channel: 'C1',
        thread: said.ts,
        message: said.ts,
        direct: false,
        asker: { id: 'U1', name: 'Ada' },
        text: 'hi & @Ada',
        attachments: [],
        locale: 'en-GB',
        sentAt: Math.floor(Number(said.ts) * 1000),
        native: { team: slack.teamId },
      },
    ]);
    expect(slack.specBreaches).toEqual([]);
  });

  it('an event is not acknowledged before its mention is stored', async () => {
    let store = () => {};
    const stored = new Promise<void>((resolve) => {
      store = resolve;
    });
    const { slack, mentions, when } = await createWorld({
      http,
      events: {
        onMention: () => stored,
      },
    });
    const said = await slack.say({ channel: 'C1', text: `<@${slack.botUserId}> hi` });
    await when(() => mentions.length === 1);
    // A whole round trip later there is still no acknowledgement.
    await slack.say({ channel: 'D1', text: 'another' });
    await when(() => mentions.length === 2);
    expect(slack.deliveries.map((delivery) => delivery.acked)).toEqual([null, null]);
    store();
    expect(await said.delivered).toBe(true);
  });

  it('an event whose mention could not be stored is delivered again', async () => {
    let attempts = 0;
    const { slack } = await createWorld({
      http,
      server: { ackTimeoutMs: 200 },
      events: {
        onMention: async () => {
          attempts += 1;
          if (attempts === 1) throw new Error('the disk is full');
        },
      },
    });
    const said = await slack.say({ channel: 'C1', text: `<@${slack.botUserId}> hi` });
    expect(await said.delivered).toBe(true);
    expect(attempts).toBe(2);
    expect(slack.deliveries.map((delivery) => delivery.acked)).toEqual([false, true]);
  });

  it('a pressed button is a control, and the answer is for the presser’s eyes only', async () => {
    const { slack, platform, mentions, controls, when } = await createWorld({
      http,
      events: {
        onControl: async () => 'Nothing to stop <here>.',
      },
    });
    const said = await slack.say({ channel: 'C1', user: 'U1', text: `<@${slack.botUserId}> hi` });
    const mention = await when(() => mentions[0]);
    const { ref } = await toPlanned(platform.openReply(mention, { turn: 'turn-1' }), {
      room: () => 1,
      tau: () => 0,
    }).post({
      index: 0,
      text: 'Hello',
      view: { body: 'Hello', opened: 0, closed: 0, cursor: true },
      state: 'writing',
      final: false,
      controls: [{ action: 'stop', turn: 'turn-1', label: 'Stop' }],
    });
    expect(await slack.press({ channel: 'C1', ts: ref.id, label: 'Stop', user: 'U1' })).toBe(true);
    const shown = await slack.until(() => slack.ephemerals('C1', 'U1')[0]);
    expect(shown).toMatchObject({ text: 'Nothing to stop &lt;here&gt;.', thread: said.ts });
    expect(controls).toEqual([
      {
        action: 'stop',
        turn: 'turn-1',
        by: { id: 'U1', name: 'Ada' },
        at: { platform: 'slack', scope: slack.teamId, channel: 'C1', direct: false, locale: 'en-GB' },
      },
    ]);
    expect(slack.specBreaches).toEqual([]);
  });
});

describe('messages', () => {
  it('in a thread belong to that thread', async () => {
    const { slack, mentions, when } = await createWorld();
    const root = await slack.say({ channel: 'C1', text: 'a plain message', deliver: false });
    await slack.say({ channel: 'C1', text: `<@${slack.botUserId}> and this?`, thread: root.ts });
    const mention = await when(() => mentions[0]);
    expect(mention).toMatchObject({ thread: root.ts, text: 'and this?' });
  });

  it('in a direct conversation need no mention, and carry files', async () => {
    const { slack, mentions, when } = await createWorld();
    const files = [
      { name: 'notes.txt', mimetype: 'text/plain; charset=utf-8', bytes: 'abc' },
      { name: 'voice.m4a', mimetype: 'audio/mp4', bytes: 'abc', fields: { subtype: 'slack_audio' } },
    ];
    await slack.say({ channel: 'D1', text: 'what is this?', files });
    const mention = await when(() => mentions[0]);
    expect(mention).toMatchObject({ direct: true, text: 'what is this?' });
    expect(mention.attachments).toMatchObject([
      { name: 'notes.txt', mediaType: 'text/plain', size: 3 },
      { name: 'voice.m4a', mediaType: 'audio/mp4', voice: true },
    ]);
  });

  it('of the bot itself, of other bots, edited or changed ones are no mentions', async () => {
    const { slack, mentions } = await createWorld();
    const mentioned = `<@${slack.botUserId}> hi`;
    const settled = [
      slack.send({
        type: 'message',
        channel: 'D1',
        channel_type: 'im',
        user: slack.botUserId,
        text: 'x',
        ts: '1.1',
      }),
      slack.send({
        type: 'message',
        channel: 'D1',
        channel_type: 'im',
        user: 'U1',
        bot_id: 'B9',
        text: 'x',
        ts: '1.2',
      }),
      slack.send({
        type: 'message',
        channel: 'D1',
        channel_type: 'im',
        subtype: 'bot_message',
        text: 'x',
        ts: '1.3',
      }),
      slack.send({
        type: 'message',
        channel: 'D1',
        channel_type: 'im',
        subtype: 'message_changed',
        ts: '1.4',
      }),
      slack.send({
        type: 'message',
        channel: 'C1',
        channel_type: 'channel',
        user: 'U1',
        text: 'x',
        ts: '1.5',
      }),
      slack.send({
        type: 'app_mention',
        channel: 'C1',
        user: 'U1',
        text: mentioned,
        ts: '1.6',
        edited: { ts: '1.7' },
      }),
    ];
    expect(await Promise.all(settled)).toEqual([true, true, true, true, true, true]);
    expect(mentions).toEqual([]);
  });

  it('told of twice have one id', async () => {
    const { slack, mentions } = await createWorld();
    const said = await slack.say({ channel: 'C1', text: `<@${slack.botUserId}> hi` });
    await said.delivered;
    await slack.redeliver('C1', said.ts);
    const event = {
      channel: 'C1',
      channel_type: 'channel',
      user: 'U0ASKER',
      text: `<@${slack.botUserId}> hi`,
      ts: said.ts,
    };
    await slack.send({ ...event, type: 'app_mention' });
    expect(mentions).toHaveLength(3);
    expect(new Set(mentions.map((mention) => mention.id)).size).toBe(1);
  });

  it('of people whom Slack does not tell about carry the id as a name', async () => {
    const { slack, mentions, when } = await createWorld();
    slack.fail({ method: 'users.info', times: 10, with: { error: 'user_not_found' } });
    await slack.say({ channel: 'C1', user: 'U1', text: `<@${slack.botUserId}> hi` });
    const mention = await when(() => mentions[0]);
    expect(mention.asker).toEqual({ id: 'U1', name: 'U1' });
    expect(mention.locale).toBeUndefined();
  });

  it('names the bot in a hint as people can say it, also where Slack does not tell its name', async () => {
    const clock = createFakeClock();
    const { slack, platform } = await createWorld({ adapter: { clock } });
    slack.fail({ method: 'users.info', with: { error: 'user_not_found' } });
    expect(await platform.botName?.()).toBe('Rill');
    slack.fail({ method: 'users.info', with: 'hang' });
    const asked = platform.botName?.();
    await slack.until(() => slack.calls.filter(({ method }) => method === 'users.info').length === 2);
    await clock.advance(1500);
    expect(await asked).toBe('Rill');
  });

  it('are not held up by a lookup that hangs', async () => {
    const clock = createFakeClock();
    const { slack, mentions } = await createWorld({ adapter: { clock } });
    slack.fail({ method: 'users.info', with: 'hang' });
    const said = await slack.say({ channel: 'C1', user: 'U1', text: `<@${slack.botUserId}> hi` });
    await slack.until(() => slack.calls.some((call) => call.method === 'users.info'));
    await clock.advance(1500);
    expect(await said.delivered).toBe(true);
    expect(mentions).toMatchObject([{ asker: { id: 'U1', name: 'U1' } }]);
  });

  it('with 600 mentions are told of within a moment, with the names that are known by then', async () => {
    const people = Object.fromEntries(
      Array.from({ length: 600 }, (_, at) => [`U5${at}`, { name: `Person ${at}` }]),
    );
    const { slack, mentions } = await createWorld({
      server: { users: people, limits: 'off', latencyMs: 20, retryDelaysMs: [] },
    });
    const from = performance.now();
    const text = `<@${slack.botUserId}> who are ${Object.keys(people)
      .map((id) => `<@${id}>`)
      .join(' ')}?`;
    const said = await slack.say({ channel: 'C1', user: 'U50', text });
    expect(await said.delivered).toBe(true);
    expect(performance.now() - from).toBeLessThan(2_800);
    expect(mentions).toHaveLength(1);
    expect(mentions[0]?.asker.name).toBe('Person 0');
    expect(mentions[0]?.text).toMatch(/^who are @Person 0 @Person 1 .*@(?:Person |U5)599\?$/);
    const busiest = slack.calls.filter(({ method }) => method === 'users.info').length;
    expect(busiest).toBeLessThanOrEqual(600);
  });

  it('with 600 mentions whom Slack does not tell about at all wait for that once', async () => {
    const clock = createFakeClock();
    const { slack, mentions } = await createWorld({ adapter: { clock } });
    slack.fail({ method: 'users.info', times: 999, with: 'hang' });
    const ids = Array.from({ length: 600 }, (_, at) => `<@U5${at}>`);
    const said = await slack.say({
      channel: 'C1',
      user: 'U1',
      text: `<@${slack.botUserId}> ${ids.join('')}`,
    });
    await slack.until(() => slack.calls.filter((call) => call.method === 'users.info').length >= 16);
    await clock.advance(1500);
    expect(await said.delivered).toBe(true);
    expect(mentions[0]?.text).toMatch(/^@U50@U51/);
    expect(slack.calls.filter((call) => call.method === 'users.info')).toHaveLength(16);
  });

  it('stop asking for names when Slack says that it is too often', async () => {
    const { slack, mentions } = await createWorld();
    slack.fail({ method: 'users.info', times: 999, with: { rateLimitedForSeconds: 30 } });
    const ids = Array.from({ length: 100 }, (_, at) => `<@U5${at}>`);
    const said = await slack.say({
      channel: 'C1',
      user: 'U1',
      text: `<@${slack.botUserId}> ${ids.join('')}`,
    });
    expect(await said.delivered).toBe(true);
    expect(mentions[0]?.asker.name).toBe('U1');
    expect(slack.calls.filter((call) => call.method === 'users.info').length).toBeLessThanOrEqual(16);
  });

  it('that are refused whoever asks them are told of without a question for names, files among them', async () => {
    const { slack, mentions } = await createWorld({ events: { isRefused: () => true } });
    const text = `<@${slack.botUserId}> what does <@U2> say?`;
    await (await slack.say({ channel: 'C1', user: 'U1', text })).delivered;
    expect(mentions).toMatchObject([{ asker: { id: 'U1', name: 'U1' }, text: 'what does @U2 say?' }]);
    expect(slack.calls.filter(({ method }) => /^(?:users|files)\.info$/.test(method))).toEqual([]);
  });

  it('that are refused carry the names that were told before', async () => {
    let isFull = false;
    const { slack, mentions } = await createWorld({ events: { isRefused: () => isFull } });
    const text = `<@${slack.botUserId}> hi`;
    await (await slack.say({ channel: 'C1', user: 'U1', text })).delivered;
    isFull = true;
    await (await slack.say({ channel: 'C1', user: 'U1', text })).delivered;
    expect(mentions.map(({ asker, locale }) => [asker.name, locale])).toEqual([
      ['Ada', 'en-GB'],
      ['Ada', 'en-GB'],
    ]);
    expect(slack.calls.filter(({ method }) => method === 'users.info')).toHaveLength(1);
  });

  it('of more people than Slack tells of in a minute ask for no more of them than that', async () => {
    const clock = createFakeClock();
    const people = Object.fromEntries(
      Array.from({ length: 150 }, (_, at) => [`U5${at}`, { name: `Person ${at}` }]),
    );
    const { slack, mentions } = await createWorld({
      server: { users: people, retryDelaysMs: [], limits: 'off' },
      adapter: { clock },
    });
    const asked = () => slack.calls.filter(({ method }) => method === 'users.info');
    const ask = async (ids: readonly string[]) => {
      const text = `<@${slack.botUserId}> ${ids.map((id) => `<@${id}>`).join(' ')}`;
      await (await slack.say({ channel: 'C1', user: 'U50', text })).delivered;
    };
    await ask(Object.keys(people));
    expect(asked()).toHaveLength(100);
    expect(mentions[0]?.text).toMatch(/@Person 99 @U5100/);
    await clock.advance(62_000);
    await ask(Object.keys(people).slice(100));
    expect(mentions[1]?.text).toMatch(/^@Person 100 .*@Person 149$/);
  });

  it('of the bot that are deleted in a direct conversation are told of, whoever deleted them: whose it was is the core’s to know', async () => {
    const { slack, platform, mentions, controls, when } = await createWorld();
    await slack.say({ channel: 'D1', text: 'hi' });
    const sink = toPlanned(platform.openReply(await when(() => mentions[0]), { turn: 't' }), {
      room: () => 1,
      tau: () => 0,
    });
    const page = {
      text: 'a',
      view: { body: 'a', opened: 0, closed: 0, cursor: false },
      state: 'writing',
      final: false,
      controls: [],
    } as const;
    const own = await sink.post({ ...page, index: 0 });
    const other = await sink.post({ ...page, index: 1 });
    await sink.discard?.(own.ref);
    slack.remove('D1', other.ref.id);
    await when(() => controls.length > 1);
    const at = { platform: 'slack', scope: slack.teamId, channel: 'D1', direct: true };
    expect(controls).toEqual([
      { action: 'deleted', message: own.ref.id, at },
      { action: 'deleted', message: other.ref.id, at },
    ]);
  });
});

describe('events by HTTP', () => {
  it('answer Slack’s challenge', async () => {
    const { slack, eventsUrl } = await createWorld({ http: true });
    expect(await slack.verifyUrl(eventsUrl)).toBe(true);
  });

  it('are refused without a right signature', async () => {
    const { slack, mentions, eventsUrl } = await createWorld({ http: true });
    const event = {
      type: 'app_mention',
      channel: 'C1',
      user: 'U1',
      text: `<@${slack.botUserId}> hi`,
      ts: '1.1',
    };
    const answer = await fetch(eventsUrl, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-slack-request-timestamp': String(Math.floor(Date.now() / 1000)),
        'x-slack-signature': `v0=${'0'.repeat(64)}`,
      },
      body: JSON.stringify({ type: 'event_callback', event }),
    });
    expect(answer.status).toBe(401);
    expect(mentions).toEqual([]);
  });

  it('are refused after the stop, so that the next process gets them', async () => {
    const { slack, platform, mentions } = await createWorld({ http: true, server: { retryDelaysMs: [] } });
    await platform.stop();
    expect(platform.isConnected()).toBe(false);
    const said = await slack.say({ channel: 'C1', text: `<@${slack.botUserId}> hi` });
    expect(await said.delivered).toBe(false);
    expect(mentions).toEqual([]);
  });

  it('have one address only', async () => {
    const { eventsUrl } = await createWorld({ http: true });
    expect((await fetch(`${eventsUrl}/more`, { method: 'POST' })).status).toBe(404);
    expect((await fetch(eventsUrl)).status).toBe(405);
  });
});
