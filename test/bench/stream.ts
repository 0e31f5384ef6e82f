// The stream benchmark: what the way from the socket to an answer event costs, beside the `openai` SDK and a floor.
// `--rounds 10`, `--check` exits 1 where a target is missed, `--write` puts the tables into docs/. Source and clients are processes of
// their own; the clients take turns within one run, and only what was measured in one run is compared.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type ClientName, clientNames } from './stream-clients.ts';
import type { Order, Taken } from './stream-reader.ts';
import type { Answer, SourceReady } from './stream-source.ts';
import { toOrigin, writeSection } from './table.ts';

/** `throughput` over the SDK's, `time` over the floor's, `share` of one core for all streams of the load. */
const targets = { throughput: 4, time: 1.5, share: 0.6 } as const;
const loadStreams = 500;
/** An event loop that is later than this, at a share of a core far from 1, waits for other processes. */
const busyMs = 20;
const busyNote =
  'The machine was busy: tokens that come late are read together, which costs less than on an idle one.';

interface Burst {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly maxRssBytes: number;
}

type Bursts = Readonly<Record<ClientName, Burst>>;

export async function benchStream(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string', default: '10' },
      check: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
    },
  });
  const source = start('stream-source');
  try {
    const [ready] = (await once(source, 'message')) as [SourceReady];
    const bursts = await runBursts(ready, Number(values.rounds));
    const burstTable = toBurstTable(bursts, ready.burst);
    console.log(`${burstTable}\n`);
    const loads: { name: ClientName; taken: Taken }[] = [];
    for (const name of ['rill', 'floor'] as const) loads.push({ name, taken: await runLoad(ready, name) });
    const loadTable = toLoadTable(loads, ready.paced);
    console.log(loadTable);
    if (loads.some(({ taken }) => taken.lateMs > busyMs)) console.log(busyNote);

    const misses = toMisses(bursts, loads[0]?.taken);
    for (const miss of misses) console.log(`MISSED: ${miss}`);
    if (values.write) {
      const command = toOrigin(['npm run bench -- stream', ...args].join(' '));
      writeSection('stream', [command, burstTable, loadTable].join('\n\n'));
    }
    return values.check && misses.length > 0 ? 1 : 0;
  } finally {
    source.disconnect();
  }
}

function start(file: string, ...args: string[]): ChildProcess {
  return fork(fileURLToPath(new URL(`./${file}.js`, import.meta.url)), args);
}

async function tell(reader: ChildProcess, order: Order, { hash }: Answer): Promise<Taken> {
  const ended = new AbortController();
  const { signal } = ended;
  try {
    reader.send(order);
    const [taken] = (await Promise.race([
      once(reader, 'message', { signal }),
      once(reader, 'exit', { signal }).then(([code]) => {
        throw new Error(`A reader of ${order.baseUrl} ended with ${code}`);
      }),
    ])) as [Taken];
    if (taken.hashes.join() !== hash)
      throw new Error(`A reader of ${order.baseUrl} did not get the text that was sent`);
    return taken;
  } finally {
    ended.abort();
  }
}

/** One round more than asked: the first warms up and does not count. What is told of each client is the best of its rounds. */
async function runBursts({ url, burst }: SourceReady, rounds: number): Promise<Bursts> {
  const readers = clientNames.map((name) => ({
    name,
    reader: start('stream-reader', name),
    all: [] as Taken[],
  }));
  try {
    for (let round = 0; round <= rounds; round += 1) {
      for (const { reader, all } of readers) {
        const taken = await tell(reader, { baseUrl: `${url}/burst`, streams: 1 }, burst);
        if (round > 0) all.push(taken);
      }
    }
  } finally {
    for (const { reader } of readers) reader.disconnect();
  }
  const best = ({ all }: { all: readonly Taken[] }): Burst => ({
    wallMs: Math.min(...all.map(({ wallMs }) => wallMs)),
    cpuMs: Math.min(...all.map(({ cpuMs }) => cpuMs)),
    maxRssBytes: Math.max(...all.map(({ maxRssBytes }) => maxRssBytes)),
  });
  return Object.fromEntries(readers.map((each) => [each.name, best(each)])) as Record<ClientName, Burst>;
}

/** In a fresh process: compiling the client's code is part of its cost, as it is after a start. */
async function runLoad({ url, paced }: SourceReady, name: ClientName): Promise<Taken> {
  const reader = start('stream-reader', name);
  try {
    return await tell(reader, { baseUrl: `${url}/paced`, streams: loadStreams }, paced);
  } finally {
    reader.disconnect();
  }
}

const shareOf = ({ cpuMs, wallMs }: { cpuMs: number; wallMs: number }) => cpuMs / wallMs;
const toMegabytes = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MB`;

const labels: Readonly<Record<ClientName, string>> = {
  rill: '**Rill**, `model.stream` to answer events',
  openai: '`openai` SDK 6.49.0, iteration',
  floor: 'floor: `node:http`, split on newline, `JSON.parse`',
};

function toTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map((_, index) => (index === 0 ? '---' : '---:')), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

function toBurstTable(bursts: Bursts, { chunks, bytes }: Answer): string {
  const title = `One answer of ${chunks.toLocaleString('en-US')} chunks (${(bytes / 1e6).toFixed(1)} MB) as fast as it is read:`;
  const rows = clientNames.map((name) => {
    const { wallMs, cpuMs, maxRssBytes } = bursts[name];
    return [
      labels[name],
      `${Math.round(wallMs)} ms`,
      `${Math.round(chunks / wallMs)}k`,
      `${((cpuMs / chunks) * 1000).toFixed(2)} µs`,
      toMegabytes(maxRssBytes),
      (wallMs / bursts.floor.wallMs).toFixed(2),
      (bursts.openai.wallMs / wallMs).toFixed(1),
    ];
  });
  const head = [
    'client',
    'time',
    'chunks a second',
    'CPU a chunk',
    'memory, most',
    'time ÷ floor',
    'throughput ÷ SDK',
  ];
  return `${title}\n\n${toTable(head, rows)}`;
}

function toLoadTable(loads: readonly { name: ClientName; taken: Taken }[], { chunks }: Answer): string {
  const title = `${loadStreams} answers at once, each of 50 tokens a second for 30 s, one write of the source a token:`;
  const rows = loads.map(({ name, taken }) => [
    labels[name],
    shareOf(taken).toFixed(2),
    `${((taken.cpuMs / chunks / loadStreams) * 1000).toFixed(1)} µs`,
    (taken.events / chunks / loadStreams).toFixed(2),
    toMegabytes(taken.maxRssBytes),
    `${taken.lateMs.toFixed(1)} ms`,
    `${(taken.wallMs / 1000).toFixed(1)} s`,
  ]);
  const head = [
    'client',
    'share of one core',
    'CPU a token',
    'events a token',
    'memory, most',
    'event loop late, p99',
    'time',
  ];
  return `${title}\n\n${toTable(head, rows)}`;
}

function toMisses({ rill, openai, floor }: Bursts, load: Taken | undefined): string[] {
  const throughput = openai.wallMs / rill.wallMs;
  const time = rill.wallMs / floor.wallMs;
  const share = load === undefined ? Number.NaN : shareOf(load);
  const misses: string[] = [];
  if (!(throughput >= targets.throughput))
    misses.push(`throughput ${throughput.toFixed(2)} × the SDK's, at least ${targets.throughput}`);
  if (!(time <= targets.time)) misses.push(`time ${time.toFixed(2)} × the floor's, at most ${targets.time}`);
  if (!(share < targets.share))
    misses.push(`${loadStreams} streams on ${share.toFixed(2)} of one core, less than ${targets.share}`);
  return misses;
}
