// Owns the demo model: a small server on loopback that speaks DeepSeek's wire format, for a first run without a key.
// It says that it is a demo, and nothing pretends to be a model: what it answers is written in demo/answers.ts.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Clock, sleep, systemClock } from '../../clock.ts';
import { parseConversation, type Question, toAnswer } from './answers.ts';
import { createRefusals, type Fault, findCut } from './faults.ts';

export interface DemoServer {
  /** `http://127.0.0.1:PORT`, to be used as the base URL; any key will do. */
  readonly url: string;
  close(): Promise<void>;
}

/** The name that stands below its answers. */
export const DEMO_MODEL = 'demo';

const TOKENS_PER_SECOND = 40;
const FIRST_TOKEN_MS = 350;
const BODY_MAX = 4 * 1024 * 1024;
/** One token is about this many characters, as in DeepSeek's own counting. */
const CHARACTERS_PER_TOKEN = 3.5;

interface Asked {
  readonly question: Question;
  /** All that was said in the last message. */
  readonly content: string;
  /** The beginning of the answer that the asker has already. */
  readonly prefix: string;
  readonly promptTokens: number;
}

/** Starts the server on a free port of 127.0.0.1. */
export async function createDemoServer(
  options: { readonly clock?: Clock; readonly tokensPerSecond?: number } = {},
): Promise<DemoServer> {
  const { tokensPerSecond = TOKENS_PER_SECOND } = options;
  const clock = options.clock ?? systemClock;
  const refusals = createRefusals(clock);
  let count = 0;

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const isBeta = request.url === '/beta/chat/completions';
    if (request.method !== 'POST' || !(isBeta || request.url === '/chat/completions'))
      return refuse(response, 404, 'The demo model answers at /chat/completions only.');
    const asked = parseAsked(await readBody(request), isBeta);
    if (typeof asked === 'string') return refuse(response, 400, asked);
    const { fault } = asked.question;
    const refusal = asked.prefix === '' ? refusals.take(fault, asked.content) : undefined;
    if (refusal !== undefined) return refuse(response, refusal.status, refusal.message, refusal.headers);
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    count += 1;
    try {
      await stream(response, asked, gone.signal);
    } catch (error) {
      // Whoever has left needs no end.
      if (!gone.signal.aborted) throw error;
    }
  };

  const stream = async (response: ServerResponse, asked: Asked, signal: AbortSignal): Promise<void> => {
    const { question, prefix, promptTokens } = asked;
    const { reasoning, text } = toAnswer(question);
    const begun = text.startsWith(prefix) ? prefix.length : 0;
    const cut = findCut(question.fault, text, begun);
    const rest = toTokens(text.slice(begun, cut ?? text.length));
    const thoughts = prefix === '' ? toTokens(reasoning) : [];
    const id = `demo-${count}`;
    const send = (delta: object, finish: string | null, usage?: object): void => {
      const choices = [{ index: 0, delta, logprobs: null, finish_reason: finish }];
      const created = Math.floor(clock.now() / 1000);
      const chunk = { id, object: 'chat.completion.chunk', created, model: DEMO_MODEL, choices, usage };
      response.write(`data: ${JSON.stringify({ ...chunk, usage: usage ?? null })}\n\n`);
    };

    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    response.write(': keep-alive\n\n');
    await sleep(clock, FIRST_TOKEN_MS, signal);
    send({ role: 'assistant', content: thoughts.length > 0 ? null : '' }, null);
    const startedAt = clock.monotonic();
    let sent = 0;
    const pace = (): Promise<void> => {
      sent += 1;
      return sleep(clock, startedAt + (sent * 1000) / tokensPerSecond - clock.monotonic(), signal);
    };
    for (const thought of thoughts) {
      await pace();
      send({ content: null, reasoning_content: thought }, null);
    }
    for (const token of rest) {
      await pace();
      send({ content: token }, null);
    }
    end(question.fault, cut !== undefined);

    function end(fault: Fault | undefined, isCut: boolean): void {
      if (isCut && fault === 'drop') return void response.destroy();
      if (isCut && (fault === 'eof' || fault === 'broken')) return void response.end();
      if (isCut && fault === 'stall') return;
      const reason = isCut ? (fault === 'filter' ? 'content_filter' : 'length') : 'stop';
      send({ content: '' }, reason, toUsage(promptTokens, rest.length, thoughts.length));
      response.end('data: [DONE]\n\n');
    }
  };

  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** What was asked, or why it cannot be answered. */
function parseAsked(body: unknown, isBeta: boolean): Asked | string {
  const messages = (body as { messages?: unknown } | null)?.messages;
  if (!Array.isArray(messages) || messages.length === 0) return 'messages: a list is needed';
  const said = messages.map((message) => {
    const { role, content, prefix } = (message ?? {}) as Readonly<Record<string, unknown>>;
    return { role, text: toText(content), isPrefix: prefix === true };
  });
  const last = said.at(-1);
  const isPrefix = last?.role === 'assistant' && last.isPrefix;
  if (isPrefix && !isBeta) return 'prefix: only at /beta/chat/completions';
  const asked = said.filter(({ role }) => role === 'user');
  if (asked.length === 0) return 'messages: nobody asks';
  const characters = said.reduce((sum, { text }) => sum + text.length, 0);
  return {
    question: parseConversation(asked.map(({ text }) => text)),
    content: asked.at(-1)?.text ?? '',
    prefix: isPrefix ? last.text : '',
    promptTokens: Math.ceil(characters / CHARACTERS_PER_TOKEN),
  };
}

function toText(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content
    .map((part: unknown) => (part as { text?: unknown } | null)?.text)
    .filter((text) => typeof text === 'string')
    .join('\n\n');
}

/** Cuts a text into what a model would send one by one; joined they are the text. */
function toTokens(text: string): readonly string[] {
  return text.match(/\s*(?:\p{Script=Han}{1,2}|[^\s\p{Script=Han}]{1,6})|\s+$/gu) ?? [];
}

function toUsage(prompt: number, written: number, thought: number) {
  const completion = written + thought;
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_cache_hit_tokens: 0,
    prompt_cache_miss_tokens: prompt,
    completion_tokens_details: { reasoning_tokens: thought },
  };
}

function refuse(
  response: ServerResponse,
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  const error = { message, type: 'invalid_request_error', param: null, code: 'invalid_request_error' };
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify({ error }));
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > BODY_MAX) return undefined;
    pieces.push(piece);
  }
  try {
    return JSON.parse(Buffer.concat(pieces).toString('utf8'));
  } catch {
    // Answered with 400, as anything else that holds no messages.
    return undefined;
  }
}
