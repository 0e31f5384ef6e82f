// Owns what is read for a question in the terminal: files by their paths, and what comes through a pipe. Bounded, and told as what
// hangs on a message of a chat is. Must not know the model.

import { type FileHandle, open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import type { Clock } from '../clock.ts';
import { MAX_TEXT_BYTES } from '../conversation/attachments.ts';
import { readText } from '../conversation/text-file.ts';
import { BotError } from '../errors.ts';
import type { TerminalSentences } from '../notices/terminal.ts';
import type { Attachment } from '../platform.ts';
import { toOneHarmlessLine } from '../terminal.ts';

/** The command line names something that cannot be read. `message` is a sentence for who typed it. */
export class InputError extends Error {
  override readonly name = 'InputError';
}

export interface Input {
  readonly attachments: readonly Attachment[];
  /** The bytes of one of them. Throws BotError `too-large`. */
  fetch(attachment: Attachment, maxBytes: number): Promise<Uint8Array>;
}

/** Standard input is shown under this address; no path begins so. */
const STDIN_URL = '\u0000stdin';
/** One who has typed a question and a pipe that never ends wonders what is waited for. */
const HINT_MS = 2_000;

/** What an image's bytes begin with, and the byte at which that stands. */
const IMAGES: readonly (readonly [type: string, mark: string, at: number])[] = [
  ['image/png', '\u0089PNG\r\n\u001a\n', 0],
  ['image/jpeg', '\u00ff\u00d8\u00ff', 0],
  ['image/gif', 'GIF8', 0],
  ['image/webp', 'WEBP', 8],
];

/** Throws InputError at the first path that is no file which can be read. `piped`: what came through a pipe beside the question. */
export async function openInput(
  paths: readonly string[],
  piped: Uint8Array | undefined,
  words: TerminalSentences,
): Promise<Input> {
  const attachments: Attachment[] = [];
  for (const [index, path] of paths.entries()) attachments.push(await toAttachment(path, index, words));
  if (piped !== undefined)
    attachments.push({
      ...{ id: 'stdin', name: words.inputName, mediaType: 'text/plain', url: STDIN_URL },
      size: piped.length,
    });
  return {
    attachments,
    async fetch({ url }, maxBytes) {
      if (url === STDIN_URL) return piped ?? new Uint8Array();
      return readAtMost(url, maxBytes);
    },
  };
}

async function toAttachment(path: string, index: number, words: TerminalSentences): Promise<Attachment> {
  const shown = toOneHarmlessLine(path);
  let file: FileHandle | undefined;
  try {
    // Looked at first: to open a pipe would wait for its writer.
    if (!(await stat(path)).isFile()) throw new InputError(words.isFolder(shown));
    file = await open(path, 'r');
    const { size } = await file.stat();
    const { buffer, bytesRead } = await file.read(Buffer.alloc(16), 0, 16, 0);
    const head = buffer.subarray(0, bytesRead).toString('latin1');
    const image = IMAGES.find(([, mark, at]) => head.startsWith(mark, at))?.[0];
    const mediaType = image ?? (size > MAX_TEXT_BYTES && !hasZero(head) ? 'text/plain' : '');
    return { id: String(index), name: basename(path), mediaType, size, url: path };
  } catch (error) {
    if (error instanceof InputError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') throw new InputError(words.noFile(shown));
    throw new InputError(words.unreadable(shown));
  } finally {
    await file?.close();
  }
}

const hasZero = (head: string): boolean => head.includes('\u0000');

/** A file may grow while it is read: no more than this is taken of it. */
async function readAtMost(path: string, maxBytes: number): Promise<Uint8Array> {
  const file = await open(path, 'r');
  try {
    const buffer = Buffer.alloc(Math.min((await file.stat()).size, maxBytes) + 1);
    let length = 0;
    while (length < buffer.length) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length, length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    if (length > maxBytes) throw new BotError('too-large', 'the file grew while it was read');
    return buffer.subarray(0, length);
  } finally {
    await file.close();
  }
}

/** All that comes through standard input, up to a byte more than is read of a text. `hint`: called where nothing has come for a while. */
export async function readPiped(
  stdin: Readable,
  clock: Pick<Clock, 'after'>,
  hint: () => void,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const cancel = clock.after(HINT_MS, hint);
  const pieces: Buffer[] = [];
  let length = 0;
  const onAbort = (): void => void stdin.destroy(signal.reason as Error);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    for await (const piece of stdin) {
      cancel();
      const bytes = Buffer.isBuffer(piece) ? piece : Buffer.from(String(piece));
      pieces.push(bytes);
      length += bytes.length;
      if (length > MAX_TEXT_BYTES) break;
    }
  } finally {
    cancel();
    signal.removeEventListener('abort', onAbort);
  }
  return Buffer.concat(pieces);
}

/** What came through the pipe as a question of its own. Throws InputError. */
export function toPipedQuestion(bytes: Uint8Array, words: TerminalSentences): string {
  if (bytes.length > MAX_TEXT_BYTES) throw new InputError(words.inputTooLarge(MAX_TEXT_BYTES / 1024));
  const text = readText(bytes)?.text;
  if (text === undefined) throw new InputError(words.inputNoText);
  return text.trim();
}
