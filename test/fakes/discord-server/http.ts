// Owns the HTTP side: reads a call, finds its route, lets faults, limits and rules have their say, answers, and records.
// Knows no single endpoint.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Clock, sleep } from '../../../src/clock.ts';
import type { createFaults } from './faults.ts';
import { type createLimits, type Headers, toRateLimitAnswer } from './limits.ts';
import { type Fields, isFields, Refusal } from './refusal.ts';
import { type Answer, checkIds, findRoute, type Match, type Route } from './route.ts';
import { findBreach } from './specs.ts';
import type { DiscordCall, FaultOutcome } from './types.ts';
import type { StoredAttachment, World } from './world.ts';

export interface HttpOptions {
  readonly world: World;
  readonly clock: Clock;
  readonly token: string;
  readonly latencyMs: number;
  readonly routes: readonly Route[];
  readonly limits: ReturnType<typeof createLimits>;
  readonly faults: ReturnType<typeof createFaults>;
  readonly specsDirectory: string | undefined;
}

type Recorded = { -readonly [K in keyof DiscordCall]: DiscordCall[K] };

interface Content {
  readonly parsed: unknown;
  readonly files: readonly StoredAttachment[];
}

interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

const notFound = () => new Refusal(404, 0, '404: Not Found');

export function createHttp(options: HttpOptions) {
  const { world, clock, limits, faults } = options;
  const calls: Recorded[] = [];
  const breaches: string[] = [];

  async function readContent(request: IncomingMessage): Promise<Content> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const raw = Buffer.concat(chunks);
    const type = request.headers['content-type'] ?? '';
    if (raw.length === 0) return { parsed: undefined, files: [] };
    if (type.startsWith('multipart/form-data')) {
      const form = await new Response(raw, { headers: { 'content-type': type } }).formData();
      const files: StoredAttachment[] = [];
      for (const [, value] of form) {
        if (typeof value === 'string') continue;
        const bytes = new Uint8Array(await value.arrayBuffer());
        files.push({ id: world.snowflake(), name: value.name, mediaType: value.type, bytes });
      }
      return { parsed: parseJson(String(form.get('payload_json') ?? '{}')), files };
    }
    return { parsed: parseJson(raw.toString('utf8')), files: [] };
  }

  /** Attachments as the CDN serves them: no token, no limit. */
  function serveFile(pathname: string, response: ServerResponse): void {
    const [, , channel, id] = pathname.split('/');
    for (const message of world.channels.get(channel ?? '')?.messages.values() ?? []) {
      const all = [message, ...message.forwards].flatMap(({ attachments }) => attachments);
      const file = all.find((one) => one.id === id);
      if (file === undefined) continue;
      response.writeHead(200, { 'content-type': file.mediaType, 'content-length': file.bytes.byteLength });
      response.end(file.bytes);
      return;
    }
    response.writeHead(404, { 'content-type': 'text/plain' });
    response.end('This content is no longer available.');
  }

  /** Applies the call; every refusal becomes an answer. */
  function apply(request: IncomingMessage, path: string, match: Match | undefined, content: Content): Reply {
    let headers: Headers = {};
    try {
      if (match?.route.open !== true && request.headers.authorization !== `Bot ${options.token}`) {
        throw new Refusal(401, 0, '401: Unauthorized');
      }
      if (match === undefined) throw notFound();
      checkIds(match);
      // One bucket a channel (or guild, or interaction): Discord's major parameters (docs: topics/rate-limits).
      const { params } = match;
      const major = params.channel ?? params.guild ?? params.token ?? '';
      const taken = limits.take(match.route.bucket, major);
      if (!taken.ok) return { status: 429, headers: taken.answer.headers, body: taken.answer.body };
      headers = taken.headers;
      if (content.parsed === undefined || isFields(content.parsed)) {
        const body: Fields = content.parsed ?? {};
        const breach = findBreach(options.specsDirectory, request.method ?? '', match.route.path, body);
        if (breach !== undefined) breaches.push(breach);
        const query = new URL(path, 'http://localhost').searchParams;
        const answer: Answer = match.route.handle({ params, query, body, files: content.files });
        return { status: answer.status, headers, body: answer.body };
      }
      throw new Refusal(400, 50109, 'The request body contains invalid JSON.');
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return toReply(error, headers);
    }
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost');
    if (request.method === 'GET' && url.pathname.startsWith('/attachments/'))
      return serveFile(url.pathname, response);
    const content = await readContent(request);
    const { pathname, version } = splitVersion(url.pathname);
    const method = request.method ?? 'GET';
    const match = pathname === undefined ? undefined : findRoute(options.routes, method, pathname);
    const path = `${pathname ?? url.pathname}${url.search}`;
    if (options.latencyMs > 0) await sleep(clock, options.latencyMs / 2);
    const call: Recorded = {
      method,
      route: match?.route.path ?? '*',
      path,
      body: content.parsed,
      at: clock.now(),
      status: 0,
      code: undefined,
    };
    calls.push(call);
    const fault = faults.take(call);
    if (fault?.kind === 'lost-before') request.socket.destroy();
    const scripted = fault === undefined ? undefined : toScripted(fault);
    if (fault?.kind === 'lost-before' || fault?.kind === 'hang') return world.changed();
    const reply =
      scripted ??
      (version === 10
        ? apply(request, path, match, content)
        : toReply(new Refusal(400, 50041, 'Invalid API version provided.'), {}));
    if (fault?.kind === 'lost-after') {
      request.socket.destroy();
      return world.changed();
    }
    if (options.latencyMs > 0) await sleep(clock, options.latencyMs / 2);
    send(response, reply);
    call.status = reply.status;
    call.code = isFields(reply.body) && typeof reply.body.code === 'number' ? reply.body.code : undefined;
    world.changed();
  }

  return {
    calls,
    breaches,
    listener(request: IncomingMessage, response: ServerResponse): void {
      handle(request, response).catch((error: unknown) => {
        // A caller that hangs up while it is being read is its own affair; anything else is a fault of the fake and is shown.
        if (!request.destroyed || response.writable)
          send(response, { status: 500, headers: {}, body: { message: String(error), code: 0 } });
      });
    },
  };
}

/** `/api/v10/x` → `/x`, 10; no version means Discord's default (6), which is refused like every other. */
function splitVersion(pathname: string): { readonly pathname: string | undefined; readonly version: number } {
  const match = /^\/api(?:\/v(\d+))?(\/.*)$/.exec(pathname);
  return { pathname: match?.[2], version: match === null ? 10 : Number(match[1] ?? 6) };
}

function toReply(refusal: Refusal, headers: Headers): Reply {
  const body = {
    message: refusal.message,
    code: refusal.code,
    ...(refusal.errors === undefined ? {} : { errors: refusal.errors }),
  };
  if (refusal.retryAfterMs === undefined) return { status: refusal.status, headers, body };
  const limited = toRateLimitAnswer(refusal.retryAfterMs, 'user', headers);
  return { status: refusal.status, headers: limited.headers, body: { ...limited.body, ...body } };
}

/** A fault that answers instead of applying. */
function toScripted(fault: FaultOutcome): Reply | undefined {
  if (fault.kind === 'rate-limited') {
    const answer = toRateLimitAnswer(fault.retryAfterMs, fault.scope ?? 'user');
    if (fault.retryAfter === undefined) return { status: 429, headers: answer.headers, body: answer.body };
    const { 'retry-after': _said, ...headers } = answer.headers;
    const { retry_after: _time, ...body } = answer.body;
    return {
      status: 429,
      headers: { ...headers, ...(fault.retryAfter === null ? {} : { 'retry-after': fault.retryAfter }) },
      body,
    };
  }
  if (fault.kind === 'refused') {
    return {
      status: fault.status,
      headers: {},
      body: { message: fault.message ?? 'Scripted', code: fault.code ?? 0 },
    };
  }
  if (fault.kind === 'empty-200') return { status: 200, headers: {}, body: undefined };
  if (fault.kind === 'html-502' || fault.kind === 'html-200') {
    return {
      status: fault.kind === 'html-502' ? 502 : 200,
      headers: { 'content-type': 'text/html' },
      body: '<html><body>502 Bad Gateway</body></html>',
    };
  }
  return undefined;
}

function send(response: ServerResponse, reply: Reply): void {
  if (response.destroyed || response.writableEnded) return;
  // A 204 must carry no content type: clients would parse its empty body (platforms.md 2.4).
  if (reply.body === undefined) {
    response.writeHead(reply.status, reply.headers);
    response.end();
    return;
  }
  const text = typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body);
  response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers });
  response.end(text);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Left as text: the rule for invalid JSON (50109) refuses whatever is no object.
    return text;
  }
}
