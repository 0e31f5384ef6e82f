// Owns the encoding that a file, or who sent it, says it has. Must not know whether that is true.

/** So far into a file its own words about its encoding stand (a web page's must within 1024 bytes, html.spec.whatwg.org). */
const HEAD = 1024;

/** XML, web pages, style sheets, and what Emacs, Vim and Python read at the top of a source. */
const DECLARATIONS = [
  /^\s{0,20}<\?xml[^>]{1,200}encoding\s{0,4}=\s{0,4}["']([\w.:-]{1,40})["']/i,
  /<meta[^>]{1,200}charset\s{0,4}=\s{0,4}["']?([\w.:-]{1,40})/i,
  /^@charset "([\w.:-]{1,40})"/i,
  /(?:^|\n)[^\n]{0,80}(?:coding|fileencoding|fenc)[:=][ \t]{0,4}([\w.-]{1,40})/i,
];
/** What is said where nobody has looked: it fits any bytes, and so says nothing. */
const SAID_OF_ALL = new Set(['utf-8', 'windows-1252']);

/** A label that TextDecoder knows, as it calls it itself; undefined where none is said, or one that means nothing. */
export function toDeclared(bytes: Uint8Array, charset: string | undefined): string | undefined {
  // A text in two bytes a character has zeros in between.
  const head = Buffer.from(bytes.subarray(0, HEAD)).toString('latin1').replaceAll('\u0000', '');
  const said = [charset, ...DECLARATIONS.map((form) => form.exec(head)?.[1])];
  return said.map(toLabel).find((label) => label !== undefined && !SAID_OF_ALL.has(label));
}

function toLabel(name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  // Names of Python and Java that the Encoding Standard does not list.
  const label = name
    .trim()
    .replace(/^cp-?(?=125\d$)/i, 'windows-')
    .replace(/^cp(?=866$)/i, 'ibm')
    .replace(/^cp-?874$/i, 'windows-874')
    .replace(/^cp-?932$/i, 'shift_jis')
    .replace(/^cp-?936$/i, 'gbk')
    .replace(/^cp-?949$/i, 'euc-kr')
    .replace(/^cp-?950$/i, 'big5');
  try {
    return new TextDecoder(label).encoding;
  } catch {
    // No such encoding.
    return undefined;
  }
}
