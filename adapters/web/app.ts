// Owns the playground's HTTP: which request may do what, and with which headers it is answered. Must not know what a mention becomes.

import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Person } from '../../src/platform.ts';
import type { Asset } from './assets.ts';
import { addFileRoutes } from './file-routes.ts';
import type { Files } from './files.ts';
import { type Guard, PAGE_HEADER, parseCookies, SESSION_COOKIE } from './guard.ts';
import type { Live, StreamLimit } from './live.ts';
import { isPagePath, parseReturn } from './page-path.ts';
import {
  type Edited,
  type Posted,
  type Pressed,
  parseEdited,
  parseField,
  parseLocale,
  parsePosted,
  parsePressed,
} from './parse.ts';
import { toPublishedSentence } from './published.ts';
import { VISITOR_COOKIE, type Visitors } from './visitors.ts';

/** What the page asks for, behind every check. `false`: there is nothing of that kind, or not for this visitor. */
export interface Actions {
  post(visitor: Person, posted: Posted, locale: string | undefined): Promise<{ readonly id: string } | false>;
  /** Resolves to a sentence for the presser alone, or undefined. */
  press(visitor: Person, pressed: Pressed, locale: string | undefined): Promise<string | undefined | false>;
  /** Asks the bot a message that does not mention it. */
  ask(visitor: Person, message: string, locale: string | undefined): Promise<boolean>;
  delete(visitor: Person, message: string): Promise<boolean>;
  /** New words for a message of the visitor's own. */
  edit(visitor: Person, edited: Edited): boolean;
  isSeen(message: string, visitor: string): boolean;
  renamed(visitor: Person): void;
}

export interface AppOptions {
  readonly guard: Guard;
  readonly visitors: Visitors;
  readonly live: Live;
  readonly files: Files;
  readonly assets: ReadonlyMap<string, Asset>;
  readonly actions: Actions;
  readonly onFault: (error: unknown) => void;
  /** A page was refused its stream of events. */
  readonly onCrowd: (limit: StreamLimit) => void;
}

export type Env = { Bindings: HttpBindings; Variables: { secret: string; visitor: Person } };

/** Bytes of a posted body: the longest text, with every character escaped. */
const BODY_MAX = 64 * 1024;
const YEAR_S = 31_536_000;
const MONTH_S = 2_592_000;
const WAIT = 'too many wrong tokens from this address: wait a minute';
const CROWDED: Readonly<Record<StreamLimit, string>> = {
  visitor: 'this browser has too many pages open here',
  address: 'too many pages are open from this address',
  all: 'too many pages are open',
};
const POSTED = ['/messages', '/asks', '/controls', '/deletions', '/edits', '/files', '/name'];
/** Shown before the login: the form, and what it looks like. */
const OPEN = ['/login', '/login.html', '/style.css', '/icon.svg'];

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  // Nothing but the sanitiser may make markup out of text.
  "require-trusted-types-for 'script'",
  'trusted-types dompurify',
].join('; ');

const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': POLICY,
  'cross-origin-resource-policy': 'same-origin',
  // With `no-referrer` browsers send `Origin: null` with our own login form.
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

export function createApp(options: AppOptions): Hono<Env> {
  const { guard, visitors, live, assets, actions } = options;
  const app = new Hono<Env>();

  app.onError((error, context) => {
    options.onFault(error);
    return context.text('something went wrong', 500, HEADERS);
  });
  app.notFound((context) => context.text('not found', 404));

  app.use(async (context, next) => {
    for (const [name, value] of Object.entries(HEADERS)) context.header(name, value);
    const { method, path } = context.req;
    const caller = context.env.incoming;
    // Hono reads the header as it came; where the target names a host, that one counts.
    const { host } = caller.headers;
    const page = context.req.header(PAGE_HEADER) ?? context.req.query('page');
    if (guard.isPublished(caller, page)) return context.text(toPublishedSentence(localeOf(context)), 403);
    if (!guard.isKnownHost(host)) {
      const sentence = guard.needsToken
        ? 'this name is not served here'
        : toPublishedSentence(localeOf(context));
      return context.text(sentence, 421);
    }
    const isRead = method === 'GET' || method === 'HEAD';
    const allowed = toAllowed(path);
    if (!allowed.includes(method))
      return context.text(`only ${allowed.join(', ')}`, 405, { allow: allowed.join(', ') });
    const origin = context.req.header('origin');
    // The page's files are no secret, and browsers send an origin with modules: behind a proxy it is another than our host.
    const isOurs = isRead && (origin === undefined || assets.has(path));
    if (!isOurs && !guard.isOwnOrigin(origin, host)) return context.text('only from this page', 403);
    if (OPEN.includes(path)) return next();
    const verdict = guard.judgeCookie(caller);
    if (verdict === 'in') return next();
    // A cookie for a token of yesterday is not sent again: it would count as a wrong one each time.
    if (cookiesOf(context, SESSION_COOKIE).length > 0) setCookie(context, SESSION_COOKIE, '', 0);
    if (verdict === 'wait') return context.text(WAIT, 429, { 'retry-after': '60' });
    if (isPagePath(path)) {
      const to = parseReturn(new URL(context.req.url).pathname);
      return context.redirect(to === '/' ? '/login' : `/login?to=${encodeURIComponent(to)}`, 303);
    }
    return context.text('not allowed', 401);
  });

  const secretOf = (context: Context<Env>): string | undefined =>
    cookiesOf(context, VISITOR_COOKIE).find((secret) => visitors.find(secret) !== undefined);

  const knowsVisitor = async (context: Context<Env>, next: () => Promise<void>) => {
    const secret = secretOf(context);
    const visitor = visitors.find(secret);
    // The page loads itself again: that is where one becomes a visitor.
    if (secret === undefined || visitor === undefined) return context.text('reload', 409);
    context.set('secret', secret);
    context.set('visitor', visitor);
    return next();
  };

  addFileRoutes(app, { files: options.files, knowsVisitor, isSeen: actions.isSeen });
  app.use(bodyLimit({ maxSize: BODY_MAX, onError: (context) => context.text('too long', 413) }));

  app.get('/login', (context) => {
    const to = parseReturn(context.req.query('to'));
    if (guard.judgeCookie(context.env.incoming) === 'in') return context.redirect(to, 303);
    return serve(context, assets.get('/login.html'));
  });
  app.post('/login', async (context) => {
    const { token } = await context.req.parseBody().catch(() => ({ token: '' }));
    const verdict = guard.login(typeof token === 'string' ? token : '', context.env.incoming);
    if (verdict === 'wait') return context.text(WAIT, 429, { 'retry-after': '60' });
    const to = parseReturn(context.req.query('to'));
    const again = to === '/' ? '' : `?to=${encodeURIComponent(to)}`;
    if (verdict === 'out') return context.redirect(`/login${again}#wrong`, 303);
    setCookie(context, SESSION_COOKIE, verdict.session, MONTH_S);
    return context.redirect(to, 303);
  });

  app.get('/live', knowsVisitor, (context) => {
    const visitor = context.get('visitor').id;
    const address = guard.addressOf(context.env.incoming);
    // What a page asks before it tries again; a stream without a body would be a reader that reads nothing.
    const isAsked = context.req.method === 'HEAD';
    const after = context.req.header('last-event-id');
    const limit = isAsked
      ? live.full(visitor, address)
      : live.open(context.env.outgoing, { visitor, address, after, gzip: takesGzip(context) });
    if (limit === undefined) return isAsked ? context.body(null, 204) : RESPONSE_ALREADY_SENT;
    if (!isAsked) options.onCrowd(limit);
    return context.text(CROWDED[limit], limit === 'all' ? 503 : 429, { 'retry-after': '30' });
  });

  app.post('/messages', knowsVisitor, async (context) => {
    const posted = parsePosted(await readJson(context));
    if (posted === undefined) return context.text('not a message', 400);
    const message = await actions.post(context.get('visitor'), posted, localeOf(context));
    return message ? context.json(message, 202) : context.text('no such channel or thread', 404);
  });
  app.post('/asks', knowsVisitor, async (context) => {
    const message = parseField(await readJson(context), 'message') ?? '';
    const isDone = await actions.ask(context.get('visitor'), message, localeOf(context));
    return isDone ? context.json({ id: message }, 202) : context.text('no such message of yours', 404);
  });
  app.post('/controls', knowsVisitor, async (context) => {
    const pressed = parsePressed(await readJson(context));
    if (pressed === undefined) return context.text('not a button', 400);
    const sentence = await actions.press(context.get('visitor'), pressed, localeOf(context));
    if (sentence === false) return context.text('no such button', 404);
    return context.json({ say: sentence ?? null });
  });
  app.post('/deletions', knowsVisitor, async (context) => {
    const message = parseField(await readJson(context), 'message') ?? '';
    const isDone = await actions.delete(context.get('visitor'), message);
    return isDone ? context.body(null, 204) : context.text('no such reply of yours', 404);
  });
  app.post('/edits', knowsVisitor, async (context) => {
    const edited = parseEdited(await readJson(context));
    if (edited === undefined) return context.text('not a message', 400);
    const isDone = actions.edit(context.get('visitor'), edited);
    return isDone ? context.body(null, 204) : context.text('no such message of yours', 404);
  });
  app.post('/name', knowsVisitor, async (context) => {
    const name = parseField(await readJson(context), 'name') ?? '';
    const visitor = visitors.rename(context.get('secret'), name);
    if (visitor === undefined) return context.text('not a name', 400);
    actions.renamed(visitor);
    return context.json(visitor);
  });

  app.get('*', (context) => {
    const { path } = context.req;
    if (!isPagePath(path))
      return path.endsWith('.html') ? context.notFound() : serve(context, assets.get(path));
    if (secretOf(context) === undefined) setCookie(context, VISITOR_COOKIE, visitors.admit().secret, YEAR_S);
    return serve(context, assets.get('/index.html'));
  });
  return app;
}

function toAllowed(path: string): readonly string[] {
  if (POSTED.includes(path)) return ['POST'];
  return path === '/login' ? ['GET', 'HEAD', 'POST'] : ['GET', 'HEAD'];
}

function serve(context: Context, asset: Asset | undefined): Response | Promise<Response> {
  if (asset === undefined) return context.notFound();
  context.header('content-type', asset.type);
  context.header('etag', asset.tag);
  context.header('cache-control', 'no-cache');
  context.header('vary', 'accept-encoding');
  if (context.req.header('if-none-match') === asset.tag) return context.body(null, 304);
  if (!takesGzip(context)) return context.body(new Uint8Array(asset.plain));
  context.header('content-encoding', 'gzip');
  return context.body(new Uint8Array(asset.gzip));
}

/** Undefined for what is no JSON, or does not say that it is: forms of other sites cannot. */
async function readJson(context: Context): Promise<unknown> {
  if (!/^application\/json\b/i.test(context.req.header('content-type') ?? '')) return undefined;
  return context.req.json().catch(() => undefined);
}

function localeOf(context: Context): string | undefined {
  return parseLocale(context.req.header('accept-language'));
}

/** Not where it is named only to be refused (RFC 9110, 12.5.3). */
function takesGzip(context: Context): boolean {
  const named = context.req.header('accept-encoding') ?? '';
  return /\bgzip\b(?!\s{0,9};\s{0,9}q=0(?:\.0{0,3})?\s{0,9}(?:,|$))/i.test(named);
}

function cookiesOf(context: Context, name: string): readonly string[] {
  return parseCookies(context.req.header('cookie'), name);
}

function setCookie(context: Context, name: string, value: string, seconds: number): void {
  const secure = context.req.header('x-forwarded-proto') === 'https' ? '; Secure' : '';
  // Lax, not Strict: who follows a link from another site is who they were. What changes anything is a POST from our own page.
  const cookie = `${name}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Lax${secure}`;
  context.header('set-cookie', cookie, { append: true });
}
