// One client of the stream benchmark in a process of its own, so that its CPU time and its memory are its own: reads answers when it
// is told to, and tells what that took. Its name is the first argument. Must not know the other clients' figures.

import { createHash } from 'node:crypto';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { clientNames, clients } from './stream-clients.ts';

/** What a reader is told. */
export interface Order {
  readonly baseUrl: string;
  /** Answers read at once. */
  readonly streams: number;
}

/** What it took. */
export interface Taken {
  readonly wallMs: number;
  /** User and system time of the process. */
  readonly cpuMs: number;
  /** The most that the process has held so far. */
  readonly maxRssBytes: number;
  /** 99th percentile of the event loop's delay. */
  readonly lateMs: number;
  /** Over all answers. */
  readonly events: number;
  /** SHA-256 of each different text that was read, in hex. */
  readonly hashes: readonly string[];
}

const name = clientNames.find((each) => each === process.argv[2]);
if (name === undefined) throw new Error(`Which client? ${clientNames.join(', ')}`);
const create = clients[name];
/** The period of the timer by which the delay is measured; it is part of what the histogram shows. */
const resolutionMs = 10;

async function read({ baseUrl, streams }: Order): Promise<Taken> {
  const readAnswer = create(baseUrl, streams);
  const delay = monitorEventLoopDelay({ resolution: resolutionMs });
  delay.enable();
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  const answers = await Promise.all(Array.from({ length: streams }, readAnswer));
  const wallMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpu);
  delay.disable();
  const hashes = new Set(answers.map(({ text }) => createHash('sha256').update(text).digest('hex')));
  return {
    wallMs,
    cpuMs: (user + system) / 1000,
    maxRssBytes: process.resourceUsage().maxRSS * 1024,
    lateMs: Math.max(0, delay.percentile(99) / 1e6 - resolutionMs),
    events: answers.reduce((sum, { events }) => sum + events, 0),
    hashes: [...hashes],
  };
}

process.on('message', (order: Order) => {
  void read(order).then((taken) => process.send?.(taken));
});
process.once('disconnect', () => process.exit(0));
