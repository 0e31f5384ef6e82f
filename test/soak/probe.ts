// Runs inside the bot before it starts (`node --import`): measures its event loop and memory, a line of JSON a second into a file.
// Must not touch the bot; keeps nothing open, and no process alive.

import { appendFileSync, readFileSync } from 'node:fs';

const TICK_MS = 10;
const file = process.env.SOAK_PROBE;
if (file !== undefined) {
  let lastAt = performance.now();
  let lastWaited = readWaitedMs();
  let delays: number[] = [];
  let own: number[] = [];
  const tick = (): void => {
    const now = performance.now();
    const waited = readWaitedMs();
    const delay = Math.max(0, now - lastAt - TICK_MS);
    delays.push(delay);
    own.push(Math.max(0, delay - (waited - lastWaited)));
    lastAt = now;
    lastWaited = waited;
    setTimeout(tick, TICK_MS).unref();
  };
  tick();
  setInterval(() => {
    const line = {
      at: Date.now(),
      rss: process.memoryUsage.rss(),
      delays: delays.map(round),
      own: own.map(round),
    };
    appendFileSync(file, `${JSON.stringify(line)}\n`);
    delays = [];
    own = [];
  }, 1_000).unref();
}

/**
 * How long this thread was ready to run and the machine ran something else (proc(5): schedstat, the second number, nanoseconds). A
 * busy machine delays every program; that says nothing of this one.
 */
function readWaitedMs(): number {
  try {
    return Number(readFileSync('/proc/self/schedstat', 'utf8').split(' ')[1]) / 1e6;
  } catch {
    return 0;
  }
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
