// Each rule by which the fake Slack refuses the content of a message, once.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Caller, closeServers, createCaller, createStillClock } from './slack-caller.ts';

let slack: Caller;
beforeEach(async () => {
  slack = await createCaller({ limits: 'off' });
});
afterEach(closeServers);

async function postError(args: Record<string, unknown>): Promise<unknown> {
  return (await slack.call('chat.postMessage', { channel: 'C1', ...args })).error;
}

const button = (over: Record<string, unknown>) => ({
  type: 'actions',
  elements: [{ type: 'button', action_id: 'a', text: { type: 'plain_text', text: 'Stop' }, ...over }],
});

describe('what chat.postMessage refuses', () => {
  it('refuses markdown_text beside text, and beside blocks', async () => {
    expect(await postError({ markdown_text: 'a', text: 'b' })).toBe('markdown_text_conflict');
    expect(await postError({ markdown_text: 'a', blocks: [] })).toBe('markdown_text_conflict');
  });
  it('refuses markdown_text over 12,000 characters', async () => {
    expect(await postError({ markdown_text: 'x'.repeat(12_000) })).toBeUndefined();
    expect(await postError({ markdown_text: 'x'.repeat(12_001) })).toBe('msg_too_long');
  });
  it('refuses markdown blocks over 12,000 characters in all', async () => {
    const half = { type: 'markdown', text: 'x'.repeat(6000) };
    expect(await postError({ blocks: [half, half] })).toBeUndefined();
    expect(await postError({ blocks: [half, { type: 'markdown', text: 'x'.repeat(6001) }] })).toBe(
      'msg_blocks_too_long',
    );
  });
  it('refuses blocks with more than 13,200 characters of any text', async () => {
    const section = { type: 'section', text: { type: 'mrkdwn', text: 'x'.repeat(2700) } };
    expect(await postError({ blocks: Array(5).fill(section) })).toBe('msg_blocks_too_long');
  });
  it('refuses a section over 3,000 characters', async () => {
    const section = (text: string) => ({ blocks: [{ type: 'section', text: { type: 'mrkdwn', text } }] });
    expect(await postError(section('x'.repeat(3000)))).toBeUndefined();
    expect(await postError(section('x'.repeat(3001)))).toBe('invalid_blocks');
  });
  it('refuses empty texts in blocks', async () => {
    expect(await postError({ blocks: [{ type: 'markdown', text: '' }] })).toBe('invalid_blocks');
  });
  it('refuses more than 50 blocks', async () => {
    const divider = { type: 'divider' };
    expect(await postError({ blocks: Array(50).fill(divider) })).toBeUndefined();
    expect(await postError({ blocks: Array(51).fill(divider) })).toBe('invalid_blocks');
  });
  it('refuses kinds of blocks that it does not know', async () => {
    expect(await postError({ blocks: [{ type: 'marquee', text: 'a' }] })).toBe('invalid_blocks');
  });
  it('refuses blocks that are not JSON', async () => {
    expect(await postError({ blocks: '[{' })).toBe('invalid_blocks_format');
  });
  it('refuses a button text over 75, a value over 2,000, an action_id over 255 characters', async () => {
    const label = (length: number) => ({ text: { type: 'plain_text', text: 'x'.repeat(length) } });
    expect(await postError({ blocks: [button(label(75))] })).toBeUndefined();
    expect(await postError({ blocks: [button(label(76))] })).toBe('invalid_blocks');
    expect(await postError({ blocks: [button({ value: 'x'.repeat(2001) })] })).toBe('invalid_blocks');
    expect(await postError({ blocks: [button({ action_id: 'x'.repeat(256) })] })).toBe('invalid_blocks');
  });
  it('refuses a button of an unknown style, or labelled in markdown', async () => {
    expect(await postError({ blocks: [button({ style: 'loud' })] })).toBe('invalid_blocks');
    expect(await postError({ blocks: [button({ text: { type: 'mrkdwn', text: 'a' } })] })).toBe(
      'invalid_blocks',
    );
  });
  it('refuses one block_id twice', async () => {
    const block = { type: 'divider', block_id: 'same' };
    expect(await postError({ blocks: [block, block] })).toBe('invalid_blocks');
  });
  it('refuses a context line with more than ten elements', async () => {
    const elements = Array(11).fill({ type: 'mrkdwn', text: 'a' });
    expect(await postError({ blocks: [{ type: 'context', elements }] })).toBe('invalid_blocks');
  });
  const plain = (length: number) => ({ type: 'plain_text', text: 'x'.repeat(length) });
  const twoAlike = { type: 'button', action_id: 'a', text: plain(1) };
  it.each([
    ['a header over 150 characters', { type: 'header', text: plain(151) }],
    ['a context line without elements', { type: 'context', elements: [] }],
    ['a section without text', { type: 'section' }],
    ['a section field over 2,000 characters', { type: 'section', fields: [plain(2001)] }],
    [
      'more than 25 actions',
      { type: 'actions', elements: Array(26).fill({ type: 'button', text: plain(1) }) },
    ],
    [
      'more than 5 context actions',
      { type: 'context_actions', elements: Array(6).fill({ type: 'icon_button' }) },
    ],
    ['actions without elements', { type: 'actions', elements: [] }],
    ['one action_id twice in a block', { type: 'actions', elements: [twoAlike, twoAlike] }],
    ['a block_id over 255 characters', { type: 'divider', block_id: 'x'.repeat(256) }],
    ['a text that is a bare string', { type: 'section', text: 'a' }],
  ])('refuses %s', async (_what, block) => {
    expect(await postError({ blocks: [block] })).toBe('invalid_blocks');
  });
  it('refuses a message without text', async () => {
    expect(await postError({})).toBe('no_text');
    expect(await postError({ text: '' })).toBe('no_text');
  });
  it('refuses metadata over 8,000 bytes, or of the wrong form', async () => {
    const metadata = (length: number) => ({
      event_type: 'page',
      event_payload: { text: 'x'.repeat(length) },
    });
    expect(await postError({ text: 'a', metadata: metadata(7000) })).toBeUndefined();
    expect(await postError({ text: 'a', metadata: metadata(8000) })).toBe('metadata_too_large');
    expect(await postError({ text: 'a', metadata: { event_payload: {} } })).toBe('invalid_metadata_format');
  });
  it('refuses unknown channels, archived ones, and those that the bot is not in', async () => {
    expect(await postError({ channel: 'C404', text: 'a' })).toBe('channel_not_found');
    slack.server.addChannel('C2', { member: false });
    expect(await postError({ channel: 'C2', text: 'a' })).toBe('not_in_channel');
    slack.server.archive('C1');
    expect(await postError({ text: 'a' })).toBe('is_archived');
  });
  it('truncates text over 40,000 characters, with a warning', async () => {
    const answer = await slack.call('chat.postMessage', { channel: 'C1', text: 'x'.repeat(40_001) });
    expect(answer.body.warning).toBe('message_truncated');
    expect(slack.server.channel('C1').at(-1)?.text).toHaveLength(40_000);
  });
  it('posts into the channel when the thread is gone, or refuses where the server is told to', async () => {
    const answer = await slack.call('chat.postMessage', { channel: 'C1', text: 'a', thread_ts: '1.000001' });
    expect(answer.error).toBeUndefined();
    expect(answer.body.message).not.toHaveProperty('thread_ts');
    const strict = await createCaller({ missingThread: 'refuse' });
    const refused = await strict.call('chat.postMessage', {
      channel: 'C1',
      text: 'a',
      thread_ts: '1.000001',
    });
    expect(refused.error).toBe('thread_not_found');
  });
});

describe('what chat.update refuses', () => {
  const update = async (args: Record<string, unknown>) =>
    (await slack.call('chat.update', { channel: 'C1', ...args })).error;

  it('refuses text over 4,000 characters, which a post would take', async () => {
    const ts = await slack.post({ text: 'x'.repeat(4001) });
    expect(await update({ ts, text: 'x'.repeat(4000) })).toBeUndefined();
    expect(await update({ ts, text: 'x'.repeat(4001) })).toBe('msg_too_long');
  });
  it('refuses messages that are not there, or not its own', async () => {
    expect(await update({ ts: '1.000001', text: 'a' })).toBe('message_not_found');
    const { ts } = await slack.server.say({ channel: 'C1', text: 'mine', deliver: false });
    expect(await update({ ts, text: 'a' })).toBe('cant_update_message');
    expect((await slack.call('chat.delete', { channel: 'C1', ts })).error).toBe('cant_delete_message');
  });
  it('refuses a message that a person deleted', async () => {
    const ts = await slack.post();
    slack.server.remove('C1', ts);
    expect(await update({ ts, text: 'a' })).toBe('message_not_found');
  });
  it('refuses edits in an archived channel', async () => {
    const ts = await slack.post();
    slack.server.archive('C1');
    expect(await update({ ts, text: 'a' })).toBe('is_inactive');
  });
  it('refuses edits after the edit window, where the team has one', async () => {
    const clock = createStillClock();
    slack = await createCaller({ clock, editWindowMs: 60_000 });
    const ts = await slack.post();
    clock.pass(61_000);
    expect(await update({ ts, text: 'a' })).toBe('edit_window_closed');
  });
  it('refuses an edit without text', async () => {
    expect(await update({ ts: await slack.post(), text: '' })).toBe('no_text');
  });
  it('keeps blocks that the edit does not name, so that a new text alone changes nothing', async () => {
    const ts = await slack.post({ blocks: [{ type: 'markdown', text: 'old' }] });
    expect(await update({ ts, text: 'new' })).toBeUndefined();
    expect(slack.server.channel('C1')[0]?.text).toBe('old');
    expect(await update({ ts, text: 'new', blocks: [] })).toBeUndefined();
    expect(slack.server.channel('C1')[0]).toMatchObject({ text: 'new', edits: 2 });
  });
  it('keeps metadata that the edit does not name, and removes it for an empty object', async () => {
    const metadata = { event_type: 'page', event_payload: { n: 1 } };
    const ts = await slack.post({ text: 'a', metadata });
    await update({ ts, text: 'b' });
    expect(slack.server.channel('C1')[0]?.metadata).toEqual(metadata);
    await update({ ts, text: 'c', metadata: {} });
    expect(slack.server.channel('C1')[0]?.metadata).toBeUndefined();
  });
});

describe('what the other writing methods refuse', () => {
  it('refuses an ephemeral message to nobody, and shows others only to their reader', async () => {
    const send = (user: string) => slack.call('chat.postEphemeral', { channel: 'C1', user, text: 'psst' });
    expect((await send('U404')).error).toBe('user_not_in_channel');
    slack.server.addUser('U7', { name: 'Grace' });
    expect((await send('U7')).error).toBeUndefined();
    expect(slack.server.ephemerals('C1', 'U7')).toMatchObject([{ text: 'psst' }]);
    expect(slack.server.channel('C1')).toEqual([]);
  });
  it('refuses a reaction twice, one that is not there, and a name with colons', async () => {
    const timestamp = await slack.post();
    const react = async (method: string, name: string) =>
      (await slack.call(method, { channel: 'C1', timestamp, name })).error;
    expect(await react('reactions.add', 'hourglass')).toBeUndefined();
    expect(slack.server.reactions('C1', timestamp)).toEqual(['hourglass']);
    expect(await react('reactions.add', 'hourglass')).toBe('already_reacted');
    expect(await react('reactions.remove', 'hourglass')).toBeUndefined();
    expect(await react('reactions.remove', 'hourglass')).toBe('no_reaction');
    expect(await react('reactions.add', ':eyes:')).toBe('invalid_name');
  });
  it('refuses a status on a message that is not there, and clears one after two minutes', async () => {
    const clock = createStillClock();
    slack = await createCaller({ clock });
    const { ts } = await slack.server.say({ channel: 'C1', text: 'question', deliver: false });
    const set = async (thread_ts: string) =>
      (await slack.call('assistant.threads.setStatus', { channel_id: 'C1', thread_ts, status: 'thinking' }))
        .error;
    expect(await set('1.000001')).toBe('invalid_thread_ts');
    const lines = { channel_id: 'C1', thread_ts: ts, status: 'a', loading_messages: Array(11).fill('b') };
    expect((await slack.call('assistant.threads.setStatus', lines)).error).toBe('invalid_arguments');
    expect(await set(ts)).toBeUndefined();
    clock.pass(119_000);
    expect(slack.server.status('C1', ts)).toBe('thinking');
    clock.pass(1000);
    expect(slack.server.status('C1', ts)).toBe('');
    await set(ts);
    await slack.post({ text: 'answer', thread_ts: ts });
    expect(slack.server.status('C1', ts)).toBe('');
  });
  it('refuses agent sessions where they are switched off, and states that there are not', async () => {
    const { ts } = await slack.server.say({ channel: 'C1', text: 'question', deliver: false });
    const args = { channel_id: 'C1', thread_ts: ts, status: 'processing' };
    expect((await slack.call('agents.sessions.setStatus', args)).error).toBeUndefined();
    expect(slack.server.session('C1', ts)).toBe('processing');
    expect((await slack.call('agents.sessions.setStatus', { ...args, status: 'busy' })).error).toBe(
      'invalid_status',
    );
    slack = await createCaller({ agent: false });
    expect((await slack.call('agents.sessions.setStatus', args)).error).toBe('feature_disabled');
  });
  it('refuses a link to, a title of, and a session without a thread', async () => {
    const link = { channel: 'C1', message_ts: '1.000001' };
    expect((await slack.call('chat.getPermalink', link)).error).toBe('message_not_found');
    const title = { channel_id: 'C1', thread_ts: '1.000001', title: 'a' };
    expect((await slack.call('assistant.threads.setTitle', title)).error).toBe('invalid_thread_ts');
    const session = { channel_id: 'C1', status: 'active' };
    expect((await slack.call('agents.sessions.setStatus', session)).error).toBe('thread_ts_required');
  });
});
