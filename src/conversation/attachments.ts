// Owns which attachments go into a prompt, and in what form. Fetching is the platform's; nothing else is opened.

import { type BotError, toBotError } from '../errors.ts';
import type { ContentPart } from '../model/types.ts';
import type { Attachment } from '../platform.ts';

/** A text attachment goes into the prompt up to this size, in bytes. */
const MAX_TEXT_BYTES = 100 * 1024;
const MAX_IMAGE_BYTES = 5 * 1024 * 1024;
const MAX_IMAGES = 4;
const IMAGE_TYPES = ['image/png', 'image/jpeg', 'image/webp', 'image/gif'];
/** Types that are text though their name does not say so. */
const TEXT_TYPES = /^(text\/.*|application\/(json|xml|yaml|x-yaml|toml|javascript|typescript|x-sh|sql|csv))$/;
const TEXT_NAMES =
  /\.(txt|md|csv|tsv|json|ya?ml|toml|xml|html?|css|[cm]?[jt]sx?|py|rb|go|rs|java|kt|c|h|cpp|cs|php|sh|sql|log|ini|conf|diff|patch)$/i;

export interface ReadAttachments {
  readonly parts: readonly ContentPart[];
  /** Names of those that were not read. */
  readonly skipped: readonly string[];
  /** Names of those that are larger than is read. */
  readonly tooLarge: readonly string[];
  /** How many voice messages there were. */
  readonly voices: number;
}

export async function readAttachments(
  attachments: readonly Attachment[],
  options: {
    readonly vision: boolean;
    readonly fetch: (attachment: Attachment, maxBytes: number) => Promise<Uint8Array>;
    readonly onFault: (error: BotError) => void;
  },
): Promise<ReadAttachments> {
  const parts: ContentPart[] = [];
  const skipped: string[] = [];
  const tooLarge: string[] = [];
  let images = 0;
  let voices = 0;

  const read = async (attachment: Attachment, maxBytes: number): Promise<Uint8Array | undefined> => {
    if (attachment.size > maxBytes) return undefined;
    try {
      return await options.fetch(attachment, maxBytes);
    } catch (error) {
      options.onFault(toBotError(error));
      return undefined;
    }
  };

  for (const attachment of attachments) {
    const kind = toKind(attachment);
    if (kind === 'voice') {
      voices += 1;
      continue;
    }
    const wanted = kind === 'text' || (kind === 'image' && options.vision && images < MAX_IMAGES);
    const maxBytes = kind === 'text' ? MAX_TEXT_BYTES : MAX_IMAGE_BYTES;
    const bytes = wanted ? await read(attachment, maxBytes) : undefined;
    if (bytes === undefined) {
      if (wanted && attachment.size > maxBytes) tooLarge.push(attachment.name);
      else skipped.push(attachment.name);
      parts.push({ type: 'text', text: `[attached, not read: ${attachment.name}]` });
    } else if (kind === 'text') {
      const text = new TextDecoder().decode(bytes);
      parts.push({ type: 'text', text: `[attached: ${attachment.name}]\n${text}` });
    } else {
      images += 1;
      const data = Buffer.from(bytes).toString('base64');
      parts.push({ type: 'image_url', image_url: { url: `data:${attachment.mediaType};base64,${data}` } });
    }
  }
  return { parts, skipped, tooLarge, voices };
}

function toKind(attachment: Attachment): 'voice' | 'image' | 'text' | 'other' {
  if (attachment.voice) return 'voice';
  if (IMAGE_TYPES.includes(attachment.mediaType)) return 'image';
  if (TEXT_TYPES.test(attachment.mediaType) || TEXT_NAMES.test(attachment.name)) return 'text';
  return 'other';
}
