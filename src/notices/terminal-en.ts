// Owns what is said in English to somebody who asks in a terminal: there are no buttons, and who reads it mostly runs the bot.
// Must not know when it is said.

import type { ErrorCode, TlsFault } from '../errors.ts';
import { tlsFaults } from './en.ts';

/** What a sentence about a failure may hold, all of it safe to show. */
interface Failure {
  /** How long to wait, in words; undefined where the other side did not say. */
  readonly wait: string | undefined;
  readonly status: number | undefined;
  /** Why no secure connection could be made, where that is known. */
  readonly tls: TlsFault | undefined;
}

const later = (wait: string | undefined) => (wait === undefined ? 'in a minute' : `in ${wait}`);

const failures: Readonly<Record<ErrorCode, (failure: Failure) => string>> = {
  'bad-request': () =>
    'The model did not accept this question (HTTP 400). Ask it in other words; if that fails too, see DEEPSEEK_MODEL, DEEPSEEK_WIRE and `npm run doctor`.',
  unauthorized: () =>
    'The provider refused the key (HTTP 401). Set DEEPSEEK_API_KEY in .env to a valid key of the provider at DEEPSEEK_BASE_URL.',
  'no-balance': () =>
    'The account with the provider has run out of money (HTTP 402). Top it up (DeepSeek: https://platform.deepseek.com/top_up), then ask again.',
  forbidden: () =>
    'The model may not be used with this key or from this place (HTTP 403). Ask the provider what the key may use.',
  'unknown-model': () =>
    'The provider knows no model of this name (HTTP 404). Give another with --model or DEEPSEEK_MODEL, and check DEEPSEEK_BASE_URL.',
  'context-too-long': () =>
    'The question with its files is longer than the model can read. Ask with fewer or shorter files.',
  'too-large': () =>
    'The question with its files is too large for the model (HTTP 413). Ask with smaller or fewer files.',
  'invalid-parameters': () =>
    'The model did not accept a setting (HTTP 422). Check DEEPSEEK_MAX_TOKENS and DEEPSEEK_THINKING.',
  'rate-limited': ({ wait }) =>
    `The provider takes no more questions with this key for now (HTTP 429). Ask again ${later(wait)}.`,
  'server-error': ({ status }) =>
    `The model's server failed (HTTP ${status ?? 500}), also when asked again. Ask again in a minute.`,
  'bad-gateway': ({ status }) =>
    `The model's server could not be reached through its gateway (HTTP ${status ?? 502}). Ask again in a minute.`,
  overloaded: ({ status, wait }) =>
    `The model's server is overloaded (HTTP ${status ?? 503}). Ask again ${later(wait)}.`,
  'gateway-timeout': ({ status }) =>
    `The model's server did not answer its gateway in time (HTTP ${status ?? 504}). Ask again in a minute.`,
  'connect-failed': () =>
    'The model could not be reached: no connection to its server. Check the network and DEEPSEEK_BASE_URL.',
  'name-not-found': () =>
    "The address of the model's server is not known on the network. Check the host name in DEEPSEEK_BASE_URL.",
  'tls-failed': ({ tls }) =>
    `No secure connection to the model could be made: ${tlsFaults[tls ?? 'unknown']}. Check DEEPSEEK_BASE_URL and the clock of this machine.`,
  'tls-expected': () =>
    "The model's server wants a secure connection: let DEEPSEEK_BASE_URL begin with https://.",
  redirected: () =>
    "The model's server answered with a redirect, which is not followed. Set DEEPSEEK_BASE_URL to its final address.",
  'first-token-timeout': () =>
    'The model did not begin to answer in the time that it is given. It may be very busy: ask again in a few minutes, or raise MODEL_FIRST_TOKEN_TIMEOUT.',
  stalled: () => 'The model fell silent in the middle of its answer. Ask again.',
  'total-timeout': () =>
    'The answer took longer than MODEL_TOTAL_TIMEOUT allows. Ask for something shorter, or raise it.',
  'broken-off': () => 'The connection to the model broke off before the answer was whole. Ask again.',
  'malformed-stream': () =>
    "The model's server sent something that cannot be read, so the answer may not be whole. Check DEEPSEEK_BASE_URL and DEEPSEEK_WIRE, then ask again.",
  'stream-too-large': () =>
    'The model sent far more than an answer may hold, so it was cut off. Ask for something shorter.',
  'empty-answer': () => 'The model ended without a word of answer. Ask again, or in other words.',
  'platform-rate-limited': ({ wait }) => `No more can be written for now. Ask again ${later(wait)}.`,
  'platform-unavailable': () => 'A file could not be read in time. Ask again.',
  'platform-refused': () => 'A file could not be read.',
  'page-sealed': () => 'The rest of the answer found no place. Ask again.',
  'message-deleted': () => 'The answer was stopped. Ask again if you want it after all.',
  stopped: () => 'Stopped.',
  shutdown: () => 'The program is being stopped, and the answer ended here. Ask again.',
  'lease-lost': () => 'Another process goes on with this answer.',
  internal: () =>
    'Something went wrong in Rill itself. Ask again; if it happens again, report what stands below.',
};

const USAGE = `Asks the model one question, and writes its answer to the terminal as it comes.

  npm run ask -- "What is a rill?"
  npm run ask -- --file notes.txt "Sum this up"
  git diff | npm run --silent ask -- "Review this" > review.md
  npm run ask -- --chat

Put -- behind "npm run ask": what stands before it is npm's.

  -m, --model NAME   another model than DEEPSEEK_MODEL, for this time
  -f, --file PATH    a file to read with the question; may be given more than once
  -c, --chat         ask on in the same conversation: a line is a question, \\ at its end goes on in
                     the next line; Ctrl-C stops an answer, and ends where none is written; Ctrl-D ends
  -h, --help         this page

What comes through a pipe is read with the question, or is the question where there is no other.
To a pipe or a file goes the model's text alone, Markdown as it is, once it has ended, and what there is
of it where it broke off; remarks go to stderr.

Exit codes: 0 answered, 1 not answered or not to its end, 2 wrong usage, 78 a setting is wrong,
130 stopped by Ctrl-C.`;

export const terminalEn = {
  failures,
  usage: USAGE,
  demo: 'No DEEPSEEK_API_KEY is set: the built-in demo model answers.',
  demoModel: 'The demo model has no other: --model needs DEEPSEEK_API_KEY or a DEEPSEEK_BASE_URL.',
  nothingAsked: 'Ask something: npm run ask -- "What is a rill?"',
  seeHelp: 'All options: npm run ask -- --help',
  unknownOption: (name: string, near: string | undefined) =>
    near === undefined
      ? `There is no option ${name}. If it belongs to the question, put -- before that.`
      : `There is no option ${name}; did you mean ${near}?`,
  needsValue: (name: string, example: string) => `${name} needs a value: ${name} ${example}`,
  takesNoValue: (name: string) => `${name} takes no value.`,
  npmTook: (name: string) => `npm took ${name} for itself. Put -- before it: npm run ask -- ${name} …`,
  tooManyFiles: (most: number) => `At most ${most} files can be read with one question.`,
  noFile: (path: string) => `There is no file ${path}.`,
  isFolder: (path: string) => `${path} is no file that can be read as a whole: give single files.`,
  unreadable: (path: string) => `${path} may not be read.`,
  inputTooLarge: (kilobytes: number) =>
    `Standard input is larger than ${kilobytes} KB. Give a shorter part of it.`,
  inputNoText: 'Standard input is no text. Give a file with --file instead.',
  readingInput: 'Reading standard input, which has not ended yet… To ask without it: < /dev/null',
  inputName: 'standard input',
  wereThoughts: 'These were the thoughts. The answer:',
  startsAgain: 'The answer starts again:',
  writing: (characters: number) => `writing… ${characters} characters`,
  cutAtLimit: 'Cut at the token limit. Raise DEEPSEEK_MAX_TOKENS, or ask for something shorter.',
  cutByFilter: "Cut by the provider's content filter.",
  stopped: 'Stopped.',
  chatHint: 'Write a question; Ctrl-D ends.',
  shortened:
    'Earlier parts of this conversation, or of the files, were left out: together they are too long.',
};

export type TerminalSentences = typeof terminalEn;
