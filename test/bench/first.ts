// `npm run bench -- first`: one answer of 600 tokens at 50 tokens a second on each platform, and what the program costs before it.
// Writes nothing but its table. The fakes keep the platforms' documented limits.

import { createBook, MODEL_KEY } from '../e2e/book.ts';
import { createDiscordStage } from '../e2e/discord-stage.ts';
import { type Program, startProgram } from '../e2e/program.ts';
import { ask, assertEnd, untilOver, untilText, words } from '../e2e/scene.ts';
import { createSlackStage } from '../e2e/slack-stage.ts';
import type { Stage } from '../e2e/stage.ts';
import { toTokens } from '../fakes/model-server.ts';

/** Round trip of each call of a platform, in milliseconds. */
const LATENCY_MS = 80;
const TOKENS = 600;
const TOKENS_PER_SECOND = 50;
const STARTS = 5;
const IDLE_MS = 5_000;

const latency = { latencyMs: LATENCY_MS };
const stages: readonly (() => Promise<Stage>)[] = [
  () => createSlackStage('socket', undefined, latency),
  () => createSlackStage('http', undefined, latency),
  () => createDiscordStage(latency),
];

export async function first(): Promise<void> {
  console.log(`One answer of ${TOKENS} tokens at ${TOKENS_PER_SECOND} tokens/s; ${LATENCY_MS} ms a call.`);
  console.log('platform      mention→first text  edits  messages  429s  listening  connected  idle memory');
  for (const create of stages) {
    const stage = await create();
    const book = await createBook();
    const start = () =>
      startProgram({ DEEPSEEK_API_KEY: MODEL_KEY, DEEPSEEK_BASE_URL: book.server.url, ...stage.env });
    const starts: Program['timings'][] = [];
    for (let n = 1; n < STARTS; n += 1) starts.push(await startAndStop(start()));
    const program = start();
    try {
      const url = await program.ready();
      starts.push(program.timings);
      stage.begin(url);
      await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
      const memory = await readMemory(url);
      const tokens = toTokens(words(TOKENS)).slice(0, TOKENS);
      const scene = { stage, book, program };
      const key = book.answer(tokens.join(''), { tokens, delayMs: 1000 / TOKENS_PER_SECOND });
      const askedAt = performance.now();
      const asked = await ask(scene, key);
      await untilText(scene, asked);
      const firstMs = performance.now() - askedAt;
      await untilOver(scene, asked);
      assertEnd(stage.replies(asked), { text: tokens.join('') });
      const cells = [
        stage.name.padEnd(12),
        `${Math.round(firstMs)} ms`.padStart(18),
        String(stage.edits()).padStart(5),
        String(stage.replies(asked).length).padStart(8),
        String(stage.refusals()).padStart(4),
        `${Math.round(median(starts.map(({ listeningMs }) => listeningMs)))} ms`.padStart(9),
        `${Math.round(median(starts.map(({ connectedMs }) => connectedMs)))} ms`.padStart(9),
        `${Math.round(memory / 2 ** 20)} MB`.padStart(11),
      ];
      console.log(cells.join('  '));
    } finally {
      await program.stop();
      await Promise.all([stage.close(), book.close()]);
    }
  }
  console.log(
    `Times of ${STARTS} starts are medians; memory is the resident set ${IDLE_MS / 1000} s after the start.`,
  );
}

async function startAndStop(program: Program): Promise<Program['timings']> {
  try {
    await program.ready();
  } finally {
    await program.stop();
  }
  return program.timings;
}

async function readMemory(url: string): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return Number(/^process_resident_memory_bytes (\S+)/m.exec(metrics)?.[1]);
}

function median(values: readonly (number | undefined)[]): number {
  const known = values.filter((value) => value !== undefined).sort((a, b) => a - b);
  return known[Math.floor(known.length / 2)] ?? Number.NaN;
}
