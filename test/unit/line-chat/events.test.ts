// What the line chat's events mean to its adapter, and what its refusals do.

import { describe, expect, it } from 'vitest';
import { toChatError } from '../../fakes/line-chat/adapter/errors.ts';
import { parseEvent, parseMessage, toCommand, toMention } from '../../fakes/line-chat/adapter/events.ts';
import { ChatError } from '../../fakes/line-chat/client.ts';

const bot = { id: 'b1', name: 'Rill' };
const said = (text: string, over: object = {}) => {
  const by = { id: 'p1', name: 'Ada', bot: false };
  const message = parseMessage({ id: 'm1', channel: 'help', thread: 'm1', by, at: 5, text, ...over });
  if (message === undefined) throw new Error('it cannot be read');
  return message;
};

describe('a message of the line chat', () => {
  it.each([
    ['@Rill why?', 'why?'],
    ['why, @rill ?', 'why,  ?'],
    ['@Rill', ''],
  ])('asks the bot by its name: %j', (text, words) => {
    expect(toMention(said(text), bot)).toMatchObject({ id: 'line:m1', text: words, direct: false });
  });

  it.each(['why?', '@Rillette why?', 'Rill why?'])('asks nobody without it: %j', (text) => {
    expect(toMention(said(text), bot)).toBeUndefined();
  });

  it('asks without a name where nobody else is, and never where a bot says it', () => {
    expect(toMention(said('why?', { channel: '@Ada' }), bot)).toMatchObject({ text: 'why?', direct: true });
    expect(toMention(said('@Rill why?', { by: { id: 'b2', bot: true } }), bot)).toBeUndefined();
  });

  it('is a pressed button where it is a command and nothing else', () => {
    expect(toCommand('/stop turn-1')).toEqual({ action: 'stop', turn: 'turn-1' });
    expect(toCommand(' /retry t ')).toEqual({ action: 'retry', turn: 't' });
    for (const text of ['/stop', '/halt t', 'please /stop t', '/stop t now', `/stop ${'t'.repeat(65)}`])
      expect(toCommand(text)).toBeUndefined();
  });

  it('is nothing where it cannot be read', () => {
    for (const value of [null, 'x', [], {}, { kind: 'said' }, { kind: 'said', message: { id: 'm1' } }])
      expect(parseEvent(value)).toBeUndefined();
    expect(parseEvent({ kind: 'removed', message: 'm1' })).toBeUndefined();
  });
});

describe('a refusal of the line chat', () => {
  it.each([
    ['limited', 'platform-rate-limited'],
    ['busy', 'platform-unavailable'],
    ['lost', 'platform-unavailable'],
    ['late', 'platform-unavailable'],
    ['unreachable', 'platform-unavailable'],
    ['old', 'page-sealed'],
    ['never', 'page-sealed'],
    ['gone', 'message-deleted'],
    ['bad-text', 'platform-refused'],
    ['constructor', 'platform-refused'],
  ])('is what it means: %s', (reason, code) => {
    expect(toChatError(new ChatError(reason, 5), { where: 'w', shown: 3, page: 'm1' })).toMatchObject({
      code,
    });
  });

  it('tells how long to wait, and how much stands there', () => {
    expect(toChatError(new ChatError('limited', 5), { where: 'w' })).toMatchObject({
      retryAfterMs: 5,
      where: 'w',
    });
    expect(toChatError(new ChatError('never'), { shown: 3 })).toMatchObject({ shown: 3, forbidden: true });
  });

  it('is a bug where the chat has said nothing', () => {
    const error = new TypeError('no');
    expect(toChatError(error, {})).toBe(error);
  });
});
