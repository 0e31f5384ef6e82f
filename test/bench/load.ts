// Owns one cell's run: the fake platform and the fake model in this process, the bot in one of its own, questions at their
// times, and what a reader saw, on this process's clock. Must not know targets or how results are printed.

import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { startProgram } from '../e2e/program.ts';
import { createModelServer } from '../fakes/model-server.ts';
import { type Cell, firstTokenMs, tokensPerSecond, type Wave } from './cells.ts';
import { type Counts, createDiscordPlace, createSlackPlace, type Place } from './place.ts';
import { toProse } from './prose.ts';
import { commonLength, type Track } from './track.ts';

/** How late this process may be, in ms (99th percentile of its event loop), for its times to count. */
export const lateMax = 20;
/** After the last token, answers get so long to be whole. */
const patienceMs = 240_000;
/**
 * Before the first wave one short question, so that the program is loaded and compiled, and then a pause in which every bucket is full again:
 * four calls at the most, which the smallest limit gives back in five seconds.
 */
const warmUp: Wave = { id: 'warm', label: '', questions: [{ atMs: 0, tokens: 30 }], targets: {} };
const warmUpMs = 8_000;
/** CPU ticks a second, on every Linux that Node runs on. */
const ticks = 100;

export interface WaveRun {
  readonly wave: Wave;
  readonly answers: readonly AnswerRun[];
  readonly counts: Counts;
  /** Of the bot's process, in seconds and bytes; undefined where the system does not tell. */
  readonly cpu: number | undefined;
  readonly memory: number | undefined;
  /** 99th percentile of this process's event-loop delay, in ms. */
  readonly late: number;
}

export interface AnswerRun {
  readonly track: Track;
  readonly text: string;
  readonly pages: readonly string[];
  /** Nothing looks as if it were still being written. */
  readonly over: boolean;
  /** When that was so for the first time. */
  readonly endedAt: number | undefined;
}

interface Asked extends AnswerRun {
  readonly track: Track & { askedAt: number };
  readonly tokens: readonly string[];
  pages: readonly string[];
  over: boolean;
  endedAt: number | undefined;
  chars: number;
}

/** Runs a cell. `bot`: the file of the bot below `dist`. */
export async function runCell(cell: Cell, bot: string): Promise<readonly WaveRun[]> {
  const channels = cell.waves.reduce((sum, { questions }) => sum + questions.length, 1);
  const place = await (cell.platform === 'slack'
    ? createSlackPlace(channels, cell.burst)
    : createDiscordPlace(channels));
  const book = new Map<string, Asked>();
  const model = await createModelServer({
    script(_n, body) {
      const question = JSON.stringify(body.messages?.filter(({ role }) => role === 'user') ?? '');
      const asked = book.get([...question.matchAll(/Q\d+Z/g)].at(-1)?.[0] ?? '');
      if (asked === undefined) return undefined;
      const gap = 1_000 / tokensPerSecond;
      const from = performance.now() + firstTokenMs;
      asked.track.emitted = asked.tokens.map((_, index) => from + index * gap);
      // The fake waits the gap before the first token, too.
      return { tokens: asked.tokens, firstTokenMs: firstTokenMs - gap, delayMs: gap };
    },
  });
  const isPlain = cell.bot === 'plain';
  const program = startProgram(
    {
      ...place.env,
      DEEPSEEK_API_KEY: 'sk-bench',
      DEEPSEEK_BASE_URL: model.url,
      USER_RATE: '100000',
      MODEL_CONCURRENCY: '1000',
      WEB: 'off',
    },
    [],
    isPlain ? '../dist-test/test/bench/plain-bot.js' : bot,
  );
  try {
    await (isPlain ? program.listening() : program.ready());
    const runs: WaveRun[] = [];
    await runWave(warmUp, { place, book, pid: program.pid, isPlain });
    await sleep(warmUpMs);
    if (cell.fill < 1) place.drain?.(cell.fill);
    const startedAt = performance.now();
    for (const [index, wave] of cell.waves.entries()) {
      await sleep(startedAt + index * cell.apartMs - performance.now());
      runs.push(await runWave(wave, { place, book, pid: program.pid, isPlain }));
    }
    return runs;
  } finally {
    await program.stop();
    await Promise.all([place.close(), model.close()]);
  }
}

interface Scene {
  readonly place: Place;
  readonly book: Map<string, Asked>;
  readonly pid: number;
  readonly isPlain: boolean;
}

async function runWave(wave: Wave, { place, book, pid, isPlain }: Scene): Promise<WaveRun> {
  const before = place.counts();
  const cpuBefore = readCpu(pid);
  const asked = new Map<string, Asked>();
  const answers = wave.questions.map(({ tokens: count }): [string, Asked] => {
    const key = `Q${book.size + 1}Z`;
    const answer = toAsked(toProse(count, book.size + 1));
    book.set(key, answer);
    return [key, answer];
  });
  let settle: () => void = () => undefined;
  const settled = new Promise<void>((resolve) => {
    settle = resolve;
  });
  const stopWatching = place.watch((where) => {
    const answer = asked.get(where);
    if (answer === undefined) return;
    see(answer, place.look(where), isPlain);
    if (answer.over && asked.size === answers.length && answers.every(([, { over }]) => over)) settle();
  });
  const loop = monitorEventLoopDelay({ resolution: 5 });
  loop.enable();
  const startedAt = performance.now();
  for (const [index, [key, answer]] of answers.entries()) {
    const due = startedAt + (wave.questions[index]?.atMs ?? 0);
    if (due > performance.now()) await sleep(due - performance.now());
    answer.track.askedAt = performance.now();
    asked.set(await place.ask(`Tell me about ${key}`), answer);
  }
  const longest = Math.max(...wave.questions.map(({ tokens }) => tokens)) / tokensPerSecond;
  let giveUp: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    giveUp = setTimeout(resolve, longest * 1_000 + patienceMs);
  });
  await Promise.race([settled, late]);
  clearTimeout(giveUp);
  loop.disable();
  stopWatching();
  const after = place.counts();
  const cpuAfter = readCpu(pid);
  return {
    wave,
    answers: answers.map(([, answer]) => answer),
    counts: {
      calls: after.calls - before.calls,
      edits: after.edits - before.edits,
      limited: after.limited.slice(before.limited.length),
    },
    cpu: cpuBefore === undefined || cpuAfter === undefined ? undefined : cpuAfter - cpuBefore,
    memory: readMemory(pid),
    late: Math.max(0, loop.percentile(99) / 1e6 - 5),
  };
}

function toAsked(tokens: readonly string[]): Asked {
  let end = 0;
  const ends = tokens.map((token) => {
    end += token.length;
    return end;
  });
  const track = { askedAt: 0, ends, emitted: [], seen: [] };
  return { tokens, text: tokens.join(''), track, pages: [], over: false, endedAt: undefined, chars: 0 };
}

/** A bot of another kind does not say that it is done: its answer is over when it is whole. */
function see(answer: Asked, { pages, over }: ReturnType<Place['look']>, isPlain: boolean): void {
  answer.pages = pages;
  const chars = commonLength(answer.text, pages.join(''));
  const ended = over || (isPlain && chars === answer.text.length);
  if (ended && !answer.over) answer.endedAt = performance.now();
  answer.over = ended;
  if (chars === answer.chars) return;
  answer.chars = chars;
  answer.track.seen.push({ at: performance.now(), chars });
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}

/** Seconds of CPU that the process has used. */
function readCpu(pid: number): number | undefined {
  const fields = readProc(`/proc/${pid}/stat`)
    ?.replace(/^.*\) /, '')
    .split(' ');
  return fields === undefined ? undefined : (Number(fields[11]) + Number(fields[12])) / ticks;
}

/** The most bytes of memory that the process has held. */
export function readMemory(pid: number): number | undefined {
  const kilobytes = /^VmHWM:\s*(\d+) kB/m.exec(readProc(`/proc/${pid}/status`) ?? '')?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1_024;
}

function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // No such folder outside Linux.
    return undefined;
  }
}
