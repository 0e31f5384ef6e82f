// Owns what is counted and measured for Prometheus. Labels are bounded: kinds, never ids.
// Must not know when anything happens: it is told.

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export interface Metrics {
  /** A turn has ended, in a state that its reader can see (`complete`, `broken`, …). */
  turnEnded(platform: string, outcome: string): void;
  /** A failure, by code of errors.ts, whether or not it ended a turn. */
  failed(code: string): void;
  /** From the turn's start to its first text on the platform. */
  firstText(platform: string, ms: number): void;
  /** At a write: how far what stood there lagged what the model had said. */
  staleness(platform: string, ms: number): void;
  /** A page was written: `post`, `edit` or `final`. */
  written(platform: string, call: string): void;
  /** A call was refused with 429. `lane`: the lane's key; only its kind becomes a label. */
  limited(lane: string): void;
  /** As the provider counts, where `prompt` includes `cached` and `completion` includes `reasoning`; each token is counted under one kind. */
  tokens(usage: { prompt: number; cached: number; completion: number; reasoning: number }): void;
  /** What a turn has cost, in the currency of the prices that are set. */
  cost(platform: string, cost: number): void;
  /** A question was not taken: why (`rate`, `quota`, `not-allowed`, `full`, `shutdown`), and how its asker learnt of it (`words`, `mark`, `none`). */
  refused(reason: string, told: string): void;
  /** A daily quota of a person or of all has passed 80 % or 100 %. */
  quotaUsed(whose: 'person' | 'all', share: number): void;
  /** A page in a browser was refused its stream of events, by the limit that was reached. */
  streamRefused(limit: 'visitor' | 'address' | 'all'): void;
  /** Open streams of events of pages; asked at each scrape. */
  watchStreams(count: () => number): void;
  /** Asked at each scrape. */
  watch(count: () => { readonly running: number; readonly waiting: number }): void;
  /** Prometheus' text format. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** Kinds of lanes beyond this many become `other`: a label may not grow with what a platform names. */
const LANE_KINDS_MAX = 40;

/** `slack:T1:chat.postMessage:C1` → `slack:chat.postMessage`: platform and method; scope, channel and other ids left out. */
export function toLaneKind(key: string): string {
  const [platform = '', scope = '', method = scope] = key.split(':');
  return `${platform}:${method.replace(/\d{5,}|\b[A-Z][A-Z0-9]{7,}\b/g, 'id')}`.slice(0, 60);
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const turns = new Counter({
    name: 'rill_turns_total',
    help: 'Turns that ended, by platform and outcome',
    labelNames: ['platform', 'outcome'],
    registers,
  });
  const failures = new Counter({
    name: 'rill_failures_total',
    help: 'Failures by code, also those that were overcome',
    labelNames: ['code'],
    registers,
  });
  const firstText = new Histogram({
    name: 'rill_first_text_seconds',
    help: "From a turn's start to its first text",
    labelNames: ['platform'],
    buckets: [0.25, 0.5, 1, 2, 4, 8, 15, 30, 60, 120, 300, 600],
    registers,
  });
  const staleness = new Histogram({
    name: 'rill_staleness_seconds',
    help: 'How far what a reader saw lagged what the model had said, at each write',
    labelNames: ['platform'],
    buckets: [0.1, 0.2, 0.4, 0.8, 1.5, 3, 6, 12, 30],
    registers,
  });
  const edits = new Counter({
    name: 'rill_writes_total',
    help: 'Pages written, by platform and kind of call',
    labelNames: ['platform', 'call'],
    registers,
  });
  const limited = new Counter({
    name: 'rill_rate_limited_total',
    help: 'Calls refused with 429, by kind of lane',
    labelNames: ['lane'],
    registers,
  });
  const tokens = new Counter({
    name: 'rill_tokens_total',
    help: "The model's tokens: prompt (cached and not) and completion (reasoning and text)",
    labelNames: ['kind'],
    registers,
  });
  const costs = new Counter({
    name: 'rill_cost_total',
    help: 'What answers have cost, by the prices that are set and in their currency',
    labelNames: ['platform'],
    registers,
  });
  const refused = new Counter({
    name: 'rill_refused_total',
    help: 'Questions that were not taken, by reason and by how their askers learnt of it',
    labelNames: ['reason', 'told'],
    registers,
  });
  const quotas = new Counter({
    name: 'rill_quota_alarms_total',
    help: 'Daily token quotas that passed a mark, by whose they are and which mark',
    labelNames: ['whose', 'mark'],
    registers,
  });
  const streamsRefused = new Counter({
    name: 'rill_web_streams_refused_total',
    help: 'Pages in a browser that were refused their stream of events, by whose streams were too many',
    labelNames: ['limit'],
    registers,
  });
  let streams = () => 0;
  new Gauge({
    name: 'rill_web_streams',
    help: 'Streams of events that pages in browsers follow now',
    registers,
    collect() {
      this.set(streams());
    },
  });
  let count = () => ({ running: 0, waiting: 0 });
  new Gauge({
    name: 'rill_active_replies',
    help: 'Turns being answered now',
    registers,
    collect() {
      this.set(count().running);
    },
  });
  new Gauge({
    name: 'rill_waiting_turns',
    help: 'Turns that wait for others: of their thread, or for a place among the answers being written',
    registers,
    collect() {
      this.set(count().waiting);
    },
  });
  const kinds = new Set<string>();
  return {
    streamRefused: (limit) => streamsRefused.inc({ limit }),
    watchStreams(asked) {
      streams = asked;
    },
    turnEnded: (platform, outcome) => turns.inc({ platform, outcome }),
    failed: (code) => failures.inc({ code }),
    firstText: (platform, ms) => firstText.observe({ platform }, ms / 1000),
    staleness: (platform, ms) => staleness.observe({ platform }, ms / 1000),
    written: (platform, call) => edits.inc({ platform, call }),
    limited(lane) {
      const kind = toLaneKind(lane);
      const known = kinds.has(kind) || kinds.size < LANE_KINDS_MAX;
      if (known) kinds.add(kind);
      limited.inc({ lane: known ? kind : 'other' });
    },
    tokens(usage) {
      tokens.inc({ kind: 'prompt' }, Math.max(0, usage.prompt - usage.cached));
      tokens.inc({ kind: 'cached' }, usage.cached);
      tokens.inc({ kind: 'completion' }, Math.max(0, usage.completion - usage.reasoning));
      tokens.inc({ kind: 'reasoning' }, usage.reasoning);
    },
    cost: (platform, cost) => costs.inc({ platform }, cost),
    refused: (reason, told) => refused.inc({ reason, told }),
    quotaUsed: (whose, share) => quotas.inc({ whose, mark: share >= 1 ? '100' : '80' }),
    watch(source) {
      count = source;
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
