// The scale benchmark. The core (bot, turns, writer, pacer) with 1,000 replies over 200 channels in 20 scopes, on a platform in memory that keeps
// Slack's limits; and the built bot through the real Bolt with 200 replies in one workspace. `--check` exits 1 where an answer is not exact.

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { createBot } from '../../src/bot.ts';
import { systemClock } from '../../src/clock.ts';
import type { AnswerEvent, Model } from '../../src/model/types.ts';
import { createPacer } from '../../src/pacing/pacer.ts';
import type { Lane, Mention, Page, Platform, PlatformEvents, ReplySink } from '../../src/platform.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import { createLocalTurns } from '../../src/turns/local.ts';
import { toTestMention } from '../fakes/mention.ts';
import { createPacedPlatform, slackLanes } from '../fakes/paced-platform.ts';
import { type Cell, firstTokenMs, tokensPerSecond } from './cells.ts';
import { runCell } from './load.ts';
import { createRandom, toProse } from './prose.ts';
import { toRow } from './result.ts';
import { printRow, toOrigin, writeSection } from './table.ts';

const replies = 1_000;
const channels = 200;
const scopes = 20;
const tokens = 600;
/** Mentions come in over so long. */
const spreadMs = 10_000;
const beside: Lane = { key: 'memory:T:beside', platform: 'memory', scope: 'T', perMinute: 600, burst: 10 };

export async function benchScale(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      check: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      bot: { type: 'string', default: 'src/main.js' },
      core: { type: 'boolean', default: false },
    },
  });
  const core = await runCore();
  const coreLine = `| core alone, ${replies.toLocaleString('en')} replies, ${channels} channels, ${scopes} scopes | ${core.exact} | ${core.calls} | ${core.limited} | ${core.late.toFixed(0)} ms | ${core.cpu.toFixed(1)} s in ${core.seconds.toFixed(0)} s | ${core.kilobytes.toFixed(0)} kB |`;
  console.log(coreLine);
  if (values.core) return 0;
  const questions = Array.from({ length: 200 }, (_, index) => ({ atMs: (index * spreadMs) / 200, tokens }));
  const cell: Cell = {
    platform: 'slack',
    bot: 'rill',
    burst: 1,
    fill: 1,
    apartMs: 0,
    waves: [{ id: 'slack-200', label: 'N = 200 over 10 s, through Bolt', questions, targets: {} }],
  };
  const [run] = await runCell(cell, values.bot);
  if (run === undefined) throw new Error('the cell did not run');
  const row = toRow(cell, run);
  printRow(row);
  const table = [
    '| | exact | calls | 429s | event-loop delay, p99 | CPU | memory per reply |',
    '|---|---|---|---|---|---|---|',
    coreLine,
    `| through Bolt, 200 replies in one workspace | ${row.exact} | ${row.calls} | ${row.limited} | – | ${row.cpu?.toFixed(1) ?? '–'} s | ${row.memory === undefined ? '–' : `${(row.memory / 2 ** 20).toFixed(0)} MB in all`} |`,
  ].join('\n');
  console.log(`\n${table}`);
  if (values.write) writeSection('scale', `${toOrigin('npm run bench -- scale')}\n\n${table}`);
  return values.check && (core.exact < replies || row.exact < row.answers) ? 1 : 0;
}

interface CoreRun {
  readonly exact: number;
  readonly calls: number;
  readonly limited: number;
  /** 99th percentile of the event loop's delay, in ms. */
  readonly late: number;
  readonly cpu: number;
  readonly seconds: number;
  readonly kilobytes: number;
}

async function runCore(): Promise<CoreRun> {
  const clock = systemClock;
  const answers = Array.from({ length: 10 }, (_, seed) => toProse(tokens, seed + 1));
  const shown = new Map<string, Page[]>();
  const limits = createPacedPlatform({ clock, random: createRandom(1) });
  let events: PlatformEvents | undefined;

  const openReply = (mention: Mention): ReplySink => {
    const { update, post } = slackLanes(mention.scope);
    const pages: Page[] = [];
    shown.set(mention.id, pages);
    const write = async (lane: Lane, page: Page) => {
      await limits.call(lane, mention.id, () => {
        pages[page.index] = page;
      });
      return { ref: { id: `${mention.id}:${page.index}` }, shown: page.text.length, again: false };
    };
    return {
      limits: { max: 11_000, sizeOf: (body) => body.length, maxAgeMs: 3_600_000 },
      plan: (op) => ({ lane: op === 'post' ? post(mention.channel) : update, how: {} }),
      post: (page) => write(post(mention.channel), page),
      edit: (_ref, page) => write(update, page),
    };
  };
  const platform: Platform = {
    name: 'memory',
    start: async (given) => {
      events = given;
    },
    isConnected: () => true,
    history: async () => [],
    reread: async (mention) => mention,
    fetchAttachment: async () => new Uint8Array(),
    openReply,
    whisper: async () => undefined,
    say: async () => undefined,
    mark: async () => undefined,
    lanes: () => ({ whisper: beside, say: beside, mark: beside, unmark: beside }),
    stop: async () => undefined,
  };

  const answerOf = (text: string) => answers[Number(/\d+/.exec(text)?.[0]) % answers.length] ?? [];
  const store = createMemoryStore(clock);
  const pacer = createPacer({ clock, store });
  let ended = 0;
  let settle: () => void = () => undefined;
  const settled = new Promise<void>((resolve) => {
    settle = resolve;
  });
  const bot = createBot({
    platforms: [platform],
    model: createTicker(answerOf),
    turns: createLocalTurns({ clock, onBug: (error) => console.error(error) }),
    store,
    pacer,
    clock,
    newBugId: () => 'bug',
    settings: {
      systemPrompt: 'Be brief.',
      vision: false,
      model: 'ticker',
      footer: true,
      language: 'en',
      access: { blockedUsers: [], userRate: 100_000 },
      quotas: {},
      queueMax: 1_000,
    },
    events: {
      onTurnEnd: () => {
        ended += 1;
        if (ended === replies) settle();
      },
      onWritten: () => undefined,
      onQuota: () => undefined,
      onFault: (error) => {
        if (error.code !== 'platform-rate-limited') console.error(error);
      },
    },
  });
  await bot.start();
  globalThis.gc?.();
  const before = { memory: process.memoryUsage().rss, cpu: process.cpuUsage(), at: performance.now() };
  let most = before.memory;
  const watching = setInterval(() => {
    most = Math.max(most, process.memoryUsage().rss);
  }, 250);
  const loop = monitorEventLoopDelay({ resolution: 5 });
  loop.enable();
  for (let index = 0; index < replies; index += 1) {
    const due = before.at + (index * spreadMs) / replies;
    if (due > performance.now()) await new Promise((resolve) => setTimeout(resolve, due - performance.now()));
    const channel = index % channels;
    const place = { scope: `T${channel % scopes}`, channel: `C${channel}` };
    await events?.onMention(toTestMention(`question ${index}`, `q${index}`, place));
  }
  await settled;
  loop.disable();
  clearInterval(watching);
  const cpu = process.cpuUsage(before.cpu);
  const seconds = (performance.now() - before.at) / 1_000;
  await bot.stop(0);
  await pacer.stop();
  const isExact = (index: number) =>
    shown
      .get(`memory:q${index}`)
      ?.map((page) => page.text)
      .join('') === answerOf(`question ${index}`).join('');
  return {
    exact: Array.from({ length: replies }, (_, index) => index).filter(isExact).length,
    calls: limits.calls.length,
    limited: limits.calls.filter(({ accepted }) => !accepted).length,
    late: Math.max(0, loop.percentile(99) / 1e6 - 5),
    cpu: (cpu.user + cpu.system) / 1e6,
    seconds,
    kilobytes: (most - before.memory) / 1_024 / replies,
  };
}

/** A model whose answers all move on by one tick, as those of a provider's server do. */
function createTicker(answerOf: (question: string) => readonly string[]): Model {
  const wakers = new Set<() => void>();
  const tick = () =>
    new Promise<void>((resolve) => {
      wakers.add(resolve);
    });
  const timer = setInterval(() => {
    const all = [...wakers];
    wakers.clear();
    for (const wake of all) wake();
  }, 1_000 / tokensPerSecond);
  return {
    async *stream(prompt): AsyncIterable<AnswerEvent> {
      const question = prompt.messages.at(-1)?.content;
      await new Promise((resolve) => setTimeout(resolve, firstTokenMs));
      for (const text of answerOf(typeof question === 'string' ? question : JSON.stringify(question))) {
        yield { type: 'text-delta', text };
        await tick();
      }
      const usage = { prompt: 10, cached: 0, completion: tokens, reasoning: 0 };
      yield { type: 'finish', reason: 'stop', usage, models: ['ticker'] };
    },
    close: async () => clearInterval(timer),
  };
}
