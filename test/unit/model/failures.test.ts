import { describe, expect, it } from 'vitest';
import { describeBody, toSocketError, toStatusError } from '../../../src/model/failures.ts';
import { parseRetryAfter } from '../../../src/model/retry-after.ts';

const now = Date.UTC(2026, 0, 1);
const refuse = (status: number, body: string, headers = {}) =>
  toStatusError({ status, headers, body, apiKey: 'secret', now });

describe('a status', () => {
  it.each([
    [400, 'bad-request'],
    [401, 'unauthorized'],
    [402, 'no-balance'],
    [403, 'forbidden'],
    [404, 'unknown-model'],
    [413, 'too-large'],
    [418, 'bad-request'],
    [422, 'invalid-parameters'],
    [429, 'rate-limited'],
    [500, 'server-error'],
    [502, 'bad-gateway'],
    [503, 'overloaded'],
    [504, 'gateway-timeout'],
    [524, 'gateway-timeout'],
    [529, 'overloaded'],
    [599, 'server-error'],
  ])('%i is %s, whatever the body calls it', (status, code) => {
    expect(refuse(status, '{"error":{"message":"x","type":"invalid_request_error"}}').code).toBe(code);
  });

  it.each([
    "This model's maximum context length is 1048565 tokens. However, you requested 2000000",
    'prompt is too long: 210000 tokens > 200000 maximum',
    'request (2009 tokens) exceeds the available context size (512 tokens)',
    'Your input exceeds the context window of this model.',
    'Please reduce the length of the messages or completion.',
  ])('400 for a long conversation is told by its words: %s', (message) => {
    expect(refuse(400, JSON.stringify({ error: { message } })).code).toBe('context-too-long');
    expect(refuse(422, JSON.stringify({ detail: message })).code).toBe('context-too-long');
  });

  it.each([
    'The supported API model names are deepseek-v4-pro or deepseek-flash, but you passed x.',
    'The model `x` does not exist or you do not have access to it.',
    'x is not a valid model ID',
    'Unknown model: x',
  ])('400 for an unknown model too: %s', (message) => {
    expect(refuse(400, JSON.stringify({ error: { message } })).code).toBe('unknown-model');
  });
});

describe('the words of an error body', () => {
  it.each([
    ['{"error":{"message":"slow down"}}', 'slow down'],
    ['{"error":"slow down"}', 'slow down'],
    ['{"detail":"slow down"}', 'slow down'],
    ['{"detail":[{"loc":["body"],"msg":"slow"},{"msg":"down"}]}', 'slow; down'],
    ['{"object":"error","message":"slow down","code":40}', 'slow down'],
    ['{"code":400,"message":"slow down","type":"Bad Request"}', 'slow down'],
    ['[{"error":{"message":"slow down","code":429}}]', 'slow down'],
    ['\n\n {"error":{"message":"slow\\n\\tdown"}}', 'slow down'],
    ['slow\r\ndown', 'slow down'],
    ['{"error":{"message":"cut in the mid', '{"error":{"message":"cut in the mid'],
    ['<html><title>403</title><h1>Forbidden</h1></html>', 'a web page: 403, Forbidden'],
    ['<!doctype html><style>p{}</style><p>Just   a moment</p>', 'a web page: Just a moment'],
    ['your key secret is bad', 'your key *** is bad'],
    ['Incorrect API key: sk-abcdefghijklmnop1234', 'Incorrect API key: sk-***'],
    ['', ''],
  ])('%s reads %s', (body, words) => {
    expect(describeBody(body, 'secret')).toBe(words);
  });

  it('are cut where they are long', () => {
    expect(describeBody('x'.repeat(10_000)).length).toBeLessThan(600);
  });
});

it.each([
  [{ 'retry-after': '3' }, 3000],
  [{ 'retry-after': '0.5' }, 500],
  [{ 'retry-after-ms': '250', 'retry-after': '3' }, 250],
  [{ 'retry-after': new Date(now + 90_000).toUTCString() }, 90_000],
  [{ 'retry-after': new Date(now - 90_000).toUTCString() }, 0],
  [{ 'retry-after': ['7', '8'] }, 7000],
  [{ 'retry-after': '-1' }, undefined],
  [{ 'retry-after': 'soon' }, undefined],
  [{}, undefined],
])('retry-after %j is %s ms', (headers, expected) => {
  expect(parseRetryAfter(headers, now)).toBe(expected);
});

it.each([
  ['ECONNREFUSED', false, 'connect-failed'],
  ['UND_ERR_CONNECT_TIMEOUT', false, 'connect-failed'],
  ['EAI_AGAIN', false, 'connect-failed'],
  ['ENOTFOUND', false, 'name-not-found'],
  ['CERT_HAS_EXPIRED', false, 'tls-failed'],
  ['SELF_SIGNED_CERT_IN_CHAIN', false, 'tls-failed'],
  ['HPE_INVALID_CONSTANT', false, 'malformed-stream'],
  ['UND_ERR_SOCKET', false, 'connect-failed'],
  ['ECONNRESET', true, 'broken-off'],
])('%s (answered: %s) is %s', (code, answered, expected) => {
  const error = Object.assign(new Error('it failed'), { code });
  expect(toSocketError(error, 'host', answered)).toMatchObject({
    code: expected,
    message: expect.stringContaining('it failed'),
  });
  expect(toSocketError(new AggregateError([error]), 'host', answered).code).toBe(expected);
});
