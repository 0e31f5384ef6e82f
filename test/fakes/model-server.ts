// A model provider on loopback that speaks DeepSeek's wire format, answers questions, continues answers, and fails by script.
// Owns HTTP and the record of what was asked; what a plan can say is in test/fakes/model-plan.ts.
//
// What it refuses is what DeepSeek refuses: `prefix` outside the beta address, user ids outside [a-zA-Z0-9_-]{1,512}
// (api-docs.deepseek.com: guides/chat_prefix_completion, quick_start/rate_limit), a wrong key (401), a body that is not JSON (400).

import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createBrotliCompress, createGzip, constants as zlib } from 'node:zlib';
import { type Continuation, continuationOf, type RequestBody, restOf } from './model-answers.ts';
import { type Plan, type Step, toSteps, toTokens } from './model-plan.ts';

export type { RequestBody } from './model-answers.ts';
export type { Fault, Plan } from './model-plan.ts';
export { toTokens } from './model-plan.ts';

export interface ModelServerOptions {
  /** The answer to a question; by default a sentence that repeats it. */
  readonly answer?: (question: string) => string;
  readonly tokensPerSecond?: number;
  readonly firstTokenMs?: number;
  /** What to do with the n-th request (0 is the first); undefined: as without a script. */
  readonly script?: (n: number, body: RequestBody) => Plan | undefined;
  /** What it can continue; by default all. Others are refused with 400. */
  readonly continues?: readonly Continuation[];
  /** When set, other keys get 401. */
  readonly apiKey?: string;
  readonly model?: string;
  /** What `GET /models` lists; other names are refused. `none`: 404. Left out: the one model, and every name is answered. */
  readonly models?: readonly string[] | 'none';
  /** Amount in USD as `GET /user/balance` gives it; at 0 or less every question is refused with 402. Left out: 404. */
  readonly balance?: string;
}

export interface ModelRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: RequestBody;
  /** How many requests were open when this one came, itself included. */
  readonly inFlight: number;
  readonly openAt: number;
  /** When the exchange was over, by whichever side; undefined while it is open. */
  closedAt: number | undefined;
  /** The client closed the socket before the answer was whole. */
  closedByClient: boolean;
}

export interface ModelServer {
  /** `http://127.0.0.1:PORT`, to be used as the base URL. */
  readonly url: string;
  readonly requests: readonly ModelRequest[];
  /** Requests that are open now. */
  inFlight(): number;
  /** Resolves as soon as the condition holds; looked at whenever a request comes or ends. */
  until(condition: () => boolean): Promise<void>;
  /** Connections that are open now, idle ones included. */
  sockets(): Promise<number>;
  close(): Promise<void>;
}

/** Starts the server on a free port of 127.0.0.1. */
export async function createModelServer(options: ModelServerOptions = {}): Promise<ModelServer> {
  const answerTo = options.answer ?? ((question) => `You asked: ${question}`);
  const continues = options.continues ?? ['prefix', 'continue_final_message', 'prompted'];
  const requests: ModelRequest[] = [];
  const watchers = new Set<() => void>();
  let open = 0;
  const changed = () => {
    for (const watcher of [...watchers]) watcher();
  };

  const server = createServer((incoming, response) => {
    void handle(incoming, response).catch((error: unknown) => response.destroy(error as Error));
  });

  async function handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    open += 1;
    const inFlight = open;
    const pieces: Buffer[] = [];
    const request: ModelRequest = {
      path: incoming.url ?? '',
      headers: incoming.headers,
      get body() {
        return body;
      },
      inFlight,
      openAt: Date.now(),
      closedAt: undefined,
      closedByClient: false,
    };
    let body: RequestBody = {};
    response.on('close', () => {
      open -= 1;
      request.closedAt = Date.now();
      request.closedByClient = !response.writableEnded && !brokenByUs.has(response);
      changed();
    });
    try {
      for await (const piece of incoming) pieces.push(piece as Buffer);
      body = JSON.parse(Buffer.concat(pieces).toString() || '{}') as RequestBody;
    } catch (error) {
      refuse(response, 400, `Failed to parse the request body: ${String(error)}`);
    }
    const n = requests.push(request) - 1;
    changed();
    if (response.writableEnded) return;
    if (incoming.method === 'GET') return serveAccount(response, request, options);
    const plan: Plan = {
      ...(options.firstTokenMs === undefined ? {} : { firstTokenMs: options.firstTokenMs }),
      ...(options.tokensPerSecond === undefined ? {} : { delayMs: 1000 / options.tokensPerSecond }),
      ...options.script?.(n, body),
    };
    if (plan.headersMs === 'never') return;
    if (plan.headersMs !== undefined) await wait(plan.headersMs, response);
    const refusal = plan.status === undefined ? refusalOf(request, continues, options) : undefined;
    if (refusal !== undefined) return refuse(response, ...refusal);
    if (plan.status !== undefined && plan.status >= 300 && plan.body === undefined) {
      for (const [name, value] of Object.entries(plan.headers ?? {})) response.setHeader(name, value);
      if (plan.retryAfter !== undefined) response.setHeader('retry-after', String(plan.retryAfter));
      return refuse(response, plan.status, `Scripted refusal ${plan.status}`);
    }
    const [rest, echo] = restOf(body, answerTo, plan.echo);
    const prompt = toTokens(JSON.stringify(body.messages ?? body.prompt ?? '')).length;
    const model = plan.model ?? options.model ?? body.model ?? 'deepseek-flash';
    const shaped = incoming.url?.endsWith('/chat/completions') ? plan : { shape: 'legacy' as const, ...plan };
    await play(response, shaped, toSteps(shaped, echo + rest, prompt, model));
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    inFlight: () => open,
    until: (condition) =>
      new Promise((resolve) => {
        const watcher = () => {
          if (!condition()) return;
          watchers.delete(watcher);
          resolve();
        };
        watchers.add(watcher);
        watcher();
      }),
    sockets: () => new Promise((resolve) => server.getConnections((_error, count) => resolve(count))),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const brokenByUs = new WeakSet<ServerResponse>();

function refuse(response: ServerResponse, status: number, message: string): void {
  const error = { message, type: 'invalid_request_error', param: null, code: 'invalid_request_error' };
  if (!response.hasHeader('content-type')) response.setHeader('content-type', 'application/json');
  response.statusCode = status;
  response.end(JSON.stringify({ error }));
}

function refusalOf(
  request: ModelRequest,
  continues: readonly Continuation[],
  options: ModelServerOptions,
): [number, string] | undefined {
  const { body, path } = request;
  const { models, balance } = options;
  const unknown = keyRefusalOf(request, options);
  if (unknown !== undefined) return unknown;
  if (balance !== undefined && Number(balance) <= 0) return [402, 'Insufficient Balance'];
  // The words of a recorded body.
  if (Array.isArray(models) && !models.includes(String(body.model)))
    return [400, `The supported API model names are ${models.join(', ')}, but you passed ${body.model}.`];
  if (body.user_id !== undefined && !/^[a-zA-Z0-9_-]{1,512}$/.test(body.user_id))
    return [400, 'Invalid user_id'];
  const how = continuationOf(body);
  if (how === 'prefix' && !path.startsWith('/beta/')) return [400, 'prefix needs the beta address'];
  if (how === undefined || continues.includes(how)) return undefined;
  return [400, `Unsupported: ${how}`];
}

function keyRefusalOf(
  { headers }: ModelRequest,
  { apiKey }: ModelServerOptions,
): [number, string] | undefined {
  if (apiKey === undefined || headers.authorization === `Bearer ${apiKey}`) return undefined;
  return [401, 'Authentication Fails, Your api key: ****-key is invalid'];
}

/** What an account may ask about itself (api-docs.deepseek.com: api/list-models, api/get-user-balance). */
function serveAccount(response: ServerResponse, request: ModelRequest, options: ModelServerOptions): void {
  const { model = 'deepseek-flash', models = [model], balance } = options;
  const unknown = keyRefusalOf(request, options);
  let value: unknown;
  if (request.path.endsWith('/user/balance') && balance !== undefined) {
    const rest = { granted_balance: '0.00', topped_up_balance: balance };
    const info = { currency: 'USD', total_balance: balance, ...rest };
    value = { is_available: Number(balance) > 0, balance_infos: [info] };
  } else if (request.path.endsWith('/models') && models !== 'none') {
    value = { object: 'list', data: models.map((id) => ({ id, object: 'model', owned_by: 'fake' })) };
  }
  if (unknown !== undefined) refuse(response, ...unknown);
  else if (value === undefined) refuse(response, 404, 'Not Found');
  else response.setHeader('content-type', 'application/json').end(JSON.stringify(value));
}

/** Waits in real time, or until the client has gone. */
function wait(ms: number, response: ServerResponse): Promise<void> {
  if (ms <= 0 || response.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    response.on('close', done);
    function done() {
      clearTimeout(timer);
      response.off('close', done);
      resolve();
    }
  });
}

/** Resolves when the gate is open, or the client has gone. */
function opened(open: () => Promise<unknown>, response: ServerResponse): Promise<unknown> {
  const gone = new Promise<void>((resolve) => response.once('close', resolve));
  return Promise.race([open(), gone]);
}

async function play(response: ServerResponse, plan: Plan, steps: readonly Step[]): Promise<void> {
  response.socket?.setNoDelay(true);
  const type =
    plan.shape === 'json' ? 'application/json' : plan.shape === 'text' ? 'text/plain' : 'text/event-stream';
  response.statusCode = plan.status ?? 200;
  response.setHeader('content-type', plan.contentType ?? type);
  if (plan.retryAfter !== undefined) response.setHeader('retry-after', String(plan.retryAfter));
  for (const [name, value] of Object.entries(plan.headers ?? {})) response.setHeader(name, value);
  if (plan.encoding !== undefined) response.setHeader('content-encoding', plan.encoding);
  response.flushHeaders();
  const packer =
    plan.encoding === 'gzip' ? createGzip() : plan.encoding === 'br' ? createBrotliCompress() : undefined;
  const packed: Buffer[] = [];
  packer?.on('data', (bytes: Buffer) => packed.push(bytes));
  const flushKind = plan.encoding === 'br' ? zlib.BROTLI_OPERATION_FLUSH : zlib.Z_SYNC_FLUSH;
  const write = async (bytes: Uint8Array) => {
    const size = plan.slice ?? Math.max(1, bytes.length);
    for (let at = 0; at < bytes.length && !response.destroyed; at += size) {
      const room = response.write(bytes.subarray(at, at + size));
      if (plan.slice !== undefined) await new Promise((resolve) => setImmediate(resolve));
      if (!room && !response.destroyed) await drained(response);
    }
  };
  const send = async (bytes: Uint8Array) => {
    if (packer === undefined) return write(bytes);
    packer.write(bytes);
    await new Promise<void>((resolve) => packer.flush(flushKind, resolve));
    await write(Buffer.concat(packed.splice(0)));
  };
  let dueAt = performance.now();
  for (const step of steps) {
    if (response.destroyed) return;
    if (step.type === 'bytes') {
      dueAt += step.waitMs;
      if (step.waitMs > 0) await wait(dueAt - performance.now(), response);
      await send(step.bytes);
      continue;
    }
    if (step.type === 'gate') {
      await opened(step.open, response);
      dueAt = performance.now();
      continue;
    }
    if (step.type === 'stall') return;
    if (step.type === 'reset') {
      brokenByUs.add(response);
      // What was written has left before the reset, as on a real network.
      await new Promise<void>((resolve) => response.write('', () => setImmediate(resolve)));
      response.socket?.resetAndDestroy();
      return;
    }
    break;
  }
  if (packer !== undefined) {
    await new Promise<void>((resolve) => packer.end().once('end', resolve));
    await write(Buffer.concat(packed));
  }
  response.end();
}

/** Resolves when there is room for more, or the client has gone. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.on('drain', done);
    response.on('close', done);
  });
}
