// Owns what is asked in a soak, and what goes wrong meanwhile: questions a second apart over two platforms and the playground, broken streams,
// refused calls, lost connections. The same for the same seed. Must not know what is measured.

import { createRandom, toProse } from '../bench/prose.ts';
import type { Book } from '../e2e/book.ts';
import { isWriting } from '../e2e/scene.ts';
import type { Asked, CallFault, FailingCall, Stage } from '../e2e/stage.ts';
import type { Plan } from '../fakes/model-server.ts';
import type { Visitors } from './playground.ts';

export interface Outcome {
  readonly asked: number;
  ended(): number;
  complete(): number;
  failedCalls(): number;
  /** Questions whose answers have not ended, a line each. */
  open(): readonly string[];
}

const CHANNELS = 6;
const TOKENS_A_SECOND = 80;
/** An ordinary stream as often as a broken one; the request that comes after a broken one is ordinary. */
const streams: readonly Plan[] = [
  { fault: { kind: 'reset', after: 25 } },
  {},
  { status: 503 },
  {},
  { fault: { kind: 'malformed', after: 12 } },
  { encoding: 'gzip' },
  { fault: { kind: 'error', after: 30 } },
  {},
  { status: 429, retryAfter: 1 },
  { slice: 3 },
  { fault: { kind: 'end', after: 40 } },
  {},
  { fault: { kind: 'stall', after: 20 } },
  { finish: 'length' },
  { fault: { kind: 'heartbeat', after: 5 } },
  { reasoning: 'First the reader, then the words.' },
];
const calls: readonly (readonly [FailingCall, CallFault])[] = [
  ['edit', 'limited'],
  ['final', 'unavailable'],
  ['post', 'lost-after'],
  ['edit', 'lost-before'],
  ['final', 'limited'],
  ['post', 'unavailable'],
];
/** Every so many questions one call fails, and the connections that events come by are cut, or asked to be made anew. */
const CALL_EVERY = 5;
const CUT_EVERY = 20;

/** Asks so many questions within so many milliseconds, and resolves when the last is asked. */
interface Question {
  readonly name: string;
  isEnded(): boolean;
  isComplete(): boolean;
}

export async function load(
  stages: readonly Stage[],
  visitors: Visitors,
  book: Book,
  { count, overMs, seed }: { readonly count: number; readonly overMs: number; readonly seed: number },
): Promise<Outcome> {
  const random = createRandom(seed);
  const channels = stages.map((stage) => Array.from({ length: CHANNELS }, () => stage.newChannel()));
  const questions: Question[] = [];
  const hits: (() => number)[] = [];
  const begunAt = performance.now();

  for (let n = 0; n < count; n += 1) {
    await until(begunAt + (n * overMs) / count);
    if (n % CUT_EVERY === CUT_EVERY - 1) {
      visitors.leave();
      for (const one of stages) n % (2 * CUT_EVERY) === CUT_EVERY - 1 ? one.reconnect() : one.drop();
    }
    const tokens = n % 20 === 7 ? 1_200 : 60 + Math.floor(random() * 240);
    const plan = streams[Math.floor(n / (stages.length + 1)) % streams.length] ?? {};
    const usual: Plan = { delayMs: 1000 / TOKENS_A_SECOND };
    const key = book.answer(toProse(tokens, seed + n).join(''), { ...usual, ...plan }, usual);
    const text = `Tell me about ${key}`;
    const which = n % (stages.length + 1);
    const stage = stages[which];
    if (stage === undefined) {
      const id = await visitors.ask(text);
      questions.push({
        name: `playground ${key}`,
        isEnded: () => visitors.isEnded(id),
        isComplete: () => visitors.isComplete(id),
      });
      continue;
    }
    const channel = channels[which]?.[Math.floor(random() * CHANNELS)] ?? '';
    const asked = await stage.ask({ channel, text });
    questions.push(toQuestion(stage, asked, key));
    if (n % CALL_EVERY === 2 || n % CALL_EVERY === 3) {
      const [call, fault] = calls[Math.floor(n / CALL_EVERY) % calls.length] ?? ['edit', 'limited'];
      hits.push(stage.fail(call, asked, fault));
    }
  }

  return {
    asked: count,
    ended: () => questions.filter((question) => question.isEnded()).length,
    complete: () => questions.filter((question) => question.isEnded() && question.isComplete()).length,
    failedCalls: () => hits.reduce((sum, hit) => sum + hit(), 0),
    open: () => questions.filter((question) => !question.isEnded()).map(({ name }) => name),
  };
}

function toQuestion(stage: Stage, asked: Asked, key: string): Question {
  return {
    name: `${stage.name} ${asked.channel} ${key}`,
    isEnded() {
      const replies = stage.replies(asked);
      return replies.length > 0 && replies.every((reply) => !isWriting(reply));
    },
    isComplete: () => stage.replies(asked).at(-1)?.footer !== undefined,
  };
}

async function until(at: number): Promise<void> {
  const ms = at - performance.now();
  if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
}
