// What each failure of Slack's SDK becomes.

import {
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebAPIRequestError,
} from '@slack/web-api';
import { describe, expect, it } from 'vitest';
import { type Attempt, toBotError } from '../../../adapters/slack/errors.ts';
import { BotError } from '../../../src/errors.ts';

const platformError = (error: string, more: object = {}) =>
  new WebAPIPlatformError({ ok: false, error, ...more } as ConstructorParameters<
    typeof WebAPIPlatformError
  >[0]);

const classify = (error: unknown, attempt: Attempt = 'edit', shown?: number) =>
  toBotError(error, { where: 'slack:T1:chat.update', attempt, shown });

describe('a rate limit', () => {
  it('carries how long Slack asks to wait', () => {
    expect(classify(new WebAPIRateLimitedError(7))).toMatchObject({
      code: 'platform-rate-limited',
      retryAfterMs: 7000,
      where: 'slack:T1:chat.update',
    });
  });

  it.each(['ratelimited', 'rate_limited'])('waits a second when it comes as 200 with %s', (name) => {
    expect(classify(platformError(name))).toMatchObject({
      code: 'platform-rate-limited',
      retryAfterMs: 1000,
    });
  });

  it('waits a second when Retry-After cannot be read', () => {
    const error = new Error(
      'Retry header did not contain a valid timeout (url: x, retry-after header: null)',
    );
    expect(classify(error)).toMatchObject({ code: 'platform-rate-limited', retryAfterMs: 1000 });
  });
});

describe('an answer that is not Slack’s', () => {
  it.each([
    '',
    '<!DOCTYPE html><html>down</html>',
    'upstream connect error or disconnect/reset before headers',
  ])('in a 200 is an outage, not a refusal: %j', (body) => {
    for (const attempt of ['post', 'edit', 'other'] as const) {
      expect(classify(platformError(body), attempt)).toMatchObject({ code: 'platform-unavailable' });
    }
  });
});

describe('an error name', () => {
  it.each([
    ['message_not_found', 'edit', 'message-deleted'],
    ['channel_not_found', 'edit', 'message-deleted'],
    ['thread_not_found', 'post', 'message-deleted'],
    ['channel_not_found', 'other', 'platform-refused'],
    ['is_archived', 'edit', 'page-sealed'],
    ['is_inactive', 'edit', 'page-sealed'],
    ['is_archived', 'post', 'platform-refused'],
    ['edit_window_closed', 'edit', 'page-sealed'],
    ['cant_update_message', 'edit', 'page-sealed'],
    ['msg_too_long', 'edit', 'page-sealed'],
    ['msg_blocks_too_long', 'edit', 'page-sealed'],
    ['streaming_state_conflict', 'edit', 'page-sealed'],
    ['restricted_action_thread_locked', 'edit', 'page-sealed'],
    ['restricted_action_thread_locked', 'post', 'platform-refused'],
    ['fatal_error', 'post', 'platform-unavailable'],
    ['internal_error', 'edit', 'platform-unavailable'],
    ['service_unavailable', 'edit', 'platform-unavailable'],
    ['invalid_auth', 'edit', 'platform-refused'],
    ['something_new', 'post', 'platform-refused'],
  ] as const)('%s of %s is %s', (name, attempt, code) => {
    expect(classify(platformError(name), attempt).code).toBe(code);
  });

  it('says how much of a sealed page stands', () => {
    expect(classify(platformError('edit_window_closed'), 'edit', 42).shown).toBe(42);
  });

  it('names the scope that is missing', () => {
    const error = classify(platformError('missing_scope', { needed: 'chat:write', provided: 'none' }));
    expect(error.message).toBe(
      'Slack refused slack:T1:chat.update: missing_scope (the app needs the scope chat:write)',
    );
  });
});

describe('everything else', () => {
  it.each([
    [new WebAPIHTTPError(503, 'Service Unavailable', {}), 'platform-unavailable'],
    [new WebAPIHTTPError(403, 'Forbidden', {}), 'platform-refused'],
    [new WebAPIRequestError(new Error('socket hang up')), 'platform-unavailable'],
    [new TypeError('terminated'), 'platform-unavailable'],
  ])('%s is %s', (error, code) => {
    expect(classify(error).code).toBe(code);
  });

  it('is passed on when it is classified already', () => {
    const error = new BotError('shutdown', 'bye');
    expect(classify(error)).toBe(error);
  });

  it('shows no token', () => {
    const token = ['xoxb', '1234', 'abcd'].join('-');
    const error = classify(new WebAPIRequestError(new Error(`cannot send ${token} to the host`)));
    expect(error.message).toBe(
      'Slack could not be reached for slack:T1:chat.update: A request error occurred: cannot send [token] to the host',
    );
  });
});
