// Owns the form of a page on Slack: blocks, fallback text, metadata, and the way back from a stored body to the model's text.
// Must not know how calls are made, nor anything of the model.

import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import type { KnownBlock, MessageMetadata } from '@slack/web-api';
import type { Page, PageState, View } from '../../src/platform.ts';
import { pageStates } from '../kit/states.ts';
import { toWellFormed } from '../kit/text.ts';
import { fromMrkdwn } from './mrkdwn.ts';

/**
 * The largest `defuse(body).length` of a page. A payload's markdown blocks may hold 12,000 characters together
 * (docs.slack.dev, markdown block); the rest is room for the cursor and for what Slack may count beside it.
 */
export const MAX_BODY = 11_000;

/** Notifications show the fallback text; far below the 4,000 characters that chat.update takes. */
const MAX_FALLBACK = 300;

/** A context element takes 2,000 characters as Slack documents it for mrkdwn text; ours are a sentence or two. */
const MAX_NOTE = 1500;

const CURSOR = '▍';
const EVENT_TYPE = 'rill_page';

/** What makes a token behind `<`. `<!--`, `<!doctype` and `<![` are no tokens of Slack's and common in code, so they stay as they are. */
const tokenSign = /^(?:[@#]|!(?!--|\[|doctype\b))/i;
const JOINER = '\u2060';

/** Breaks `<!channel>`, `<@U1>` and `<#C1>` with one U+2060 after `<`, so that nobody is pinged by model text. */
export function defuse(text: string): string {
  return atTokens(text, (start, end) => text.slice(start, end) + JOINER);
}

/** The exact inverse of {@link defuse}, also for text that already held U+2060 in such places. */
export function undefuse(text: string): string {
  return atTokens(text, (start, end) => text.slice(start, end - 1), 1);
}

/** Puts something in place of what stands before each token's sign: `<` and any number of joiners, at least `least`. */
function atTokens(text: string, put: (start: number, end: number) => string, least = 0): string {
  let done = 0;
  let out = '';
  for (let at = text.indexOf('<'); at >= 0; at = text.indexOf('<', at)) {
    const start = at;
    at += 1;
    while (text.charAt(at) === JOINER) at += 1;
    if (at - start - 1 < least || !tokenSign.test(text.slice(at, at + 10))) continue;
    out += text.slice(done, start) + put(start, at);
    done = at;
  }
  return done === 0 ? text : out + text.slice(done);
}

/** Escapes Slack's three control characters, for `text` and mrkdwn. */
export function escapeText(text: string): string {
  return text.replace(/[&<>]/g, (sign) => (sign === '&' ? '&amp;' : sign === '<' ? '&lt;' : '&gt;'));
}

/** Cuts to at most `max` UTF-16 units after escaping, between code points, never inside an entity. */
function toEscapedExcerpt(text: string, max: number): string {
  const whole = escapeText(text.slice(0, max + 1));
  if (whole.length <= max && text.length <= max) return whole;
  let excerpt = '';
  for (const sign of text.slice(0, max)) {
    const next = escapeText(sign);
    if (excerpt.length + next.length > max - 1) break;
    excerpt += next;
  }
  return `${excerpt}…`;
}

/** What stands after the view's body while the reply is being written; a line of its own where the body ends with a fence. */
function cursorAfter(view: View): string {
  if (!view.cursor || view.body === '') return '';
  const lastLine = view.body.slice(view.body.lastIndexOf('\n') + 1);
  return isFenceLine(lastLine.trim()) ? `\n${CURSOR}` : ` ${CURSOR}`;
}

function isFenceLine(line: string): boolean {
  const mark = line.charAt(0);
  return line.length >= 3 && (mark === '`' || mark === '~') && line === mark.repeat(line.length);
}

/** The body with the cursor, before anything in it is defused. */
export function toShownBody(view: View): string {
  return view.body + cursorAfter(view);
}

/** A page as chat.postMessage and chat.update take it: body, notice, footer, buttons. */
export function toBlocks(page: Page): KnownBlock[] {
  const { view } = page;
  const body = toWellFormed(defuse(toShownBody(view)));
  const end = toEndBlocks(page);
  if (view.body.trim() !== '') return [{ type: 'markdown', text: body }, ...end];
  return end.some((block) => block.type === 'context') ? end : [{ type: 'markdown', text: CURSOR }, ...end];
}

/** What stands below a page's text: notice, footer, buttons. */
export function toEndBlocks({ view, controls }: Page): KnownBlock[] {
  const blocks: KnownBlock[] = [];
  if (view.notice !== undefined && view.notice !== '') {
    const sign = view.tone === 'error' ? ':warning: ' : '';
    blocks.push({
      type: 'context',
      elements: [{ type: 'mrkdwn', text: sign + toEscapedExcerpt(view.notice, MAX_NOTE - sign.length) }],
    });
  }
  if (view.footer !== undefined && view.footer !== '') {
    blocks.push({
      type: 'context',
      elements: [
        { type: 'plain_text', text: cutAt(defuse(view.footer.slice(0, MAX_NOTE)), MAX_NOTE), emoji: false },
      ],
    });
  }
  if (controls.length > 0) {
    blocks.push({
      type: 'actions',
      elements: controls.map((control) => ({
        type: 'button',
        action_id: `rill:${control.action}`,
        value: control.turn,
        text: { type: 'plain_text', text: cutAt(control.label, 75), emoji: false },
      })),
    });
  }
  return blocks;
}

function cutAt(text: string, max: number): string {
  return text.length <= max ? text : text.slice(0, max);
}

/** The short text that notifications show: fully escaped, never empty, at most 300 characters. */
export function toFallback(page: Page): string {
  const { view } = page;
  const words = view.body.slice(0, 2 * MAX_FALLBACK).trim();
  return toWellFormed(toEscapedExcerpt(words || (view.notice ?? '').trim(), MAX_FALLBACK)) || '…';
}

/** What is kept of a page in its message's metadata. */
export interface PageRecord {
  /** The turn that wrote it. */
  readonly turn: string;
  readonly page: number;
  /** `notice`: a message of the bot's own that holds no text of the model. */
  readonly state: PageState | 'notice';
  /** How many characters at the start of the shown body are not the model's. */
  readonly opened: number;
  /** How many at its end, the cursor's included. */
  readonly closed: number;
  /** How many characters of the model's text stand there. */
  readonly shown: number;
  /** The model's text itself, on pages that are not being written any more, where it is small enough. */
  readonly text: string | undefined;
}

/**
 * The fullest metadata that has at most `maxBytes` bytes of JSON: a settled page's text as it is, or packed, or left out; undefined
 * where nothing fits.
 */
export function toMetadata(turn: string, page: Page, maxBytes: number): MessageMetadata | undefined {
  const base = {
    turn,
    page: page.index,
    state: page.state,
    opened: page.view.opened,
    closed: page.view.closed + cursorAfter(page.view).length,
    shown: page.text.length,
  };
  const settled = page.final || page.state !== 'writing';
  const fits = (payload: MessageMetadata['event_payload']): MessageMetadata | undefined => {
    const metadata = { event_type: EVENT_TYPE, event_payload: payload };
    return Buffer.byteLength(JSON.stringify(metadata)) <= maxBytes ? metadata : undefined;
  };
  return (
    (settled
      ? (fits({ ...base, text: page.text }) ?? fits({ ...base, packed: pack(page.text) }))
      : undefined) ?? fits(base)
  );
}

/** Prose shrinks to less than a half. Quality 9 packs a full page in about a millisecond; 11 takes ten times as long for a tenth. */
function pack(text: string): string {
  const params = {
    [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
    [constants.BROTLI_PARAM_QUALITY]: 9,
  };
  return brotliCompressSync(text, { params }).toString('base64');
}

function unpack(packed: string): string | undefined {
  try {
    return brotliDecompressSync(Buffer.from(packed, 'base64'), { maxOutputLength: 8 * MAX_BODY }).toString();
  } catch {
    // Somebody else's metadata under our name: the blocks are read instead.
    return undefined;
  }
}

/** Marks a message as one that holds no text of the model. */
export const noticeMetadata: MessageMetadata = { event_type: EVENT_TYPE, event_payload: { state: 'notice' } };

/** Undefined where the metadata is not of this bot's kind. */
export function parseMetadata(value: unknown): PageRecord | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { event_type: type, event_payload: payload } = value as Record<string, unknown>;
  if (type !== EVENT_TYPE || typeof payload !== 'object' || payload === null) return undefined;
  const fields = payload as Record<string, unknown>;
  const count = (field: unknown) => (typeof field === 'number' && field >= 0 ? Math.floor(field) : 0);
  const state = String(fields.state);
  return {
    turn: typeof fields.turn === 'string' ? fields.turn : '',
    page: count(fields.page),
    state: pageStates.find((known) => known === state) ?? 'notice',
    opened: count(fields.opened),
    closed: count(fields.closed),
    shown: count(fields.shown),
    text:
      typeof fields.text === 'string'
        ? fields.text
        : typeof fields.packed === 'string'
          ? unpack(fields.packed)
          : undefined,
  };
}

/** A body as it was sent in a markdown block becomes the model's own text again. */
export function toPageText(markdown: string, record: PageRecord): string {
  const body = undefuse(markdown);
  return body.slice(record.opened, Math.max(record.opened, body.length - record.closed));
}

/** A body that Slack has translated: only the cursor can be told from the model's text. */
export function withoutCursor(text: string): string {
  const whole = undefuse(text);
  const shown = whole.trimEnd();
  return shown.endsWith(CURSOR) ? shown.slice(0, -1).replace(/[ \n]$/, '') : whole;
}

/** Slack's form of a person's words becomes plain words; each name is asked for once, all of them at the same time. */
export async function toWords(
  text: string,
  bot: string | undefined,
  nameOf: (id: string) => Promise<string>,
): Promise<string> {
  const ids = new Set<string>();
  fromMrkdwn(text, bot, (id) => {
    ids.add(id);
    return undefined;
  });
  const names = new Map(await Promise.all([...ids].map(async (id) => [id, await nameOf(id)] as const)));
  return fromMrkdwn(text, bot, (id) => names.get(id));
}
