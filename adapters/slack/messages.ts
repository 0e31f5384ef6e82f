// Owns what chat.postMessage and chat.update are given for a page: in full by blocks, or in its plainer form without any.
// Must not know when which form is used, nor how calls fail.

import type { ChatPostMessageArguments, ChatUpdateArguments, MessageMetadata } from '@slack/web-api';
import type { Mention, Page } from '../../src/platform.ts';
import { toWellFormed } from '../kit/text.ts';
import { defuse, escapeText, toBlocks, toFallback, toShownBody } from './format.ts';

/** chat.postMessage cuts text above 40,000 characters (docs.slack.dev/reference/methods/chat.postMessage). */
const POST_TEXT_MAX = 39_000;
/** chat.update refuses text above 4,000 characters (docs.slack.dev/reference/methods/chat.update, `msg_too_long`). */
const UPDATE_TEXT_MAX = 3_900;
/** `markdown_text` takes 12,000; a page's body has at most 11,000 of them. */
const NOTE_MAX = 400;

type Metadata = { readonly metadata?: MessageMetadata };

export function toPost(page: Page, mention: Mention, metadata: Metadata): ChatPostMessageArguments {
  const common = {
    channel: mention.channel,
    thread_ts: mention.thread,
    ...metadata,
    unfurl_links: false,
    unfurl_media: false,
  };
  if (page.plain !== true) return { ...common, text: toFallback(page), blocks: toBlocks(page) };
  return { ...common, mrkdwn: false, text: toPlainText(page).slice(0, POST_TEXT_MAX) };
}

export function toUpdate(
  page: Page,
  where: { channel: string; ts: string },
  metadata: Metadata,
): ChatUpdateArguments {
  // Left out, they would become `client` and whatever else Slack's default is.
  const common = { ...where, ...metadata, parse: 'none' as const, link_names: false };
  if (page.plain !== true) return { ...common, text: toFallback(page), blocks: toBlocks(page) };
  const text = toPlainText(page);
  // Blocks that an update does not name stay, so that they are taken away.
  if (text.length <= UPDATE_TEXT_MAX) return { ...common, text, blocks: [] };
  return {
    ...common,
    markdown_text: toWellFormed([defuse(toShownBody(page.view)), ...toNotes(page)].join('\n\n')),
  };
}

/** Every character as it is: nothing in it is markup, a link of ours, or a mention. */
function toPlainText(page: Page): string {
  const parts = [toShownBody(page.view), ...toNotes(page)].filter((part) => part.trim() !== '');
  return toWellFormed(escapeText(parts.join('\n\n'))) || '…';
}

function toNotes({ view }: Page): string[] {
  return [view.notice, view.footer].flatMap((note) => (note ? [defuse(note.slice(0, NOTE_MAX))] : []));
}
