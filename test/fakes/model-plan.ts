// Owns what the fake model server can be told to do with one request, and turns such a plan into bytes and acts.
// Must not know HTTP: test/fakes/model-server.ts plays the steps.

/** Where and how a stream is broken. */
export interface Fault {
  readonly kind: 'reset' | 'end' | 'stall' | 'malformed' | 'error' | 'heartbeat' | 'garbage';
  /** After this many text tokens of this response (0: before the first). `malformed` then also swallows the next token. */
  readonly after?: number;
  /** Or after this many bytes of the body, before compression; only for reset, end and stall. */
  readonly atByte?: number;
  /** For `error`: what stands in the chunk. */
  readonly error?: unknown;
}

/** What the server does with one request; everything left out is that of a healthy provider. */
export interface Plan {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly contentType?: string;
  /** `retry-after` as sent. */
  readonly retryAfter?: string | number;
  /** The whole body as it is; nothing else of the plan but encoding, slices and faults by byte applies. */
  readonly body?: string | Uint8Array;
  /** Text tokens; a string is cut into tokens. Left out: the server's answer to the question. */
  readonly tokens?: string | readonly string[];
  readonly reasoning?: string | readonly string[];
  readonly reasoningField?: 'reasoning_content' | 'reasoning';
  /** Real milliseconds. */
  readonly firstTokenMs?: number;
  readonly delayMs?: number;
  readonly headersMs?: number | 'never';
  /** Keep-alive comments before the first token; each after `commentMs`. */
  readonly comments?: number | 'forever';
  readonly commentMs?: number;
  readonly fault?: Fault;
  /** After so many text tokens it says no more until what `open` returns has settled. */
  readonly gates?: readonly { readonly after: number; readonly open: () => Promise<unknown> }[];
  /** `null`: none is sent. */
  readonly finish?: string | null;
  readonly done?: boolean;
  /**
   * Each chunk carries this as its finish reason, the last one `finish`. `stop`: Ollama while it reasons
   * (open-webui/open-webui#16377); `null` as a word: KoboldCpp (PowerShell/AIShell#350); empty: Ollama and SGLang (ollama/ollama#4357).
   */
  readonly finishEach?: string;
  readonly usage?: unknown;
  readonly shape?: 'chat' | 'legacy' | 'json' | 'text';
  readonly encoding?: 'gzip' | 'br';
  /** The body is written in pieces of so many bytes, cut wherever that falls. */
  readonly slice?: number;
  readonly crlf?: boolean;
  /** Without the last blank line. */
  readonly unterminated?: boolean;
  /** What a continuation says before it goes on: the prefix again, or its last words. */
  readonly echo?: 'all' | number;
  readonly model?: string;
}

export type Step =
  | { readonly type: 'bytes'; readonly bytes: Uint8Array; readonly waitMs: number }
  | { readonly type: 'gate'; readonly open: () => Promise<unknown> }
  | { readonly type: 'reset' | 'end' | 'stall' };

/** Cuts text as a model's tokenizer might: a word with the space before it, else a few characters; never inside a surrogate pair. */
export function toTokens(text: string): string[] {
  return text.match(/ ?[A-Za-z]{1,7}|\s+|[\s\S]/gu) ?? [];
}

const listOf = (text: string | readonly string[] | undefined): readonly string[] =>
  text === undefined ? [] : typeof text === 'string' ? toTokens(text) : text;

/** The events of one response in order. `answer`: what is left to say; `prompt`: tokens of the prompt. */
export function toSteps(plan: Plan, answer: string, prompt: number, model: string): Step[] {
  if (plan.body !== undefined)
    return cutAtByte([{ type: 'bytes', bytes: toBytes(plan.body), waitMs: 0 }], plan);
  const tokens = listOf(plan.tokens ?? answer);
  const reasoning = listOf(plan.reasoning);
  const finish = plan.finish === undefined ? 'stop' : plan.finish;
  const usage =
    plan.usage === undefined
      ? {
          prompt_tokens: prompt,
          completion_tokens: tokens.length + reasoning.length,
          total_tokens: prompt + tokens.length + reasoning.length,
          prompt_tokens_details: { cached_tokens: 0 },
          completion_tokens_details: { reasoning_tokens: reasoning.length },
        }
      : plan.usage;
  const head = { id: 'chatcmpl-fake', object: 'chat.completion.chunk', created: 1_700_000_000, model };
  if (plan.shape === 'json') {
    const message = {
      role: 'assistant',
      content: tokens.join(''),
      reasoning_content: reasoning.join('') || null,
    };
    const body = JSON.stringify({ ...head, choices: [{ index: 0, message, finish_reason: finish }], usage });
    return cutAtByte(
      [{ type: 'bytes', bytes: toBytes(`\n\n${body}\n`), waitMs: plan.firstTokenMs ?? 0 }],
      plan,
    );
  }
  if (plan.shape === 'text') {
    return cutAtByte(
      tokens.map((token) => ({ type: 'bytes', bytes: toBytes(token), waitMs: plan.delayMs ?? 0 })),
      plan,
    );
  }

  const steps: Step[] = [];
  const eol = plan.crlf ? '\r\n' : '\n';
  const send = (line: string, waitMs = 0) =>
    steps.push({ type: 'bytes', bytes: toBytes(`${line}${eol}${eol}`), waitMs });
  const sendChunk = (delta: object, waitMs: number, lastReason: string | null = null) => {
    const finishReason = lastReason ?? plan.finishEach ?? null;
    const choice =
      plan.shape === 'legacy'
        ? { index: 0, text: 'content' in delta ? delta.content : '', finish_reason: finishReason }
        : { index: 0, delta, logprobs: null, finish_reason: finishReason };
    const last = lastReason === null ? {} : { usage };
    send(`data: ${JSON.stringify({ ...head, choices: [choice], ...last })}`, waitMs);
  };
  const comments = plan.comments ?? 0;
  for (let index = 0; index < (comments === 'forever' ? 100_000 : comments); index += 1) {
    send(': keep-alive', plan.commentMs ?? 0);
  }
  if (comments === 'forever') return steps;
  if (plan.shape !== 'legacy') sendChunk({ role: 'assistant', content: null }, plan.firstTokenMs ?? 0);
  for (const text of reasoning) {
    sendChunk({ content: null, [plan.reasoningField ?? 'reasoning_content']: text }, plan.delayMs ?? 0);
  }
  const fault = plan.fault?.atByte === undefined ? plan.fault : undefined;
  for (const [index, text] of [...tokens, null].entries()) {
    for (const { after, open } of plan.gates ?? []) if (after === index) steps.push({ type: 'gate', open });
    const waitMs = index === 0 ? (plan.delayMs ?? plan.firstTokenMs ?? 0) : (plan.delayMs ?? 0);
    if (fault !== undefined && (fault.after ?? 0) === index) {
      switch (fault.kind) {
        case 'reset':
        case 'end':
        case 'stall':
          steps.push({ type: fault.kind });
          return steps;
        case 'malformed':
          send('data: {"id":"chatcmpl-fake","choices":[{"delta":{"content":"to');
          continue;
        case 'error':
          send(
            `data: ${JSON.stringify({ error: fault.error ?? { message: 'Provider returned error', code: 502 } })}`,
          );
          if (plan.done !== false) send('data: [DONE]');
          return steps;
        case 'heartbeat':
          send('data: : keepalive');
          break;
        case 'garbage':
          send('data: still here');
      }
    }
    if (text !== null) sendChunk({ content: text, reasoning_content: null }, waitMs);
  }
  if (finish !== null) sendChunk({ content: '' }, 0, finish);
  if (plan.done !== false) send('data: [DONE]');
  const last = steps.at(-1);
  if (plan.unterminated && last?.type === 'bytes') {
    steps[steps.length - 1] = { ...last, bytes: last.bytes.subarray(0, last.bytes.length - 2 * eol.length) };
  }
  return cutAtByte(steps, plan);
}

function cutAtByte(steps: Step[], plan: Plan): Step[] {
  const at = plan.fault?.atByte;
  const kind = plan.fault?.kind;
  if (at === undefined || (kind !== 'reset' && kind !== 'end' && kind !== 'stall')) return steps;
  const kept: Step[] = [];
  let left = at;
  for (const step of steps) {
    if (step.type === 'gate') {
      kept.push(step);
      continue;
    }
    if (step.type !== 'bytes' || step.bytes.length > left) {
      if (step.type === 'bytes' && left > 0) kept.push({ ...step, bytes: step.bytes.subarray(0, left) });
      return [...kept, { type: kind }];
    }
    kept.push(step);
    left -= step.bytes.length;
  }
  return steps;
}

function toBytes(text: string | Uint8Array): Uint8Array {
  return typeof text === 'string' ? Buffer.from(text) : text;
}
