// Owns `npm run ask`: what is asked, of which model, and the exit code. Must not know the environment, nor which model stands behind
// the port.

import type { Readable, Writable } from 'node:stream';
import { type AnswerEnd, type AnswerPorts, answerOnce } from './ask/answer.ts';
import { type AskArguments, parseAsk } from './ask/arguments.ts';
import { chat } from './ask/chat.ts';
import { type Input, InputError, openInput, readPiped, toPipedQuestion } from './ask/input.ts';
import { createScreen, type Out, type Screen } from './ask/screen.ts';
import type { Clock } from './clock.ts';
import type { Config } from './config.ts';
import { toCost } from './conversation/cost.ts';
import type { Model } from './model/types.ts';
import { sayInTerminal, type TerminalSentences } from './notices/terminal.ts';
import { type Language, say, toLanguage } from './notices.ts';
import { inColour, plain } from './terminal.ts';

export interface AskOptions {
  readonly args: readonly string[];
  /** Options that npm kept for itself. */
  readonly npmTook: readonly string[];
  /** The settings, with another model where one is given. Throws ConfigError. */
  readonly parse: (model: string | undefined) => Config;
  readonly open: (config: Config) => Promise<Model>;
  readonly isDemo: (config: Config) => boolean;
  /** As `LANG` has it: `zh_CN.UTF-8`. */
  readonly locale: string | undefined;
  readonly stdin: Readable & { readonly isTTY?: boolean | undefined };
  readonly stdout: Out & Writable;
  readonly stderr: Out & Writable;
  readonly colours: (stream: Out) => boolean;
  /** Calls `act` at each press of Ctrl-C and each SIGTERM; returns what ends it. */
  readonly onPress: (act: (press: number, signal: string) => void) => () => void;
  readonly exit: (code: number) => never;
  readonly clock: Clock;
}

const ANSWERED = 0;
const NOT_ANSWERED = 1;
const WRONG_USAGE = 2;
/** 128 and the signal's number, as shells have it. */
const INTERRUPTED = 130;

/** Resolves to the exit code: 0 answered, 1 not, or what came could not be written, 2 wrong usage, 130 stopped by Ctrl-C. Rejects only with what `parse` throws. */
export async function runAsk(options: AskOptions): Promise<number> {
  const spoken = toSpokenLanguage(options.locale);
  const before = sayInTerminal(spoken ?? 'en');
  const parsed = parseAsk(options.args, before, options.npmTook);
  if (parsed.kind === 'help') {
    options.stdout.write(`${before.usage}\n`);
    return ANSWERED;
  }
  if (parsed.kind === 'wrong') return refuse(options, parsed.say, before);
  const config = options.parse(parsed.given.model);
  const language = spoken ?? config.language;
  const words = sayInTerminal(language);
  const interrupt = createInterrupt(options);
  const isLost = watchLoss(options);
  try {
    const asked = await readAsked(parsed.given, options, words, interrupt.next());
    if (asked.question === '' && !parsed.given.chat) return refuse(options, words.nothingAsked, words);
    interrupt.idle();
    const given = parsed.given;
    const code = await answer({ options, config, language, words, interrupt, ...asked, given });
    return code === ANSWERED && (await isLost()) ? NOT_ANSWERED : code;
  } catch (error) {
    if (interrupt.pressed()) return INTERRUPTED;
    if (error instanceof InputError) return refuse(options, error.message, words);
    throw error;
  } finally {
    interrupt.end();
  }
}

/** Undefined for `C`, and for languages that Rill does not speak. */
function toSpokenLanguage(locale: string | undefined): Language | undefined {
  const [tag = ''] = (locale ?? '').split(/[.@]/);
  const [first, second] = [toLanguage(tag, 'en'), toLanguage(tag, 'zh')];
  return first === second ? first : undefined;
}

function refuse({ stderr }: AskOptions, sentence: string, words: TerminalSentences): number {
  stderr.write(`${sentence}\n${words.seeHelp}\n`);
  return WRONG_USAGE;
}

interface Interrupt {
  /** Aborted at the next press. */
  next(): AbortSignal;
  /** Nothing is under way: a press ends the conversation. */
  idle(): void;
  /** Aborted where no more questions are to be taken. */
  readonly over: AbortSignal;
  pressed(): boolean;
  end(): void;
}

/** Ctrl-C ends what is under way; where nothing is, the conversation; and where that takes time, once more the program. */
function createInterrupt({ onPress, stdout, exit }: AskOptions): Interrupt {
  let current: AbortController | undefined;
  const over = new AbortController();
  const end = onPress((_press, signal) => {
    const isLate = current === undefined ? over.signal.aborted : current.signal.aborted;
    if (isLate) exit(INTERRUPTED);
    if (current === undefined || signal === 'SIGTERM') over.abort(new Error(signal));
    current?.abort(new Error(signal));
  });
  stdout.once('error', (error) => {
    over.abort(error);
    current?.abort(error);
  });
  return {
    next() {
      current = new AbortController();
      return current.signal;
    },
    idle() {
      current = undefined;
    },
    over: over.signal,
    pressed: () => current?.signal.aborted === true,
    end,
  };
}

/** A function that tells, once all is written, whether it did not arrive: the disk is full. Whoever reads no further has had enough. */
function watchLoss({ stdout, clock }: AskOptions): () => Promise<boolean> {
  let fault: NodeJS.ErrnoException | undefined;
  stdout.once('error', (error) => {
    fault = error;
  });
  return async () => {
    await new Promise<void>((resolve) => {
      stdout.write('', () => clock.after(0, resolve));
    });
    return fault !== undefined && fault.code !== 'EPIPE';
  };
}

/** The question, and what is read with it. */
async function readAsked(
  given: AskArguments,
  { stdin, stderr, clock }: AskOptions,
  words: TerminalSentences,
  signal: AbortSignal,
): Promise<{ readonly question: string; readonly input: Input }> {
  // In a conversation its lines are the questions.
  const isPiped = stdin.isTTY !== true && !given.chat;
  // Paths first: nobody should type a page, and then be told of a missing file.
  await openInput(given.files, undefined, words);
  const hint = (): void => void stderr.write(`${words.readingInput}\n`);
  const piped = isPiped ? await readPiped(stdin, clock, hint, signal) : undefined;
  const hasPiped = piped !== undefined && piped.length > 0;
  if (given.question === '' && hasPiped)
    return { question: toPipedQuestion(piped, words), input: await openInput(given.files, undefined, words) };
  return {
    question: given.question,
    input: await openInput(given.files, hasPiped ? piped : undefined, words),
  };
}

interface Asked {
  readonly options: AskOptions;
  readonly config: Config;
  readonly language: Language;
  readonly words: TerminalSentences;
  readonly interrupt: Interrupt;
  readonly question: string;
  readonly input: Input;
  readonly given: AskArguments;
}

async function answer(asked: Asked): Promise<number> {
  const { options, config, words, interrupt, question, given } = asked;
  const screen = createScreen({
    ...{ stdout: options.stdout, stderr: options.stderr, thoughts: config.model.thinking },
    colours: (stream) => (options.colours(stream) ? inColour : plain),
  });
  if (options.isDemo(config)) screen.remark(given.model === undefined ? words.demo : words.demoModel);
  const model = await options.open(config);
  const ports = toPorts(asked, model, screen);
  try {
    if (given.chat) return await converse(asked, ports);
    const signal = interrupt.next();
    const { state } = await answerOnce(ports, question, [], signal);
    if (state === 'stopped') return INTERRUPTED;
    return state === 'complete' ? ANSWERED : NOT_ANSWERED;
  } finally {
    await model.close();
  }
}

function toPorts({ options, config, language, input }: Asked, model: Model, screen: Screen): AnswerPorts {
  const isSeen = options.stdout.isTTY === true && options.stderr.isTTY === true;
  const footer = ({ models, seconds, usage, interruptions }: AnswerEnd): string =>
    say(language).footer.complete({
      ...{ models: models.length > 0 ? models : [config.model.model], seconds, interruptions },
      tokens: usage?.completion,
      isEstimate: usage?.isEstimate,
      cost: toCost(usage, config.model.prices),
    });
  return {
    ...{ model, screen, clock: options.clock, language, input, systemPrompt: config.systemPrompt },
    vision: config.model.vision,
    footer: isSeen && config.footer ? footer : undefined,
  };
}

/** A conversation is answered where each of its questions was; a person at a terminal has seen which were not. */
async function converse({ options, words, interrupt, question }: Asked, ports: AnswerPorts): Promise<number> {
  const { stdin, stdout, stderr } = options;
  const isTerminal = stdin.isTTY === true;
  if (isTerminal && question === '') ports.screen.remark(words.chatHint, 'dim');
  const isWhole = await chat({
    ...{ stdin, prompt: '> ', first: question, signal: interrupt.over },
    echo: [stdout, stderr].find((stream) => stream.isTTY === true),
    async answer(text, history) {
      const answered = await answerOnce(ports, text, history, interrupt.next());
      interrupt.idle();
      return answered;
    },
  });
  return isWhole || isTerminal ? ANSWERED : NOT_ANSWERED;
}
