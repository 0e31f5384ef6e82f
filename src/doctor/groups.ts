// Owns which checks this configuration asks for, and what each of them is handed. Groups know nothing of each other.
// Must not know how long they may take, nor how findings are printed.

import type { Adapter } from '../adapter.ts';
import type { Clock } from '../clock.ts';
import { type Config, isLoopback } from '../config.ts';
import type { BotError } from '../errors.ts';
import type { Finding } from '../finding.ts';
import { createModel } from '../model/model.ts';
import { needsDemo } from '../model/open.ts';
import type { Model } from '../model/types.ts';
import { remedies } from '../notices/operator.ts';
import { createHttp } from '../ops/http.ts';
import { createLog } from '../ops/log.ts';
import { type Address, type Probe, probe } from './address.ts';
import { examineModel, type ModelExam } from './model.ts';
import { examinePort } from './port.ts';

/** What is found, in order. Connections have ended when it ends, or when `signal` is aborted. */
type Examine = (signal: AbortSignal) => AsyncIterable<Finding>;

export interface Group {
  readonly subject: string;
  readonly examine: Examine;
}

export interface GroupOptions {
  readonly adapters: readonly Adapter[];
  readonly clock: Clock;
  readonly onProbe: (probed: Probe) => void;
}

/** One answer that costs next to nothing, and is still enough for a model that thinks a little. */
const PROBE_TOKENS = 16;

export function toGroups(config: Config, options: GroupOptions): readonly Group[] {
  const reached = (address: Address, examine: Examine): Group => ({
    subject: address.subject,
    async *examine(signal) {
      const subject = `${address.subject} address`;
      const probed = await probe({ ...address, subject }, { signal, now: () => options.clock.now() });
      options.onProbe(probed);
      yield probed.finding;
      // What cannot be reached can tell nothing else.
      if (probed.finding.state === 'ok') yield* examine(signal);
    },
  });
  const { platforms, server } = config;
  const groups: Group[] = toModelGroups(config, options.clock, reached);
  const deps = { clock: options.clock, isLocal: isLoopback(server.host) };
  for (const { name, exam } of platforms) {
    if (exam === undefined) continue;
    const subject = options.adapters.find((adapter) => adapter.name === name)?.title ?? name;
    const { url, variable } = exam;
    const examine: Examine = (signal) => exam.examine(deps, signal);
    groups.push(url === undefined ? { subject, examine } : reached({ subject, url, variable }, examine));
  }
  groups.push({
    subject: 'Port',
    async *examine(signal) {
      yield await examinePort({ ...server, listen: () => listenOnce(server) }, signal);
    },
  });
  return groups;
}

async function listenOnce(server: Config['server']): Promise<void> {
  const metrics = { contentType: 'text/plain', text: async () => '' };
  const http = createHttp({ ...server, log: createLog('silent'), ready: () => ({}), metrics });
  await http.start();
  await http.stop();
}

function toModelGroups(
  { model }: Config,
  clock: Clock,
  reached: (address: Address, examine: Examine) => Group,
): Group[] {
  const { fallback, ...first } = model;
  const isDemo = needsDemo(first);
  const exams = isDemo ? [] : [toExam('Model', 'DEEPSEEK', first, clock)];
  if (fallback !== undefined) {
    const { apiKey: _first, ...rest } = first;
    exams.push(toExam('Second model', 'FALLBACK', { ...rest, ...fallback }, clock));
  }
  const groups = exams.map((exam) =>
    reached({ subject: exam.subject, url: exam.baseUrl, variable: exam.names.url }, (signal) =>
      examineModel(exam, signal),
    ),
  );
  return isDemo ? [{ subject: 'Model', examine: tellDemo }, ...groups] : groups;
}

async function* tellDemo(): AsyncGenerator<Finding> {
  yield {
    state: 'warn',
    subject: 'Model',
    text: 'DEEPSEEK_API_KEY is not set, so only the built-in demo answers, which is no model',
    remedy:
      'Get a key from your provider (DeepSeek: https://platform.deepseek.com/api_keys) and set DEEPSEEK_API_KEY.',
  };
}

function toExam(
  subject: string,
  prefix: string,
  provider: Omit<Config['model'], 'fallback'>,
  clock: Clock,
): ModelExam {
  return {
    subject,
    baseUrl: provider.baseUrl,
    model: provider.model,
    ...(provider.apiKey === undefined ? {} : { apiKey: provider.apiKey }),
    names: { url: `${prefix}_BASE_URL`, model: `${prefix}_MODEL` },
    remedyOf: ({ code }: BotError) =>
      remedies[code].replace(/\bDEEPSEEK_(?=API_KEY|BASE_URL|MODEL)/g, `${prefix}_`),
    open: (limitMs): Model =>
      createModel({
        ...provider,
        maxTokens: PROBE_TOKENS,
        timeouts: { connectMs: limitMs, firstTokenMs: limitMs, idleMs: limitMs, totalMs: limitMs },
        retryBudgetMs: 0,
        clock,
        random: Math.random,
      }),
  };
}
