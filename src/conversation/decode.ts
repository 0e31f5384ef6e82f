// Owns how bytes are decoded in one encoding without any fault, and whether what comes of it is text. Must not know which encoding is right.

/** What windows-1252 has where ISO-8859-1 has control characters (encoding.spec.whatwg.org, index windows-1252); Node 20 takes the two for one. */
const WESTERN_80 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';

/**
 * Undefined where the bytes are not in this encoding, or this Node does not know it (one that was built without all of ICU).
 * @param isCut the last character may be cut: it is left out
 */
export function decode(bytes: Uint8Array, label: string, isCut = false): string | undefined {
  if (label === 'windows-1252') {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
    return text.replace(/[\u0080-\u009f]/g, (char) => WESTERN_80[char.charCodeAt(0) - 0x80] ?? char);
  }
  try {
    return new TextDecoder(label, { fatal: true }).decode(bytes, { stream: isCut });
  } catch {
    // Not in this encoding, or not with this Node.
    return undefined;
  }
}

export function isControl(code: number): boolean {
  return (code < 0x20 && !(code >= 0x08 && code <= 0x0d) && code !== 0x1b) || code === 0x7f;
}

export function hasControl(text: string): boolean {
  for (const char of text) if (isControl(char.codePointAt(0) ?? 0)) return true;
  return false;
}

/** No control characters, nothing unassigned or private: that is what a wrong encoding makes of a text. */
export function isText(text: string): boolean {
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    if (isControl(code) || (code >= 0x80 && code < 0xa0 && code !== 0x85)) return false;
    if (code === 0xfffd || (code >= 0xe000 && code <= 0xf8ff)) return false;
  }
  return true;
}
