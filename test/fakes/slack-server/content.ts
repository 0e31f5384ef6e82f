// Owns what every writing method checks alike: the conversation, the text, the metadata, the pings.
// Must not know which method it checks for, beyond what it is told.

import { isObject, type Refusal, refuseBlocks, textsOf, toObjects } from './blocks.ts';
import type { FakeUserGroup } from './options.ts';
import { findPings } from './reader.ts';
import type { Json } from './types.ts';
import type { Channel, Message, Workspace } from './workspace.ts';

/** Tells the bot what its own writes did, where it subscribed to that. */
export interface Echo {
  posted(message: Message): void;
  changed(message: Message): void;
  deleted(message: Message): void;
}

export interface MethodContext {
  readonly workspace: Workspace;
  readonly echo: Echo;
  readonly streamLifeMs: number;
  readonly streamBytes: number;
  readonly metadataBytes: number;
  readonly keepsMetadata: boolean;
  readonly editWindowMs: number;
  readonly missingThread: 'unthread' | 'refuse';
  readonly agent: boolean;
  readonly userGroups: Readonly<Record<string, FakeUserGroup>>;
}

export type Handler = (args: Json) => Json;

export interface Content {
  readonly text: string | undefined;
  readonly markdown: string | undefined;
  readonly blocks: readonly Json[] | undefined;
}

/** docs.slack.dev/reference/methods/chat.postMessage, `markdown_text`: "Limit this field to 12,000 characters". */
export const markdownTextMax = 12_000;

export function refuse(error: string, detail?: string): Json & Refusal {
  return {
    ok: false,
    error,
    ...(detail === undefined ? {} : { detail, response_metadata: { messages: [`[ERROR] ${detail}`] } }),
  };
}

export function toText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function isTrue(value: unknown): boolean {
  return value === true || value === 'true' || value === '1';
}

export function isRefusal(value: object): value is Json & Refusal {
  return 'error' in value;
}

/** Errors `channel_not_found`, `not_in_channel`, `is_archived` of docs.slack.dev/reference/methods/chat.postMessage. */
export function openForWriting(workspace: Workspace, id: unknown): Channel | (Json & Refusal) {
  const channel = workspace.channels.get(String(id));
  if (!channel) return refuse('channel_not_found');
  if (!channel.member) return refuse('not_in_channel');
  if (channel.archived) return refuse('is_archived');
  return channel;
}

export function parseContent(args: Json): Content | (Json & Refusal) {
  const text = toText(args.text);
  const markdown = toText(args.markdown_text);
  const { blocks } = args;
  // docs.slack.dev/reference/methods/chat.update: "cannot be used in conjunction with `blocks` or `text` argument".
  if (markdown !== undefined && (text !== undefined || blocks !== undefined)) {
    return refuse('markdown_text_conflict');
  }
  if (markdown !== undefined && markdown.length > markdownTextMax) return refuse('msg_too_long');
  const refused = refuseBlocks(blocks);
  if (refused) return refuse(refused.error, refused.detail);
  return { text, markdown, blocks: blocks === undefined ? undefined : toObjects(blocks) };
}

/**
 * `invalid_metadata_format` and `metadata_too_large` of chat.postMessage: an object with event_type and event_payload. An empty
 * one takes the metadata of a message away (chat.update).
 */
export function parseMetadata(args: Json, maxBytes: number): { readonly metadata?: Json } | (Json & Refusal) {
  const { metadata } = args;
  if (metadata === undefined) return {};
  if (!isObject(metadata)) return refuse('invalid_metadata_format');
  if (Object.keys(metadata).length === 0) return { metadata };
  if (!toText(metadata.event_type) || !isObject(metadata.event_payload)) {
    return refuse('invalid_metadata_format');
  }
  if (Buffer.byteLength(JSON.stringify(metadata)) > maxBytes) return refuse('metadata_too_large');
  return { metadata };
}

/** Counts what rings somebody in these arguments. `streamed` is the text so far of a stream: a token may straddle two appends. */
export function countPings(
  workspace: Workspace,
  call: {
    readonly method: string;
    readonly args: Json;
    readonly ts: string;
    readonly streamed?: { readonly before: string; readonly after: string };
    /** What `parse` is when it is left out (docs.slack.dev: `none` for posts, `client` for chat.update). */
    readonly parse?: 'none' | 'client';
  },
): void {
  const { args, streamed } = call;
  const parse = toText(args.parse) ?? call.parse ?? 'none';
  const parsesNames = parse !== 'none' || isTrue(args.link_names);
  const texts = [toText(args.markdown_text), ...textsOf(args.blocks), ...textsOf(args.chunks)];
  const tokens = streamed
    ? findPings([streamed.after], false).slice(findPings([streamed.before], false).length)
    : findPings(
        texts.filter((text) => text !== undefined),
        false,
      );
  const inBlocks = streamed ? findPings(textsOf(args.blocks), false) : [];
  const inText = findPings([toText(args.text) ?? ''], parsesNames);
  for (const token of [...inText, ...tokens, ...inBlocks]) {
    workspace.pings.push({
      method: call.method,
      channel: String(args.channel),
      ts: call.ts,
      token,
    });
  }
}
