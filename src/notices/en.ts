// Owns what the bot says to a person in English. Must not know when it is said.

import type { ErrorCode, TlsFault } from '../errors.ts';

/** What a sentence about a failure may hold, all of it safe to show and already cut short. */
interface Failure {
  /** How long to wait, in words; undefined where the other side did not say. */
  readonly wait: string | undefined;
  readonly status: number | undefined;
  readonly bugId: string | undefined;
  /** Whether a part of the answer stands, and can be gone on with; undefined where nobody asks. */
  readonly hasText: boolean | undefined;
  /** Who stopped the answer; empty where that is not known. */
  readonly by: string;
  /** Why no secure connection could be made, where that is known. */
  readonly tls: TlsFault | undefined;
}

const later = (wait: string | undefined) => (wait === undefined ? 'in a minute' : `in ${wait}`);

export const tlsFaults: Readonly<Record<TlsFault | 'unknown', string>> = {
  expired: "its server's certificate has expired, or is not valid yet",
  'self-signed': "its server's certificate is signed by itself, so nobody vouches for it",
  'wrong-host': "its server's certificate is for another host",
  'unknown-authority': "whoever vouches for its server's certificate is not known here",
  'no-tls': 'its server does not speak TLS at this address',
  'too-old': "its server's TLS is too old",
  unknown: "its server's certificate was refused",
};

const failures: Readonly<Record<ErrorCode, (failure: Failure) => string>> = {
  'bad-request': () =>
    'The model did not accept this question (HTTP 400). Ask it in other words or in a new thread; if that fails too, tell whoever runs this bot.',
  unauthorized: () =>
    "The model refused this bot's key (HTTP 401), so nobody gets an answer now. Please tell whoever runs this bot.",
  'no-balance': () =>
    "The bot's account with the model has run out of money (HTTP 402). Whoever runs this bot can top it up (DeepSeek: https://platform.deepseek.com/top_up); then press Retry.",
  forbidden: () =>
    'The model may not be used with this key or from this place (HTTP 403). Please tell whoever runs this bot.',
  'unknown-model': () =>
    'The provider knows no model of the name that this bot is set to (HTTP 404). Please tell whoever runs this bot.',
  'context-too-long': () =>
    'This conversation with its files is longer than the model can read. Ask again in a new thread, with only what matters.',
  'too-large': () =>
    'The question with its attachments is too large for the model (HTTP 413). Ask again with less text, or smaller or fewer files.',
  'invalid-parameters': () =>
    'The model did not accept a setting of this bot (HTTP 422). Please tell whoever runs this bot.',
  'rate-limited': ({ wait }) =>
    `The model is getting more questions than it takes from this bot (HTTP 429). Press Retry ${later(wait)}.`,
  'server-error': ({ status, wait }) =>
    `The model's server failed (HTTP ${status ?? 500}), also when asked again. Press Retry ${later(wait)}.`,
  'bad-gateway': ({ status, wait }) =>
    `The model's server could not be reached through its gateway (HTTP ${status ?? 502}). Press Retry ${later(wait)}.`,
  overloaded: ({ status, wait }) =>
    `The model's server is overloaded (HTTP ${status ?? 503}). Press Retry ${later(wait)}.`,
  'gateway-timeout': ({ status, wait }) =>
    `The model's server did not answer its gateway in time (HTTP ${status ?? 504}). Press Retry ${later(wait)}.`,
  'connect-failed': () =>
    'The model could not be reached: no connection to its server. Press Retry in a minute.',
  'name-not-found': () =>
    "The address of the model's server is not known on the network. Please tell whoever runs this bot.",
  'tls-failed': ({ tls }) =>
    `No secure connection to the model could be made: ${tlsFaults[tls ?? 'unknown']}. Please tell whoever runs this bot.`,
  'tls-expected': () =>
    "The model's server wants a secure connection (https), and this bot is set to one without. Please tell whoever runs this bot.",
  redirected: () =>
    "The model's server has another address than this bot is set to: it answered with a redirect, which is not followed. Please tell whoever runs this bot.",
  'first-token-timeout': () =>
    'The model did not begin to answer in the time that it is given. It may be very busy: press Retry in a few minutes.',
  stalled: ({ hasText }) =>
    hasText === false
      ? 'The model fell silent before the first word of its answer. Press Retry.'
      : 'The model fell silent in the middle of its answer. Press Continue or Retry.',
  'total-timeout': ({ hasText }) =>
    hasText === false
      ? 'No word of an answer came in the time that this bot waits for one. Press Retry, or ask for something shorter.'
      : 'The answer took longer than this bot waits for one. Press Continue or Retry, or ask for something shorter.',
  'broken-off': ({ hasText }) =>
    hasText === false
      ? 'The connection to the model was lost before the first word of an answer. Press Retry.'
      : 'The connection to the model broke off before the answer was whole. Press Continue or Retry.',
  'malformed-stream': ({ hasText }) =>
    hasText === false
      ? "The model's server sent something that cannot be read in place of an answer. Press Retry; if it happens again, tell whoever runs this bot."
      : "The model's server sent something that cannot be read, so the answer may not be whole. Press Retry; if it happens again, tell whoever runs this bot.",
  'stream-too-large': () =>
    'The model sent far more than an answer may hold, so it was cut off. Ask for something shorter.',
  'empty-answer': () => 'The model ended without a word of answer. Press Retry, or ask in other words.',
  'platform-rate-limited': ({ wait }) =>
    `This chat takes no more messages from the bot for now. Press Retry ${later(wait)}.`,
  'platform-unavailable': () =>
    'This chat could not be reached for a while, so the answer is not whole. Press Retry in a minute.',
  'platform-refused': () =>
    'This chat refused what the bot wanted to write. Press Retry; if it happens again, tell whoever runs this bot.',
  'page-sealed': () =>
    'This message takes no more text, and the rest found no place. Press Retry, or ask again in a new thread.',
  'message-deleted': () =>
    'The reply was deleted, so the answer was stopped. Ask again if you want it after all.',
  stopped: ({ by }) => `Stopped${by === '' ? '' : ` by ${by}`}. Press Retry to ask again.`,
  shutdown: ({ hasText }) =>
    hasText === false
      ? 'The bot is being restarted, so this was not answered. Ask again in a minute.'
      : 'The bot is being restarted, and the answer ended here. Ask again in a minute.',
  'lease-lost': () => 'Another part of the bot has taken this answer over and goes on with it.',
  internal: ({ bugId }) =>
    `Something went wrong in the bot itself${bugId === undefined ? '' : ` (bug ${bugId})`}. Press Retry; if it happens again, tell whoever runs this bot${bugId === undefined ? '' : ' that number'}.`,
};

export const en = {
  failures,
  /** A length of time. Only one of the three units and the next smaller one are used. */
  time: { s: (n: number) => `${n} s`, min: (n: number) => `${n} min`, h: (n: number) => `${n} h` },
  muchTime: 'more than a day',
  thinking: (time: string) => `thinking… ${time}`,
  queuedAtProvider: (time: string) => `queued at the provider… ${time}`,
  tryingAgain: (attempt: number, time: string) =>
    `the model gave no answer; trying again (attempt ${attempt})… ${time}`,
  tryingAgainIn: (attempt: number, time: string) =>
    `the model gave no answer; trying again (attempt ${attempt}) in ${time}`,
  queuedHere: (place: number) => `waiting for a free place: number ${place} in the queue`,
  queuedInThread: () => 'waiting: another answer in this thread goes first',
  waitsTurn: (ahead: number) =>
    ahead === 1
      ? 'One question in this thread is still being answered; yours is next.'
      : `${ahead} questions in this thread go first; then it is your turn.`,
  queueFull: () =>
    'Too many questions wait for an answer right now, so this one was not taken. Please ask it again when some of them have theirs.',
  restarting: () =>
    'The bot is being restarted, so this question was not taken. Please ask it again in a minute.',
  notTaken: (count: number) =>
    count === 1
      ? 'One question here was not taken a moment ago: too many came at once. Please ask it again.'
      : `${count} questions here were not taken a moment ago: too many came at once. Please ask them again.`,
  hint: (bot: string) =>
    `Mention me with a question, for example: “${bot} what is a monad?” I read this thread and answer here. Say “${bot} stop” to stop me.`,
  directHint: () =>
    'Write me a question, for example: “What is a monad?” I read this conversation and answer here. Say “stop” to stop me.',
  overRate: (time: string) => `That is more questions than one person may ask here. Please wait ${time}.`,
  notAllowed: () => 'You may not ask me here. Whoever runs this bot can change that.',
  expired: () => 'This button no longer works: the answer is too old to go on with. Please ask again.',
  busy: () => 'This is being answered already.',
  alreadyOver: () => 'There is nothing to stop: no answer is being written.',
  historyCut: () => 'Not all earlier messages of this thread were read for this answer.',
  historyForbidden: (names: string) =>
    `The messages before it were not read for this answer: I lack a permission in this channel (${names}). Whoever runs this server can give it to me.`,
  voiceNotHeard: () => 'Voice messages are not heard: please write what you said.',
  attachmentSkipped: (names: string) => `Not read: ${names}.`,
  attachmentTooLarge: (names: string) => `Too large to read: ${names}.`,
  attachmentCut: (names: string) => `Only the beginning was read: ${names}.`,
  attachmentGuessed: (names: string) =>
    `Not in UTF-8, so its encoding was guessed; some letters may be wrong: ${names}.`,
  restarted: () => 'The answer broke off and was started again.',
  interruptedGoingOn: () => 'The answer broke off; going on…',
  quotaReached: (time: string) => `The tokens for today are used up. Ask again after ${time}.`,
  undelivered: () =>
    'I could not write my answer here: this chat does not take it. Ask again, or somewhere else; if it happens again, tell whoever runs this bot.',
  unpermitted: (names: string) =>
    `I could not write my answer there: I lack a permission in that channel (${names}). Whoever runs that server can give it to me; then ask again.`,
  remnants: {
    withdrawn: 'This message is not part of the answer any more.',
    left: 'Older messages of mine could not be taken away here: they are not part of this answer.',
    open: 'A message above looks unfinished, since it could be neither changed nor taken away.',
  },
  labels: { stop: 'Stop', retry: 'Retry', continue: 'Continue' },
  separator: ', ',
  /** Parts of the line below an answer, which begins with `AI`. */
  line: {
    tokens: (count: string) => (count === '1' ? '1 token' : `${count} tokens`),
    /** In front of a number that is not the provider's. */
    about: 'about ',
    interruptions: (count: number) =>
      `went on after ${count} ${count === 1 ? 'interruption' : 'interruptions'}`,
    cost: (cost: string) => `cost ${cost}`,
    length: 'token limit reached: press Continue',
    filtered: "ended by the provider's content filter",
    stopped: (by: string) => (by === '' ? 'stopped' : `stopped by ${by}`),
    broken: 'broken off',
    unanswered: 'not answered',
  },
};

/** What each language must have. */
export type Sentences = typeof en;
