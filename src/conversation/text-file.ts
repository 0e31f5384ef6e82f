// Owns whether a file's bytes are text, and in which encoding: nobody tells, so the bytes must.
// Knows nothing of attachments or prompts.
//
// The rule, in this order:
// 1. a byte-order mark says it (UTF-8, UTF-16, UTF-32, GB 18030);
// 2. zero bytes in every second place are UTF-16 without its mark;
// 3. any other control character but white space, and the beginnings of well-known binary formats, are binary;
// 4. escape sequences of ISO-2022 are that; what is UTF-8 without a fault is UTF-8;
// 5. what the sender or the file itself says, where it decodes without a fault;
// 6. of the encodings that decode it without a fault, the likeliest; where none is likely, it is not read: a wrong text is worse than none.

import { isUtf8 } from 'node:buffer';
import { toDeclared } from './declared.ts';
import { decode, hasControl, isControl, isText } from './decode.ts';
import { type Likeliest, toLikeliest } from './encodings.ts';

/** What tells a binary format at its beginning, where it holds no control characters there: PDF, PostScript fonts. */
const BINARY_MARKS = ['%PDF-', '%!PS-AdobeFont'];

/**
 * Undefined where the bytes are no text, or it can't be told which.
 * @param charset the encoding that the sender names
 */
export function readText(bytes: Uint8Array, charset?: string): Likeliest | undefined {
  const marked = toMarked(bytes);
  if (marked !== undefined) return hasControl(marked) ? undefined : sure(marked);
  const declared = toDeclared(bytes, charset);
  const wide =
    (declared?.startsWith('utf-16') ? toClean(bytes, declared) : undefined) ?? toUnmarkedWide(bytes);
  if (wide !== undefined) return sure(wide);
  if (isBinary(bytes)) return undefined;
  const said =
    (hasEscape(bytes) ? toClean(bytes, 'iso-2022-jp') : undefined) ??
    (isUtf8(bytes) ? decode(bytes, 'utf-8') : undefined) ??
    (declared === undefined ? undefined : toClean(bytes, declared)) ??
    toMixed(bytes) ??
    toCut(bytes);
  return said === undefined ? toLikeliest(bytes) : sure(said);
}

function sure(text: string): Likeliest {
  return { text, isSure: true };
}

function toClean(bytes: Uint8Array, label: string): string | undefined {
  const text = decode(bytes, label);
  return text !== undefined && isText(text) ? text : undefined;
}

/** A text in UTF-8 that ends within a character. */
function toCut(bytes: Uint8Array): string | undefined {
  for (const length of [1, 2, 3]) {
    const whole = bytes.subarray(0, -length);
    const isBegun = (bytes.at(-length) ?? 0) >= 0xc2;
    if (isBegun && isUtf8(whole) && whole.some((byte) => byte >= 0x80)) return toClean(whole, 'utf-8');
  }
  return undefined;
}

/** A text in UTF-8 with a few bytes that are none, as in a log of several programs: those are Western letters. No other encoding looks like it. */
function toMixed(bytes: Uint8Array): string | undefined {
  const parts: string[] = [];
  let good = 0;
  let bad = 0;
  let from = 0;
  let at = 0;
  const take = (end: number): void => {
    parts.push(decode(bytes.subarray(from, end), 'utf-8') ?? '');
    from = end;
  };
  while (at < bytes.length) {
    const lead = bytes[at] ?? 0;
    const length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (length === 1 || isUtf8(bytes.subarray(at, at + length))) {
      if (length > 1) good += 1;
      at += length;
      continue;
    }
    bad += 1;
    // So many bad ones cannot be a few among the characters that find room.
    if (bad * 40 > bytes.length) return undefined;
    take(at);
    at += 1;
    parts.push(decode(bytes.subarray(from, at), 'windows-1252') ?? '');
    from = at;
  }
  take(at);
  if (bad === 0 || good < 20 * bad) return undefined;
  const text = parts.join('');
  return isText(text) ? text : undefined;
}

/** By the byte-order mark; undefined where there is none, or what follows is not what it says. */
function toMarked(bytes: Uint8Array): string | undefined {
  const starts = (...mark: readonly number[]) => mark.every((byte, index) => bytes[index] === byte);
  if (starts(0xff, 0xfe, 0, 0)) return toUtf32(bytes, true);
  if (starts(0, 0, 0xfe, 0xff)) return toUtf32(bytes, false);
  if (starts(0xff, 0xfe)) return decode(bytes, 'utf-16le');
  if (starts(0xfe, 0xff)) return decode(bytes, 'utf-16be');
  if (starts(0xef, 0xbb, 0xbf)) return decode(bytes, 'utf-8');
  if (starts(0x84, 0x31, 0x95, 0x33)) return decode(bytes.subarray(4), 'gb18030');
  return undefined;
}

/** The one encoding with a mark that TextDecoder does not know (encoding.spec.whatwg.org has no UTF-32). */
function toUtf32(bytes: Uint8Array, isLittle: boolean): string | undefined {
  if (bytes.length % 4 !== 0) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: string[] = [];
  for (let at = 4; at < bytes.length; at += 4) {
    const point = view.getUint32(at, isLittle);
    if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return undefined;
    parts.push(String.fromCodePoint(point));
  }
  return parts.join('');
}

/** UTF-16 of mostly Latin text: every second byte is zero, and hardly any other. */
function toUnmarkedWide(bytes: Uint8Array): string | undefined {
  if (bytes.length % 2 !== 0) return undefined;
  const zeros = [0, 0];
  for (const [index, byte] of bytes.entries()) if (byte === 0) zeros[index % 2] = (zeros[index % 2] ?? 0) + 1;
  const [even = 0, odd = 0] = zeros;
  const half = bytes.length / 2;
  if (Math.max(even, odd) < half * 0.4 || Math.min(even, odd) > half * 0.02) return undefined;
  return toClean(bytes, odd > even ? 'utf-16le' : 'utf-16be');
}

/** Control characters that stand in no text: all but tab, line feed, vertical tab, form feed, return and escape (colours in logs). */
function isBinary(bytes: Uint8Array): boolean {
  const head = Buffer.from(bytes.subarray(0, 20)).toString('latin1');
  if (BINARY_MARKS.some((mark) => head.startsWith(mark))) return true;
  return bytes.some((byte) => isControl(byte));
}

/** ISO-2022-JP shifts to two bytes by `ESC $ @`, `ESC $ B`, and back by `ESC ( B` or `ESC ( J`. */
function hasEscape(bytes: Uint8Array): boolean {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return ['\u001b$B', '\u001b$@'].some((mark) => all.includes(mark, 0, 'latin1'));
}
