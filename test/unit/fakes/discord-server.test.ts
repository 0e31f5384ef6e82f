// Owns the proof that the fake Discord refuses the message bodies that Discord refuses: one test a rule.

import { afterEach, describe, expect, it } from 'vitest';
import { createFakeClock } from '../../fakes/clock.ts';
import {
  createDiscordServer,
  type DiscordServer,
  type DiscordServerOptions,
} from '../../fakes/discord-server/index.ts';
import { createCalls } from './discord-calls.ts';

let server: DiscordServer;
let calls: ReturnType<typeof createCalls>;

afterEach(() => server.close());

async function start(options: DiscordServerOptions = {}) {
  server = await createDiscordServer(options);
  calls = createCalls(server);
  return server.createChannel();
}

const row = (...buttons: unknown[]) => ({ type: 1, components: buttons });
const button = (customId: string, label = 'Stop') => ({ type: 2, style: 2, label, custom_id: customId });

describe('a message body', () => {
  it('is shown without the white space at its ends', async () => {
    const channel = await start();
    await calls.post(channel, { content: '\n hello  \n' });
    expect(server.channel(channel).map((message) => message.content)).toEqual(['hello']);
  });

  it('takes 2,000 characters and refuses one more, in edits too', async () => {
    const channel = await start();
    const { status, id } = await calls.post(channel, { content: 'x'.repeat(2_000) });
    const longer = await calls.post(channel, { content: 'x'.repeat(2_001) });
    const edited = await calls.edit(channel, id, { content: 'x'.repeat(2_001) });
    expect([status, longer.code, edited.code]).toEqual([200, 50035, 50035]);
  });

  it('may not be empty', async () => {
    const channel = await start();
    const { id } = await calls.post(channel, { content: 'full' });
    expect((await calls.post(channel, { content: ' \n ' })).code).toBe(50006);
    expect((await calls.edit(channel, id, { content: '' })).code).toBe(50006);
  });

  it('has buttons with labels of 80, custom ids of 1 to 100, five in a row, each id once', async () => {
    const channel = await start({ limits: 'off' });
    const codeOf = async (...rows: unknown[]) =>
      (await calls.post(channel, { content: 'x', components: rows })).code;
    const six = ['1', '2', '3', '4', '5', '6'].map((id) => button(id));
    expect(await codeOf(row(...six.slice(0, 5), ...[]))).toBeNaN();
    expect(await codeOf(row(...six))).toBe(50035);
    expect(await codeOf(row(button('a', 'x'.repeat(81))))).toBe(50035);
    expect(await codeOf(row(button('a'.repeat(101))))).toBe(50035);
    expect(await codeOf(row(button('')))).toBe(50035);
    expect(await codeOf(row(button('same'), button('same')))).toBe(50035);
    expect(await codeOf(...Array.from({ length: 6 }, (_, index) => row(button(`${index}`))))).toBe(50035);
  });

  it('keeps Components V2 apart from content, at 4,000 characters and 40 components', async () => {
    const channel = await start({ limits: 'off' });
    const text = (content: string) => ({ type: 10, content });
    const codeOf = async (body: object) => (await calls.post(channel, { flags: 1 << 15, ...body })).code;
    expect(await codeOf({ components: [text('one'), row(button('a'))] })).toBeNaN();
    expect(await codeOf({ content: 'x', components: [text('one')] })).toBe(50035);
    expect(await codeOf({ components: [text('x'.repeat(2_001)), text('x'.repeat(2_000))] })).toBe(50035);
    expect(await codeOf({ components: Array.from({ length: 41 }, () => text('x')) })).toBe(50035);
  });

  it('has embeds of 4,096 characters of description and 6,000 in all', async () => {
    const channel = await start();
    const codeOf = async (...sizes: number[]) =>
      (await calls.post(channel, { embeds: sizes.map((size) => ({ description: 'x'.repeat(size) })) })).code;
    expect([await codeOf(4_096), await codeOf(4_097), await codeOf(3_001, 3_000)]).toEqual([
      Number.NaN,
      50035,
      50035,
    ]);
  });

  it('sets only the flags that a bot may set, and an edit can take SUPPRESS_EMBEDS away', async () => {
    const channel = await start();
    const { id } = await calls.post(channel, { content: 'x', flags: 1 << 2 });
    expect((await calls.post(channel, { content: 'x', flags: 1 << 0 })).code).toBe(50035);
    expect(server.channel(channel)[0]?.flags).toBe(4);
    await calls.edit(channel, id, { content: 'y' });
    expect(server.channel(channel)[0]?.flags).toBe(4);
    await calls.edit(channel, id, { content: 'y', flags: 0 });
    expect(server.channel(channel)[0]?.flags).toBe(0);
  });

  it('names as reply only a message of the same channel that exists', async () => {
    const channel = await start();
    const asked = await server.say({ channel, content: 'hi' });
    const ok = await calls.post(channel, { content: 'x', message_reference: { message_id: asked.id } });
    const gone = { message_id: '123456789012345678' };
    expect(server.channel(channel).find((message) => message.id === ok.id)?.replyTo).toBe(asked.id);
    expect((await calls.post(channel, { content: 'x', message_reference: gone })).code).toBe(50035);
    expect(
      (await calls.post(channel, { content: 'x', message_reference: { ...gone, fail_if_not_exists: false } }))
        .status,
    ).toBe(200);
    const elsewhere = { message_id: asked.id, channel_id: server.createChannel() };
    expect((await calls.post(channel, { content: 'x', message_reference: elsewhere })).code).toBe(50035);
  });

  it('must be JSON', async () => {
    const channel = await start();
    const response = await fetch(`${server.apiUrl}/v10/channels/${channel}/messages`, {
      method: 'POST',
      headers: { authorization: `Bot ${server.token}`, 'content-type': 'application/x-www-form-urlencoded' },
      body: 'content=hello',
    });
    expect(await response.json()).toMatchObject({ code: 50109 });
  });
});

describe('a nonce', () => {
  it('is at most 25 characters', async () => {
    const channel = await start();
    expect((await calls.post(channel, { content: 'x', nonce: 'n'.repeat(26) })).code).toBe(50035);
  });

  it('with enforce_nonce returns the message that it made, for some minutes', async () => {
    const clock = createFakeClock();
    const channel = await start({ clock });
    const body = { nonce: 'n'.repeat(25), enforce_nonce: true };
    const first = await calls.post(channel, { content: 'one', ...body });
    const again = await calls.post(channel, { content: 'two', ...body });
    expect([again.id, again.content]).toEqual([first.id, 'one']);
    await clock.advance(181_000);
    expect((await calls.post(channel, { content: 'three', ...body })).id).not.toBe(first.id);
    expect(server.channel(channel).map((message) => message.content)).toEqual(['one', 'three']);
  });

  it('without enforce_nonce makes a second message', async () => {
    const channel = await start();
    await calls.post(channel, { content: 'one', nonce: 'a' });
    await calls.post(channel, { content: 'one', nonce: 'a' });
    expect(server.channel(channel)).toHaveLength(2);
  });
});

describe('a ping', () => {
  it('is counted for every mention that allowed_mentions lets through, and for all where it is absent', async () => {
    const channel = await start({ limits: 'off' });
    const { id: user } = server.person('Bea');
    const content = `@everyone @here <@${user}> <@&${server.guildId}>`;
    const pinged = async (allowed?: unknown) => {
      const before = server.pings.length;
      await calls.post(channel, { content, ...(allowed === undefined ? {} : { allowed_mentions: allowed }) });
      return server.pings.slice(before).map((ping) => ping.what);
    };
    expect(await pinged()).toEqual(['@everyone', '@here', `<@${user}>`, `<@&${server.guildId}>`]);
    expect(await pinged({ parse: [] })).toEqual([]);
    expect(await pinged({ parse: ['everyone'] })).toEqual(['@everyone', '@here']);
    expect(await pinged({ parse: [], users: [user] })).toEqual([`<@${user}>`]);
  });

  it('is counted for an edit that leaves allowed_mentions out', async () => {
    const channel = await start();
    const { id } = await calls.post(channel, { content: 'x' });
    await calls.edit(channel, id, { content: '@here' });
    await calls.edit(channel, id, { content: '@here', allowed_mentions: { parse: [] } });
    expect(server.pings).toEqual([{ channel, message: id, what: '@here', by: 'edit' }]);
  });

  it('goes to the author replied to unless replied_user is off', async () => {
    const channel = await start();
    const asked = await server.say({ channel, content: 'hi' });
    const body = { content: 'x', message_reference: { message_id: asked.id } };
    await calls.post(channel, { ...body, allowed_mentions: { parse: [] } });
    expect(server.pings).toEqual([]);
    await calls.post(channel, body);
    expect(server.pings.map((ping) => ping.what)).toEqual(['reply']);
  });

  it('is refused where parse and a list of the same kind contradict each other', async () => {
    const channel = await start();
    const allowed = { parse: ['users'], users: [server.botId] };
    expect((await calls.post(channel, { content: 'x', allowed_mentions: allowed })).code).toBe(50035);
  });
});
