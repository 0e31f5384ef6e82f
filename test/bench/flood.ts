// The flood benchmark: more mentions than can be answered, through Bolt, against a Slack that keeps its limits. Every mention must end in an answer
// or a refusal, memory stays bounded, and one asked afterwards is answered as before. `--check` exits 1 where that does not hold.

import { parseArgs } from 'node:util';
import { type Program, startProgram } from '../e2e/program.ts';
import { createModelServer } from '../fakes/model-server.ts';
import { createSlackServer, type SlackServer } from '../fakes/slack-server/index.ts';
import { readMemory } from './load.ts';

interface Flood {
  readonly label: string;
  readonly mentions: number;
  readonly spreadMs: number;
  /** How long an answer takes. */
  readonly tokens: number;
  readonly tokensPerSecond: number;
}

interface FloodRun {
  readonly answered: number;
  readonly refused: Readonly<Record<string, number>>;
  readonly calls: Readonly<Record<string, number>>;
  readonly limited: Readonly<Record<string, number>>;
  readonly megabytes: number;
  /** The longest that the bot's event loop stood still, in ms. */
  readonly stallMs: number;
  readonly lines: number;
  readonly seconds: number;
  /** From a mention to its complete answer, when nothing else is asked: before, and when all is over. */
  readonly beforeMs: number;
  readonly afterMs: number;
}

const floods: readonly Flood[] = [
  { label: '150 mentions at once', mentions: 150, spreadMs: 0, tokens: 250, tokensPerSecond: 50 },
  { label: '3,000 mentions in 30 s', mentions: 3_000, spreadMs: 30_000, tokens: 250, tokensPerSecond: 100 },
];
const channels = 50;
const patienceMs = 480_000;
/** Before one more is asked, for the platform's own buckets to fill up again. */
const restMs = 30_000;
const memoryMax = 400;
/** By how much longer one afterwards may take than one before, in ms: the platform's buckets are not full again. */
const laterMax = 1_000;
/** Status calls that 150 mentions may make at the most. */
const statusMax = 400;

export async function benchFlood(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      check: { type: 'boolean', default: false },
      only: { type: 'string' },
      bot: { type: 'string', default: 'src/main.js' },
    },
  });
  const misses: string[] = [];
  for (const flood of floods) {
    if (values.only !== undefined && !flood.label.startsWith(values.only)) continue;
    const run = await runFlood(flood, values.bot);
    print(flood, run);
    const ended = run.answered + Object.values(run.refused).reduce((sum, count) => sum + count, 0);
    if (ended < flood.mentions) misses.push(`${flood.label}: ${flood.mentions - ended} without an end`);
    if (run.megabytes > memoryMax) misses.push(`${flood.label}: ${run.megabytes.toFixed(0)} MB`);
    const statuses = run.calls['assistant.threads.setStatus'] ?? 0;
    if (statuses > statusMax) misses.push(`${flood.label}: ${statuses} status calls`);
    if (run.afterMs > run.beforeMs + laterMax)
      misses.push(`${flood.label}: ${run.afterMs.toFixed(0)} ms for one afterwards`);
  }
  console.log(misses.length === 0 ? '\nEvery target is met.' : `\nMissed: ${misses.join(', ')}`);
  return values.check && misses.length > 0 ? 1 : 0;
}

async function runFlood(flood: Flood, bot: string): Promise<FloodRun> {
  const people = Array.from({ length: 200 }, (_, n) => [`U0ASK${n}`, { name: `Ada ${n}` }] as const);
  const slack = await createSlackServer({ users: Object.fromEntries(people), latencyMs: 80 });
  const answer = Array.from({ length: flood.tokens }, (_, n) => `word${n}`).join(' ');
  const model = await createModelServer({ answer: () => answer, tokensPerSecond: flood.tokensPerSecond });
  const program = startProgram(
    {
      ...{ SLACK_BOT_TOKEN: slack.botToken, SLACK_APP_TOKEN: slack.appToken, SLACK_API_URL: slack.url },
      ...{ DEEPSEEK_API_KEY: 'sk-bench', DEEPSEEK_BASE_URL: model.url, USER_RATE: '100000', WEB: 'off' },
    },
    [],
    bot,
  );
  try {
    const address = await program.ready();
    const firstAt = performance.now();
    await say(slack, flood.mentions, 'U0ASK0');
    await untilOver(program, address, 1, firstAt + 60_000);
    const beforeMs = performance.now() - firstAt;
    const startedAt = performance.now();
    const watching = watchStalls(address);
    for (let n = 0; n < flood.mentions; n += 1) {
      const due = startedAt + (flood.spreadMs * n) / flood.mentions;
      await sleep(due - performance.now());
      void say(slack, n, people[n % people.length]?.[0] ?? 'U0ASK0');
    }
    await untilOver(program, address, flood.mentions + 1, startedAt + patienceMs);
    const seconds = (performance.now() - startedAt) / 1_000;
    const stallMs = await watching.stop();
    const { answered, refused } = await readEnds(address);
    await sleep(restMs);
    const askedAt = performance.now();
    await say(slack, flood.mentions, 'U0ASK0');
    await untilOver(program, address, flood.mentions + 2, askedAt + 60_000);
    const limitedCalls = slack.calls.filter(
      ({ answer: given }) => given !== null && typeof given === 'object' && given.status === 429,
    );
    return {
      // One of them was asked before.
      answered: answered - 1,
      refused,
      calls: countBy(slack.calls.map(({ method }) => method)),
      limited: countBy(limitedCalls.map(({ method }) => method)),
      megabytes: (readMemory(program.pid) ?? 0) / 2 ** 20,
      stallMs,
      lines: program.log().length,
      seconds,
      beforeMs,
      afterMs: performance.now() - askedAt,
    };
  } finally {
    await program.stop();
    await Promise.all([slack.close(), model.close()]);
  }
}

async function say(slack: SlackServer, n: number, user: string): Promise<void> {
  const channel = `C0FLOOD${String(n % channels).padStart(3, '0')}`;
  await slack.say({ channel, user, text: `<@${slack.botUserId}> question ${n}` });
}

async function untilOver(program: Program, address: string, mentions: number, until: number): Promise<void> {
  for (;;) {
    const { answered, refused } = await readEnds(address);
    const ended = answered + Object.values(refused).reduce((sum, count) => sum + count, 0);
    if (ended >= mentions) return;
    if (performance.now() > until) {
      console.error(`gave up: ${ended} of ${mentions} have ended\n${program.stdout().slice(-2_000)}`);
      return;
    }
    await sleep(200);
  }
}

async function readEnds(
  address: string,
): Promise<{ readonly answered: number; readonly refused: Readonly<Record<string, number>> }> {
  const text = await (await fetch(`${address}/metrics`)).text();
  const refused: Record<string, number> = {};
  for (const [, reason, told, count] of text.matchAll(
    /^rill_refused_total\{reason="([^"]+)",told="([^"]+)"\} (\d+)/gm,
  ))
    refused[`${reason} ${told}`] = Number(count);
  const ends = [...text.matchAll(/^rill_turns_total\{[^}]*\} (\d+)/gm)].map((match) => Number(match[1]));
  return { answered: ends.reduce((sum, count) => sum + count, 0), refused };
}

/** The bot tells the longest stall since it was asked last. */
function watchStalls(address: string): { stop(): Promise<number> } {
  let most = 0;
  const look = async (): Promise<void> => {
    const text = await (await fetch(`${address}/metrics`)).text();
    most = Math.max(most, Number(/^nodejs_eventloop_lag_max_seconds (\S+)/m.exec(text)?.[1] ?? 0) * 1_000);
  };
  const timer = setInterval(() => void look().catch(() => undefined), 1_000);
  return {
    async stop() {
      clearInterval(timer);
      await look();
      return most;
    },
  };
}

function countBy(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

function print({ label }: Flood, run: FloodRun): void {
  const list = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts)
      .sort(([, a], [, b]) => b - a)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ') || 'none';
  console.log(`\n${label}: over after ${run.seconds.toFixed(0)} s`);
  console.log(`  answered ${run.answered}; refused: ${list(run.refused)}`);
  console.log(`  calls: ${list(run.calls)}`);
  console.log(`  429s: ${list(run.limited)}`);
  console.log(
    `  memory ${run.megabytes.toFixed(0)} MB, longest stall ${run.stallMs.toFixed(0)} ms, ${run.lines} log lines, one answer before ${run.beforeMs.toFixed(0)} ms, one afterwards ${run.afterMs.toFixed(0)} ms`,
  );
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}
