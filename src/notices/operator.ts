// Owns what the operator of the bot should do about each failure, for log lines. Must not know who asked, or what.

import type { ErrorCode } from '../errors.ts';

export const remedies: Readonly<Record<ErrorCode, string>> = {
  'bad-request':
    'The provider refused the request: `npm run doctor` shows its words, which no log does; DEEPSEEK_MODEL, DEEPSEEK_WIRE or DEEPSEEK_RESUME may not suit it.',
  unauthorized: 'Set DEEPSEEK_API_KEY to a valid key of the provider at DEEPSEEK_BASE_URL.',
  'no-balance':
    'Top up the account (DeepSeek: https://platform.deepseek.com/top_up), or set a FALLBACK_MODEL.',
  forbidden: 'Check what this key, and this address, may use at the provider.',
  'unknown-model': 'Set DEEPSEEK_MODEL to a name that the provider lists, and check DEEPSEEK_BASE_URL.',
  'context-too-long': 'Nothing to do: the asker was told to begin a new thread.',
  'too-large': 'Nothing to do, unless a proxy before the provider limits the size of requests.',
  'invalid-parameters':
    'A setting does not suit this model: check DEEPSEEK_MAX_TOKENS and DEEPSEEK_THINKING.',
  'rate-limited': 'Lower MODEL_CONCURRENCY, ask the provider for a higher limit, or set a FALLBACK_MODEL.',
  'server-error': "Look at the provider's status page; a FALLBACK_MODEL would have answered.",
  'bad-gateway': "Look at the provider's status page, or at the proxy before it.",
  overloaded: "Look at the provider's status page; a FALLBACK_MODEL would have answered.",
  'gateway-timeout': "Look at the provider's status page, or at the time limit of the proxy before it.",
  'connect-failed': 'Check network, firewall and DEEPSEEK_BASE_URL from this machine.',
  'name-not-found': 'Check the host name in DEEPSEEK_BASE_URL and the DNS of this machine.',
  'tls-failed':
    'Check the certificate at DEEPSEEK_BASE_URL and the clock of this machine; for a certificate of your own set NODE_EXTRA_CA_CERTS; where no TLS is spoken the address begins with http://.',
  'tls-expected': 'Set DEEPSEEK_BASE_URL to an address that begins with https://.',
  redirected:
    'Set DEEPSEEK_BASE_URL to the final address: redirects are not followed, since the key would go with them.',
  'first-token-timeout':
    'The provider queued for too long: raise MODEL_FIRST_TOKEN_TIMEOUT, or set a FALLBACK_MODEL.',
  stalled: 'The stream fell silent: often a proxy that buffers; else raise MODEL_IDLE_TIMEOUT.',
  'total-timeout': 'Raise MODEL_TOTAL_TIMEOUT, or lower DEEPSEEK_MAX_TOKENS.',
  'broken-off':
    'The provider or a proxy closed the stream: if it is often at the same age, look for a time limit in between.',
  'malformed-stream': 'What is at DEEPSEEK_BASE_URL does not speak the protocol of DEEPSEEK_WIRE.',
  'stream-too-large': 'The model runs on and on: set DEEPSEEK_MAX_TOKENS.',
  'empty-answer':
    'If it is often so: with thinking on, raise DEEPSEEK_MAX_TOKENS, which counts thinking too.',
  'platform-rate-limited':
    "The platform's limit is reached: see whether another program uses the same token.",
  'platform-unavailable': "Look at the platform's status page and at the network.",
  'platform-refused': "Check the app's scopes and permissions, and whether it is a member of the channel.",
  'page-sealed': 'Nothing to do: the text goes on in a new message.',
  'message-deleted': 'Nothing to do: somebody deleted the reply.',
  stopped: 'Nothing to do: somebody pressed Stop.',
  shutdown:
    'Nothing to do; to let longer answers end, raise SHUTDOWN_GRACE and the time that the system gives before it kills.',
  'lease-lost': 'Another process has taken the turn over: this one was too slow, or paused.',
  internal: 'A bug in Rill: report it with this line.',
};
