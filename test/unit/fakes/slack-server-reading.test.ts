// What the fake Slack gives back of what was written: to the API, to a reader, and to whoever would be rung.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Caller, closeServers, createCaller } from './slack-caller.ts';

let slack: Caller;
beforeEach(async () => {
  slack = await createCaller({ limits: 'off', users: { U7: { name: 'Grace', locale: 'zh-CN' } } });
});
afterEach(closeServers);

interface ApiMessage {
  readonly ts: string;
  readonly text: string;
  readonly blocks?: { type: string; block_id: string; text?: string }[];
  readonly metadata?: unknown;
  readonly subtype?: string;
}

async function read(args: Record<string, unknown>, method = 'conversations.replies') {
  const answer = await slack.call(method, { channel: 'C1', ...args });
  return { ...answer, messages: answer.body.messages as ApiMessage[] };
}

describe('conversations.replies', () => {
  it('refuses a thread that is not there, and a wrong cursor', async () => {
    expect((await read({ ts: '1.000001' })).error).toBe('thread_not_found');
    const ts = await slack.post();
    expect((await read({ ts, cursor: 'x' })).error).toBe('invalid_cursor');
    expect((await read({ ts, limit: 1001 })).error).toBe('invalid_limit');
    expect((await read({ ts, channel: 'C404' })).error).toBe('channel_not_found');
    slack.server.addChannel('C1', { member: false });
    expect((await read({}, 'conversations.history')).error).toBe('not_in_channel');
  });
  it('gives markdown back as rich text, without the block id, and metadata only when asked', async () => {
    const metadata = { event_type: 'page', event_payload: { n: 1 } };
    const blocks = [{ type: 'markdown', block_id: 'mine', text: '**bold**' }];
    const ts = await slack.post({ text: 'fall & back', blocks, metadata });
    const [plain] = (await read({ ts })).messages;
    expect(plain).toMatchObject({ text: 'fall & back', blocks: [{ type: 'rich_text' }] });
    expect(plain?.blocks?.[0]?.block_id).not.toBe('mine');
    expect(JSON.stringify(plain)).not.toContain('**');
    expect(plain?.metadata).toBeUndefined();
    const [full] = (await read({ ts, include_all_metadata: true })).messages;
    expect(full?.metadata).toEqual(metadata);
  });
  it('gives attachments, blocks and files as they stand in the message, and files.info the rest', async () => {
    const attachments = [{ is_share: true, text: 'forwarded' }];
    const blocks = [{ type: 'divider' }];
    const asShown = { file_access: 'check_file_info' };
    const files = [{ name: 'a.txt', mimetype: 'text/plain', bytes: 'abc', asShown }];
    const { ts } = await slack.server.say({
      ...{ channel: 'C1', text: 'hi', attachments, blocks, files, deliver: false },
    });
    const [message] = (await read({ ts })).messages as unknown as { files: { id: string }[] }[];
    const id = message?.files[0]?.id ?? '';
    expect(message).toMatchObject({ attachments, blocks, files: [{ id, ...asShown }] });
    expect(message?.files[0]).not.toHaveProperty('url_private');
    expect((await slack.call('files.info', { file: id })).body.file).toMatchObject({
      id,
      name: 'a.txt',
      size: 3,
    });
  });
  it('gives pages, the first message always, and the rest between oldest and latest', async () => {
    const ts = await slack.post();
    const replies: string[] = [];
    for (const text of ['a', 'b', 'c', 'd']) replies.push(await slack.post({ text, thread_ts: ts }));
    const first = await read({ ts, limit: 2 });
    expect(first.messages.map((message) => message.text)).toEqual(['hello', 'a']);
    const { next_cursor: cursor } = first.body.response_metadata as { next_cursor: string };
    const second = await read({ ts, limit: 3, cursor });
    expect(second.messages.map((message) => message.text)).toEqual(['b', 'c', 'd']);
    expect(second.body.has_more).toBe(false);
    const part = await read({ ts, oldest: replies[1], latest: replies[3] });
    expect(part.messages.map((message) => message.text)).toEqual(['hello', 'c']);
  });
  it('keeps a tombstone for a deleted first message with replies', async () => {
    const { ts } = await slack.server.say({ channel: 'C1', text: 'question', deliver: false });
    await slack.post({ text: 'answer', thread_ts: ts });
    slack.server.remove('C1', ts);
    const { messages } = await read({ ts });
    expect(messages.map((message) => message.subtype)).toEqual(['tombstone', undefined]);
  });
});

describe('the other reading methods', () => {
  it('gives a channel’s history newest first, without replies', async () => {
    const ts = await slack.post({ text: 'one' });
    await slack.post({ text: 'reply', thread_ts: ts });
    await slack.post({ text: 'two' });
    const { messages } = await read({}, 'conversations.history');
    expect(messages.map((message) => message.text)).toEqual(['two', 'one']);
  });
  it('tells a person’s locale only when asked, and refuses strangers', async () => {
    const locale = async (args: object) =>
      (await slack.call('users.info', { user: 'U7', ...args })).body.user;
    expect(await locale({})).not.toHaveProperty('locale');
    expect(await locale({ include_locale: true })).toMatchObject({ locale: 'zh-CN', real_name: 'Grace' });
    expect((await slack.call('users.info', { user: 'U404' })).error).toBe('user_not_found');
  });
  it('knows itself, its team and its channels', async () => {
    slack = await createCaller({ scopes: ['team:read', 'users:read', 'channels:read', 'im:write'] });
    expect((await slack.call('team.info')).body.team).toMatchObject({ id: 'T0FAKE' });
    expect((await slack.call('bots.info', { bot: 'B0BOT' })).body.bot).toMatchObject({ user_id: 'U0BOT' });
    expect((await slack.call('bots.info', { bot: 'B404' })).error).toBe('bot_not_found');
    expect((await slack.call('conversations.info', { channel: 'C1' })).body.channel).toMatchObject({
      is_channel: true,
    });
    expect((await slack.call('conversations.open', { users: 'U0BOT' })).body.channel).toEqual({
      id: 'D0BOT',
    });
    expect((await slack.call('auth.test')).body).toMatchObject({ user_id: 'U0BOT', bot_id: 'B0BOT' });
  });
});

describe('what a reader sees', () => {
  it('sees body, notice, small line and buttons, and not the fallback', async () => {
    const ts = await slack.post({
      text: 'fallback',
      blocks: [
        { type: 'markdown', text: '# Title\n`code`' },
        { type: 'section', text: { type: 'mrkdwn', text: 'Broken off.' } },
        { type: 'context', elements: [{ type: 'mrkdwn', text: 'AI · 3 s' }] },
        {
          type: 'actions',
          elements: [
            {
              type: 'button',
              action_id: 'retry',
              value: 'turn-1',
              style: 'primary',
              text: { type: 'plain_text', text: 'Retry' },
            },
          ],
        },
      ],
    });
    expect(slack.server.channel('C1')).toMatchObject([
      {
        ts,
        own: true,
        text: '# Title\n`code`',
        notices: ['Broken off.'],
        context: ['AI · 3 s'],
        buttons: [{ label: 'Retry', actionId: 'retry', value: 'turn-1', style: 'primary' }],
        fallback: 'fallback',
      },
    ]);
  });
  it('sees a preview of a link unless it was switched off', async () => {
    await slack.post({ text: 'see https://example.com' });
    await slack.post({ text: 'see https://example.com', unfurl_links: false, unfurl_media: false });
    expect(slack.server.channel('C1').map((message) => message.unfurled)).toEqual([true, false]);
  });
});

describe('pings', () => {
  const tokens = () => slack.server.pings.map((ping) => ping.token);

  it.each(['<!channel>', '<!here>', '<!everyone|everyone>', '<!subteam^S123>', '<@U7>'])(
    'counts %s',
    async (token) => {
      await slack.post({ text: `a ${token}` });
      await slack.post({ markdown_text: `a ${token}` });
      await slack.post({ text: 'a', blocks: [{ type: 'markdown', text: token }] });
      expect(tokens()).toEqual([token, token, token]);
    },
  );
  it('does not count escaped or broken tokens, nor links and channels', async () => {
    await slack.post({ text: '&lt;!channel&gt; <https://example.com> <#C1> @here' });
    await slack.post({ markdown_text: '<\u2060!channel> <\u2060@U7>' });
    expect(tokens()).toEqual([]);
  });
  it('counts a bare @here in an edit that does not switch parsing off, as its default is client', async () => {
    const ts = await slack.post({ text: 'a' });
    await slack.call('chat.update', { channel: 'C1', ts, text: '@here', parse: 'none', link_names: false });
    expect(tokens()).toEqual([]);
    await slack.call('chat.update', { channel: 'C1', ts, text: '@here' });
    expect(tokens()).toEqual(['@here']);
  });
});
