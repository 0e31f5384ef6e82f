// Owns how things look on Discord: a page as message content with buttons, and Discord's markup as plain words.
// Knows nothing of REST, of the gateway, or of when something is sent.

import { BotError } from '../../src/errors.ts';
import type { ControlButton, Page, PageState, View } from '../../src/platform.ts';
import { toExcerpt, toWellFormed } from '../kit/text.ts';
import { sealBare, sealBody, toTail, type Unsealed, unseal } from './seal.ts';

/** Characters of a message's content (discord-api-docs, create message). UTF-16 units never count fewer than Discord does. */
export const CONTENT_MAX = 2_000;
/**
 * The largest body of a page: leaves 400 for the seal (at most 70), a cursor, a footer of 100 and a notice, which gives way first.
 */
export const BODY_MAX = 1_600;

/** Nobody is ever pinged: it stands in each body, since Discord reads a body without it by its defaults, also on an edit. */
export const NO_PINGS = { allowed_mentions: { parse: [], replied_user: false } } as const;

/** A table may be so much larger where its columns stand below one another; a notice has the rest. */
const FORM_MAX = BODY_MAX + 150;

const CURSOR = '▍';
const FOOTER_MAX = 100;
const NOTICE_MAX = 300;
/** So much of a question is looked at for its thread's name. */
const NAMING_MAX = 2_000;

/** A page as the content of a message: at most 2,000 characters, the body always whole. */
export function toContent(page: Page): string {
  const { view } = page;
  const notice = toNotice(view);
  const footer = view.footer === undefined ? '' : `-# ${toExcerpt(toLine(view.footer), FOOTER_MAX)}`;
  if (view.body === '') return toBare(page, notice, footer);
  const head = sealBody({
    body: toWellFormed(view.body),
    opened: view.opened,
    closed: view.closed,
    page: page.index,
    state: page.state,
    room: FORM_MAX,
  });
  const cursor = view.cursor ? CURSOR : '';
  const room = CONTENT_MAX - head.length - cursor.length;
  if (room < 0) throw new BotError('internal', `a page's body of ${view.body.length} characters is too long`);
  const foot = footer === '' || footer.length + 1 > room ? '' : `\n${footer}`;
  const left = room - foot.length - 2;
  const said = notice === '' || left < 20 ? '' : `\n\n${toExcerpt(notice, left)}`;
  return `${head}${cursor}${said}${foot}`;
}

/** A message of the bot's own that is no answer: read back as an empty text. */
export function toSaid(text: string, state: PageState = 'complete'): string {
  return sealBare(toExcerpt(toTail(toWellFormed(text)), CONTENT_MAX - 100), 0, state);
}

/** The model's own text in a message of the bot, letter for letter where it carries a seal. */
export function fromContent(content: string): Unsealed {
  const sealed = unseal(content);
  if (sealed !== undefined) return sealed;
  // Without a seal (an older message, or Discord took it away) the lines that only we write are left out.
  const lines = content.replace(/^\u2060/u, '').split('\n');
  while (lines.length > 0 && (lines.at(-1)?.startsWith('-# ') || lines.at(-1) === '')) lines.pop();
  return { text: lines.join('\n').replace(/[ \n]?▍$/u, '') };
}

/** Buttons below a page. Discord allows 5 in a row and 100 characters of custom id (message components). */
export function toComponents(controls: readonly ControlButton[]): readonly object[] {
  if (controls.length === 0) return [];
  const buttons = controls.slice(0, 5).map((control) => ({
    type: 2,
    // 4 is red, 1 the accent, 2 grey.
    style: control.action === 'stop' ? 2 : 1,
    label: toExcerpt(control.label, 80),
    custom_id: `rill:${control.action}:${control.turn}`,
  }));
  return [{ type: 1, components: buttons }];
}

/** The name of the thread that a question opens: one line of its first words, without markup. Discord allows 1 to 100 characters. */
export function toThreadName(question: string): string {
  const line = question
    .slice(0, NAMING_MAX)
    .replaceAll(/```[\w-]{0,30}/gu, ' ')
    .replaceAll(/\[([^\][\n]{0,200})\]\([^()\n]{0,500}\)/gu, '$1')
    .split('\n')
    .map((words) => words.trim().replace(/^(?:#{1,6}|>|-#|[-*+]|\d{1,9}\.)\s/u, ''))
    .join(' ')
    .replaceAll(/[*_~`|\\]/gu, '')
    .split(/[\s\p{Cc}\p{Cf}]/u)
    .filter((word) => word !== '')
    .join(' ');
  if (line === '') return 'Rill';
  if (line.length <= 80) return toWellFormed(line);
  const start = line.slice(0, 79);
  const words = start.slice(0, Math.max(0, start.lastIndexOf(' ')));
  return `${toWellFormed(words === '' ? start : words).replace(/\ufffd$/u, '')}…`;
}

function toBare(page: Page, notice: string, footer: string): string {
  const shown = [notice, footer].filter((part) => part !== '').join('\n');
  return sealBare(
    page.view.cursor && notice === '' ? CURSOR + shown : shown || CURSOR,
    page.index,
    page.state,
  );
}

function toNotice(view: View): string {
  if (view.notice === undefined || view.notice === '') return '';
  const text = toExcerpt(toLine(view.notice), NOTICE_MAX);
  return view.tone === 'error' ? `⚠️ ${text}` : `-# ${text}`;
}

/** One line of plain words: markup in it (a person's name, say) shows as it is, addresses stay addresses. */
function toLine(text: string): string {
  return toTail(toWellFormed(text))
    .split(/\s/u)
    .filter((word) => word !== '')
    .map((word) => (/^https?:/u.test(word) ? word : word.replaceAll(/[\\*_~`|]/gu, '\\$&')))
    .join(' ')
    .trim();
}
