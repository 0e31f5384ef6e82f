// Runs inside the bot before it starts (`node --import`): measures its event loop and memory, a line of JSON a second into a file.
// Must not touch the bot; keeps nothing open, and no process alive.

import { appendFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** What happens until then is the start: modules are loaded, platforms connected. */
const STARTED_MS = 4_000;
const file = process.env.SOAK_PROBE;
if (file !== undefined) {
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  setTimeout(() => delay.reset(), STARTED_MS).unref();
  setInterval(() => {
    const line = {
      at: Date.now(),
      rss: process.memoryUsage.rss(),
      delayMs: delay.percentile(99.9) / 1e6,
      longestMs: delay.max / 1e6,
    };
    appendFileSync(file, `${JSON.stringify(line)}\n`);
  }, 1_000).unref();
}
