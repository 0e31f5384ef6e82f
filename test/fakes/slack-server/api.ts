// Owns the way of one call: fault, token, rate limit, scope, arguments, method, answer. Must not know what methods do.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { createSpecCheck, type Parsed, parseBody } from './body.ts';
import type { Handler } from './content.ts';
import type { Faults } from './faults.ts';
import type { Limits } from './limits.ts';
import { methods, scopesFor } from './methods.ts';
import type { Call, FaultEffect, Json } from './types.ts';
import type { Workspace } from './workspace.ts';

export interface ApiOptions {
  readonly botToken: string;
  readonly appToken: string;
  readonly scopes: readonly string[];
  readonly appScopes: readonly string[];
  readonly latencyMs: number;
  readonly specsDir: string | undefined;
}

export interface Api {
  readonly calls: readonly Call[];
  readonly specBreaches: readonly string[];
  serve(name: string, request: IncomingMessage, response: ServerResponse): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly body: Json;
  readonly headers?: Readonly<Record<string, string>>;
}

export async function readAll(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

export function tokenOf(request: IncomingMessage): string | undefined {
  return /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
}

export function createApi(
  workspace: Workspace,
  handlers: Readonly<Record<string, Handler>>,
  parts: { readonly limits: Limits; readonly faults: Faults },
  options: ApiOptions,
): Api {
  const calls: Call[] = [];
  const specBreaches: string[] = [];
  const findBreaches = createSpecCheck(options.specsDir);

  /** Errors not_authed, invalid_auth, not_allowed_token_type, ratelimited, missing_scope, in the order in which Slack looks. */
  function decide(name: string, request: IncomingMessage, parsed: Parsed): Answer {
    const spec = methods[name];
    const handler = handlers[name];
    const no = (error: string, extra: Json = {}) => ({ status: 200, body: { ok: false, error, ...extra } });
    if (!spec || !handler) return no('unknown_method');
    const args = parsed.args ?? {};
    const given = tokenOf(request) ?? (typeof args.token === 'string' ? args.token : undefined);
    if (given === undefined) return no('not_authed');
    const isApp = given === options.appToken;
    if (!isApp && given !== options.botToken) return no('invalid_auth');
    if (isApp !== (spec.token === 'app')) return no('not_allowed_token_type');
    const granted = isApp ? options.appScopes : options.scopes;
    const needed = scopesFor(spec, args.channel ?? args.channel_id);
    const headers = {
      'x-oauth-scopes': granted.join(','),
      ...(needed.length === 0 ? {} : { 'x-accepted-oauth-scopes': needed.join(',') }),
    };
    const waitSeconds = parts.limits.take(name, args.channel);
    if (waitSeconds > 0) return toRateLimited(waitSeconds);
    if (needed.length > 0 && !needed.some((scope) => granted.includes(scope))) {
      const scopes = { needed: needed[0], provided: granted.join(',') };
      return { ...no('missing_scope', scopes), headers };
    }
    if ('error' in parsed) {
      const { detail } = parsed;
      const metadata = detail === undefined ? {} : { response_metadata: { messages: [detail] } };
      return { ...no(parsed.error, metadata), headers };
    }
    const warning = parsed.warning === undefined ? {} : { warning: parsed.warning };
    return { status: 200, body: { ...handler(args), ...warning }, headers };
  }

  async function serve(name: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readAll(request);
    const spec = methods[name];
    const parsed: Parsed = spec ? parseBody(request.headers['content-type'], body, spec) : { args: {} };
    const call: Call = { method: name, args: parsed.args ?? {}, at: workspace.clock.now(), answer: null };
    calls.push(call);
    const breaches = findBreaches(name, call.args);
    specBreaches.push(...breaches);
    if (options.latencyMs > 0) await pause(options.latencyMs / 2);
    const effect = parts.faults.next(name, call.args);
    const answer = await toAnswer(effect, () => decide(name, request, parsed));
    if (typeof answer !== 'string' && options.latencyMs > 0) await pause(options.latencyMs / 2);
    call.answer = typeof answer === 'string' ? answer : { status: answer.status, body: answer.body };
    if (answer === 'lost') request.socket.destroy();
    else if (answer !== 'hung') reply(response, answer, effect);
    workspace.changed('call');
  }

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => workspace.after(ms, resolve));
  }

  async function toAnswer(
    effect: FaultEffect | undefined,
    apply: () => Answer,
  ): Promise<Answer | 'lost' | 'hung'> {
    if (effect === undefined) return apply();
    if (effect === 'rate-limited') return toRateLimited(1);
    if (effect === 'lost-before') return 'lost';
    if (effect === 'hang') return 'hung';
    if (effect === 'lost-after' || effect === 'hang-after') {
      apply();
      return effect === 'lost-after' ? 'lost' : 'hung';
    }
    if ('rateLimitedForSeconds' in effect) return toRateLimited(effect.rateLimitedForSeconds);
    if ('error' in effect) return { status: 200, body: { ok: false, error: effect.error, ...effect.extra } };
    if ('delayMs' in effect) {
      await pause(effect.delayMs);
      return apply();
    }
    return { status: effect.httpStatus, body: {}, ...(effect.headers ? { headers: effect.headers } : {}) };
  }

  return { calls, specBreaches, serve };
}

/** docs.slack.dev/apis/web-api/rate-limits: HTTP 429 with `Retry-After` in whole seconds. */
function toRateLimited(seconds: number): Answer {
  return {
    status: 429,
    body: { ok: false, error: 'ratelimited' },
    headers: { 'retry-after': String(seconds) },
  };
}

function reply(response: ServerResponse, answer: Answer, effect: FaultEffect | undefined): void {
  const raw = typeof effect === 'object' && 'httpStatus' in effect ? (effect.body ?? '') : undefined;
  response.writeHead(answer.status, {
    'content-type': raw === undefined ? 'application/json; charset=utf-8' : 'text/html',
    ...answer.headers,
  });
  response.end(raw ?? JSON.stringify(answer.body));
}
