// Owns which attachments go into a prompt, and in what form. Fetching is the platform's; nothing else is opened.

import type { Clock } from '../clock.ts';
import { BotError, isBotError, toBotError } from '../errors.ts';
import type { ContentPart } from '../model/types.ts';
import type { Attachment } from '../platform.ts';
import { estimateTokens } from '../tokens.ts';
import { readText } from './text-file.ts';

/** A text attachment is read up to this size, in bytes. */
const MAX_TEXT_BYTES = 100 * 1024;
const MAX_IMAGE_BYTES = 5 * 1024 * 1024;
/** More files than this are not fetched for one question. */
const MAX_FILES = 20;
const NAME_MAX = 200;
/** How long one file may take, how long all of a question's files together, and how many are fetched at once. */
const FETCH_MS = 15_000;
const FETCH_ALL_MS = 30_000;
const FETCH_AT_ONCE = 4;

const IMAGE_TYPES = ['image/png', 'image/jpeg', 'image/webp', 'image/gif'];
/** Types that are text though their name does not say so. */
const TEXT_TYPES =
  /^(text\/.{0,200}|image\/svg\+xml|application\/(json|xml|yaml|x-yaml|toml|javascript|typescript|x-sh|sql|csv))$/;
const TEXT_NAMES =
  /\.(txt|md|csv|tsv|json|ya?ml|toml|xml|html?|css|[cm]?[jt]sx?|py|rb|go|rs|java|kt|c|h|cpp|cs|php|sh|sql|log|ini|conf|diff|patch)$/i;
/** Types that are no text, whatever their bytes look like; the bytes of any other are looked at. */
const BINARY_TYPES =
  /^((image|audio|video|font|model)\/.{1,200}|application\/(pdf|zip|gzip|x-tar|x-7z-compressed|vnd\.rar|x-rar-compressed|java-archive|msword|wasm|vnd\.(openxmlformats|oasis|ms-).{1,200}))$/;

/** What the model is told of a text whose bytes fit more than one encoding. */
const GUESSED = ', in an encoding that was guessed, so that letters beyond ASCII may be wrong';

/** How much of a prompt all files of a question may take together. */
export interface FilesRoom {
  /** Tokens of text. */
  readonly tokens: number;
  readonly images: number;
}

export interface ReadAttachments {
  readonly parts: readonly ContentPart[];
  /** Names of those that were not read. */
  readonly skipped: readonly string[];
  /** Names of those that are larger than is read. */
  readonly tooLarge: readonly string[];
  /** Names of those of which only the beginning was read. */
  readonly cut: readonly string[];
  /** Names of those whose encoding had to be guessed. */
  readonly guessed: readonly string[];
  /** How many voice messages there were. */
  readonly voices: number;
  /** What they take. */
  readonly taken: FilesRoom;
}

export interface ReadOptions {
  readonly vision: boolean;
  readonly room: FilesRoom;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly fetch: (attachment: Attachment, maxBytes: number, signal: AbortSignal) => Promise<Uint8Array>;
  readonly onFault: (error: BotError) => void;
}

type Kind = 'voice' | 'image' | 'text' | 'unknown' | 'binary';
type Found =
  | { readonly kind: 'text'; readonly name: string; readonly text: string; readonly isSure: boolean }
  | { readonly kind: 'image'; readonly name: string; readonly part: ContentPart }
  | { readonly kind: 'skipped' | 'too-large' | 'voice'; readonly name: string };

/** Never rejects: a file that cannot be had is named. */
export async function readAttachments(
  attachments: readonly Attachment[],
  options: ReadOptions,
): Promise<ReadAttachments> {
  const found = await readAll(attachments, options);
  const texts = found.flatMap((one) => (one.kind === 'text' ? [estimateTokens(one.text)] : []));
  const share = toShare(texts, options.room.tokens);
  const parts: ContentPart[] = [];
  const cut: string[] = [];
  for (const one of found) {
    if (one.kind === 'image') parts.push(one.part);
    else if (one.kind === 'text') {
      const kept = toBeginning(one.text, share);
      if (kept.length < one.text.length) cut.push(one.name);
      const guess = one.isSure ? '' : GUESSED;
      parts.push({
        type: 'text',
        text: `[attached${toExtent(one.text, kept)}${guess}: ${one.name}]\n${kept}`,
      });
    } else {
      const what = one.kind === 'voice' ? ' (a voice message)' : '';
      parts.push({ type: 'text', text: `[attached, not read: ${one.name}${what}]` });
    }
  }
  const namesOf = (kind: Found['kind']) => found.filter((one) => one.kind === kind).map(({ name }) => name);
  return {
    parts,
    skipped: namesOf('skipped'),
    tooLarge: namesOf('too-large'),
    cut,
    guessed: found.flatMap((one) => (one.kind === 'text' && !one.isSure ? [one.name] : [])),
    voices: namesOf('voice').length,
    taken: {
      tokens: texts.reduce((sum, tokens) => sum + Math.min(tokens, share), 0),
      images: namesOf('image').length,
    },
  };
}

/** All of them in their order, a few at a time. */
async function readAll(attachments: readonly Attachment[], options: ReadOptions): Promise<readonly Found[]> {
  const endsAt = options.clock.monotonic() + FETCH_ALL_MS;
  const found: Found[] = [];
  const wanted = toWanted(attachments, options);
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < wanted.length) {
      const index = next;
      next += 1;
      const one = wanted[index];
      if (one !== undefined) found[index] = await readOne(one.attachment, one.kind, endsAt, options);
    }
  };
  await Promise.all(Array.from({ length: FETCH_AT_ONCE }, work));
  return found;
}

/** What kind each is; those for which there is no room count as binary, which is not fetched. */
function toWanted(
  attachments: readonly Attachment[],
  { vision, room }: ReadOptions,
): readonly { readonly attachment: Attachment; readonly kind: Kind }[] {
  let files = 0;
  let images = 0;
  return attachments.map((attachment) => {
    const kind = toKind(attachment);
    if (kind === 'voice' || kind === 'binary') return { attachment, kind };
    const isOver = files >= MAX_FILES || (kind === 'image' && (!vision || images >= room.images));
    // A file that the platform gave no address of cannot be had.
    if (isOver || attachment.url === '') return { attachment, kind: 'binary' };
    files += 1;
    if (kind === 'image') images += 1;
    return { attachment, kind };
  });
}

async function readOne(
  attachment: Attachment,
  kind: Kind,
  endsAt: number,
  options: ReadOptions,
): Promise<Found> {
  const name = toName(attachment.name);
  if (kind === 'voice') return { kind, name };
  if (kind === 'binary') return { kind: 'skipped', name };
  const maxBytes = kind === 'image' ? MAX_IMAGE_BYTES : MAX_TEXT_BYTES;
  if (attachment.size > maxBytes) return { kind: kind === 'unknown' ? 'skipped' : 'too-large', name };
  try {
    const bytes = await fetchWithin(attachment, maxBytes, endsAt, options);
    if (kind === 'image') {
      const url = `data:${attachment.mediaType};base64,${Buffer.from(bytes).toString('base64')}`;
      return { kind, name, part: { type: 'image_url', image_url: { url } } };
    }
    const read = readText(bytes, attachment.charset);
    return read === undefined ? { kind: 'skipped', name } : { kind: 'text', name, ...read };
  } catch (error) {
    if (!options.signal.aborted) options.onFault(toBotError(error));
    return { kind: isBotError(error, 'too-large') ? 'too-large' : 'skipped', name };
  }
}

/** The bytes, or an error once its time is over, whatever the platform's own limits are. */
async function fetchWithin(
  attachment: Attachment,
  maxBytes: number,
  endsAt: number,
  { clock, signal, fetch }: ReadOptions,
): Promise<Uint8Array> {
  const waitMs = Math.max(0, Math.min(FETCH_MS, endsAt - clock.monotonic()));
  const late = new AbortController();
  const cancel = clock.after(waitMs, () =>
    late.abort(new BotError('platform-unavailable', `a file did not come within ${waitMs / 1000} s`)),
  );
  const either = AbortSignal.any([signal, late.signal]);
  const ended = new Promise<never>((_resolve, reject) => {
    if (either.aborted) reject(either.reason);
    either.addEventListener('abort', () => reject(either.reason), { once: true });
  });
  try {
    return await Promise.race([fetch(attachment, maxBytes, either), ended]);
  } finally {
    cancel();
  }
}

/** The largest size that each may have where all together have so much room: small ones stay whole, large ones get the same. */
function toShare(sizes: readonly number[], room: number): number {
  let left = room;
  const sorted = [...sizes].sort((one, other) => one - other);
  for (const [index, size] of sorted.entries()) {
    const share = left / (sorted.length - index);
    if (size > share) return share;
    left -= size;
  }
  return Number.POSITIVE_INFINITY;
}

/** As much of the text as takes no more tokens than `share`, to the end of a line where one is near. */
function toBeginning(text: string, share: number): string {
  const tokens = estimateTokens(text);
  if (tokens <= share) return text;
  let length = Math.max(0, Math.floor((text.length * share) / tokens));
  // Where the beginning is the denser part, what was kept takes more than its length says.
  while (length > 0 && estimateTokens(text.slice(0, length)) > share) length = Math.floor(length * 0.9);
  const line = text.lastIndexOf('\n', length) + 1;
  const kept = text.slice(0, line > length * 0.8 ? line : length);
  return kept.replace(/[\ud800-\udbff]$/, '');
}

function toExtent(text: string, kept: string): string {
  if (kept.length === text.length) return '';
  return `, only the first ${kept.length} of ${text.length} characters`;
}

/** One line: a name is no place to write more than a name. */
function toName(name: string): string {
  const flat = name.slice(0, NAME_MAX).replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, ' ');
  return flat.trim() === '' ? 'a file without a name' : flat;
}

function toKind(attachment: Attachment): Kind {
  if (attachment.voice) return 'voice';
  if (IMAGE_TYPES.includes(attachment.mediaType)) return 'image';
  if (TEXT_TYPES.test(attachment.mediaType) || TEXT_NAMES.test(attachment.name)) return 'text';
  return BINARY_TYPES.test(attachment.mediaType) ? 'binary' : 'unknown';
}
