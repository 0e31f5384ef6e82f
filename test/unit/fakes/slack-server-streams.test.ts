// Each rule of the fake Slack's native streaming, once.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Caller, closeServers, createCaller, createStillClock } from './slack-caller.ts';

const clock = createStillClock();
const recipient = { recipient_user_id: 'U0ASKER', recipient_team_id: 'T0FAKE' };
let slack: Caller;
let root: string;
beforeEach(async () => {
  slack = await createCaller({ clock, limits: 'off' });
  root = (await slack.server.say({ channel: 'C1', text: 'question', deliver: false })).ts;
});
afterEach(closeServers);

const start = (args: Record<string, unknown> = {}) =>
  slack.call('chat.startStream', { channel: 'C1', thread_ts: root, ...recipient, ...args });
const append = async (ts: string, markdown_text: string) =>
  (await slack.call('chat.appendStream', { channel: 'C1', ts, markdown_text })).error;
const stop = async (ts: string, args: Record<string, unknown> = {}) =>
  (await slack.call('chat.stopStream', { channel: 'C1', ts, ...args })).error;
const shown = () => slack.server.thread('C1', root).at(-1);

describe('a streamed message', () => {
  it('grows with each append and ends with its blocks', async () => {
    const { ts } = await start({ markdown_text: 'Hello' });
    expect(await append(ts, ', **world**')).toBeUndefined();
    expect(shown()).toMatchObject({ text: 'Hello, **world**', streaming: true, thread: root });
    const context = { type: 'context', elements: [{ type: 'mrkdwn', text: 'AI' }] };
    expect(await stop(ts, { markdown_text: '!', blocks: [context] })).toBeUndefined();
    expect(shown()).toMatchObject({ text: 'Hello, **world**!', streaming: false, context: ['AI'], edits: 0 });
  });
  it('takes chunks, and refuses those that it does not know', async () => {
    const { ts } = await start({ chunks: [{ type: 'markdown_text', text: 'a' }] });
    expect(shown()?.text).toBe('a');
    const wrong = await slack.call('chat.appendStream', { channel: 'C1', ts, chunks: [{ type: 'song' }] });
    expect(wrong.error).toBe('invalid_chunks');
    const many = [{ type: 'blocks', blocks: Array(51).fill({ type: 'divider' }) }];
    const refused = await slack.call('chat.appendStream', { channel: 'C1', ts, chunks: many });
    expect(refused.error).toBe('msg_blocks_too_many');
    expect((await start({ task_display_mode: 'dense' })).error).toBe('invalid_arguments');
  });
  it('refuses a start in a channel without its recipient, and takes one in a direct message', async () => {
    expect((await start({ recipient_user_id: '' })).error).toBe('missing_recipient_user_id');
    expect((await start({ recipient_team_id: '' })).error).toBe('missing_recipient_team_id');
    expect(
      (await slack.call('chat.startStream', { channel: 'D1', markdown_text: 'a' })).error,
    ).toBeUndefined();
  });
  it('refuses an append without text', async () => {
    const { ts } = await start();
    expect((await slack.call('chat.appendStream', { channel: 'C1', ts })).error).toBe('no_text');
  });
  it('refuses more than 12,000 characters in one call', async () => {
    expect((await start({ markdown_text: 'x'.repeat(12_001) })).error).toBe('msg_too_long');
  });
  it('refuses more than 10,600 bytes of UTF-8 in all, and everything from then on', async () => {
    const { ts } = await start({ markdown_text: '水'.repeat(3500) });
    expect(await append(ts, 'x'.repeat(100))).toBeUndefined();
    expect(await append(ts, 'x')).toBe('msg_too_long');
    expect(await append(ts, 'x')).toBe('msg_too_long');
    expect(await stop(ts)).toBeUndefined();
    expect(Buffer.byteLength(shown()?.text ?? '')).toBe(10_600);
  });
  it('refuses append and stop after five minutes, hangs for the reader, and takes an edit then', async () => {
    const { ts } = await start({ markdown_text: 'a' });
    clock.pass(300_000);
    expect(await append(ts, 'b')).toBeUndefined();
    clock.pass(1);
    expect(await append(ts, 'c')).toBe('message_not_in_streaming_state');
    expect(await stop(ts)).toBe('message_not_in_streaming_state');
    expect(shown()).toMatchObject({ streaming: false, stuck: true });
    const edit = { channel: 'C1', ts, blocks: [{ type: 'markdown', text: 'abc' }] };
    expect((await slack.call('chat.update', edit)).error).toBeUndefined();
    expect(shown()).toMatchObject({ text: 'abc', stuck: false });
  });
  it('refuses an append after the stop, and a second stop', async () => {
    const { ts } = await start({ markdown_text: 'a' });
    await stop(ts);
    expect(await append(ts, 'b')).toBe('message_not_in_streaming_state');
    expect(await stop(ts)).toBe('message_not_in_streaming_state');
  });
  it('refuses chat.update while it streams', async () => {
    const { ts } = await start({ markdown_text: 'a' });
    const edit = { channel: 'C1', ts, text: 'b', blocks: [] };
    expect((await slack.call('chat.update', edit)).error).toBe('streaming_state_conflict');
  });
  it('refuses appends to what is gone, archived, or another one’s', async () => {
    const { ts } = await start({ markdown_text: 'a' });
    expect(await append(root, 'b')).toBe('message_not_owned_by_app');
    slack.server.remove('C1', ts);
    expect(await append(ts, 'b')).toBe('message_not_found');
    slack.server.archive('C1');
    expect(await append(ts, 'b')).toBe('is_archived');
  });
  it('refuses more than 50 blocks at its end', async () => {
    const { ts } = await start({ markdown_text: 'a' });
    expect(await stop(ts, { blocks: Array(51).fill({ type: 'divider' }) })).toBe('msg_blocks_too_many');
  });
  it('refuses appends once a person stopped the session', async () => {
    const { ts } = await start({ markdown_text: 'a' });
    slack.server.deliverTo('http://127.0.0.1:9/nobody');
    await slack.server.stopSession({ channel: 'C1', thread: root });
    expect(await append(ts, 'b')).toBe('stopped_by_user');
    expect(shown()?.streaming).toBe(false);
  });
  it('moves the session out of processing when it stops', async () => {
    const session = { channel_id: 'C1', thread_ts: root, status: 'processing' };
    await slack.call('agents.sessions.setStatus', session);
    const { ts } = await start({ markdown_text: 'a' });
    await stop(ts);
    expect(slack.server.session('C1', root)).toBe('active');
  });
  it('counts a ping that straddles two appends, once', async () => {
    const { ts } = await start({ markdown_text: 'hey <!chan' });
    expect(slack.server.pings).toEqual([]);
    await append(ts, 'nel> there');
    await append(ts, ' again');
    expect(slack.server.pings.map((ping) => ping.token)).toEqual(['<!channel>']);
  });
});
