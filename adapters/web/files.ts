// Owns the files that people attach in the playground: their bytes in memory, whose they are, and which message they belong to.
// Must not know HTTP. What a file is tell its bytes alone; nothing here touches a disk.

import { randomBytes } from 'node:crypto';
import type { Clock } from '../../src/clock.ts';
import type { Attachment } from '../../src/platform.ts';

/** One file as a browser gets it. */
export interface RoomFile {
  readonly id: string;
  readonly name: string;
  /** By its bytes: an image's own type, `text/plain`, or `application/octet-stream`. */
  readonly mediaType: string;
  readonly size: number;
}

export interface StoredFile extends RoomFile {
  readonly bytes: Uint8Array;
  /** The visitor who uploaded it. */
  readonly owner: string;
  /** The message that it was sent with; undefined as long as it was not. */
  readonly message: string | undefined;
}

export interface Files {
  /** Undefined for a file that is empty or larger than is taken. */
  add(owner: string, name: string, bytes: Uint8Array): RoomFile | undefined;
  get(id: string): StoredFile | undefined;
  /** Those that may be sent with one message: each of them this visitor's, there, and not sent yet; else undefined. */
  find(owner: string, ids: readonly string[]): readonly RoomFile[] | undefined;
  /** From now on they are seen by whoever sees the message, and go with it. */
  attach(ids: readonly string[], message: string): void;
  forget(messages: readonly string[]): void;
}

/** Bytes of one file: an image of this size is the largest that goes to a model. */
export const FILE_MAX = 5 * 1024 * 1024;
/** Files of one message. */
export const FILES_PER_MESSAGE = 10;
/** Bytes of all files: those that came first go when more come. */
const ALL_MAX = 64 * 1024 * 1024;
/** How many a visitor may have uploaded and not sent; and how long those are kept. */
const UNSENT_MAX = 20;
const UNSENT_MS = 60 * 60_000;
const NAME_MAX = 200;

/** The beginnings of the images that browsers show and models take: PNG, JPEG, GIF, WebP, by their specifications. */
const IMAGES: readonly (readonly [string, (head: string) => boolean])[] = [
  ['image/png', (head) => head.startsWith('\x89PNG\r\n\x1a\n')],
  ['image/jpeg', (head) => head.startsWith('\xff\xd8\xff')],
  ['image/gif', (head) => head.startsWith('GIF87a') || head.startsWith('GIF89a')],
  ['image/webp', (head) => head.startsWith('RIFF') && head.startsWith('WEBP', 8)],
];

export function createFiles(clock: Clock): Files {
  /** Oldest first. */
  const stored = new Map<string, StoredFile & { readonly at: number }>();
  let held = 0;

  const drop = (id: string): void => {
    held -= stored.get(id)?.size ?? 0;
    stored.delete(id);
  };
  const sweep = (owner: string): void => {
    const late = clock.monotonic() - UNSENT_MS;
    const unsent = [...stored.values()].filter(({ message }) => message === undefined);
    for (const { id, at } of unsent) if (at < late) drop(id);
    const own = unsent.filter((file) => file.owner === owner && stored.has(file.id));
    for (const { id } of own.slice(0, Math.max(0, own.length - UNSENT_MAX))) drop(id);
    for (const id of stored.keys()) {
      if (held <= ALL_MAX) return;
      drop(id);
    }
  };

  return {
    add(owner, name, bytes) {
      if (bytes.length === 0 || bytes.length > FILE_MAX) return undefined;
      const id = randomBytes(18).toString('base64url');
      const file = { id, name: parseFileName(name), mediaType: toMediaType(bytes), size: bytes.length };
      stored.set(id, { ...file, bytes, owner, message: undefined, at: clock.monotonic() });
      held += file.size;
      sweep(owner);
      return file;
    },
    get: (id) => stored.get(id),
    find(owner, ids) {
      const found = [...new Set(ids)].flatMap((id) => {
        const file = stored.get(id);
        return file?.owner === owner && file.message === undefined ? [toRoomFile(file)] : [];
      });
      return found.length === ids.length ? found : undefined;
    },
    attach(ids, message) {
      for (const id of ids) {
        const file = stored.get(id);
        if (file !== undefined) stored.set(id, { ...file, message });
      }
    },
    forget(messages) {
      const gone = new Set(messages);
      for (const { id, message } of [...stored.values()])
        if (message !== undefined && gone.has(message)) drop(id);
    },
  };
}

/** As the bot is given it. */
export function toAttachment({ id, name, mediaType, size }: RoomFile): Attachment {
  return { id, name, mediaType, size, url: `/files/${id}` };
}

function toRoomFile({ id, name, mediaType, size }: StoredFile): RoomFile {
  return { id, name, mediaType, size };
}

/** What a browser says of a file is not believed: only an image that is one is shown as such. */
function toMediaType(bytes: Uint8Array): string {
  const head = Buffer.from(bytes.subarray(0, 16)).toString('latin1');
  const image = IMAGES.find(([, begins]) => begins(head))?.[0];
  if (image !== undefined) return image;
  return bytes.includes(0) || head.startsWith('%PDF-') ? 'application/octet-stream' : 'text/plain';
}

/** One line without a path and without what turns or hides letters; it is shown and told, never opened. */
function parseFileName(given: string): string {
  const bare = given.slice(-4 * NAME_MAX).replace(/^.*[/\\]/s, '');
  const flat = bare.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '').trim();
  return flat === '' ? 'file' : [...flat].slice(-NAME_MAX).join('');
}
