// Owns whether a file's bytes are text, and in which encoding: nobody tells, so the bytes must.
// Knows nothing of attachments or prompts.
//
// The rule, in this order:
// 1. a byte-order mark says it (UTF-8, UTF-16, UTF-32, GB 18030);
// 2. zero bytes in every second place are UTF-16 without its mark;
// 3. any other control character but white space, and the beginnings of well-known binary formats, are binary;
// 4. escape sequences of ISO-2022 are that; what is UTF-8 without a fault is UTF-8;
// 5. of the encodings below that decode it without a fault, the one in which most characters beyond ASCII are at home in their language;
//    where none knows better than another, the first one.

import { isUtf8 } from 'node:buffer';

interface Encoding {
  readonly label: string;
  /** From 0 to 1: how much the characters beyond ASCII look like the language that is written so. */
  readonly rate: (beyond: string, bytes: Uint8Array) => number;
}

/** The characters that a language's texts are mostly made of (counts of their frequency agree on nearly all of these). */
const SIMPLIFIED =
  '的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界达光放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带导争运，。、：；？！（）“”《》错误文件测试输入输出请求服务器数据库用户名称密码';
const TRADITIONAL =
  '的一是不了在人有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年過發後作裡用道行所然家種事成方多經麼去法學如都同現當沒動面起看定天分還進好小部其些主樣理心她本前開但因只從想實日軍者意無力它與長把機十民第公此已工使情明性知全三又關點正業外將兩高間由問很最重並物手應戰向頭文體政美相見被利什二等產新己制身果加西月話合回特代內信表化老給世位次度門任常先海通教兒原東聲提立及比員解水名真論處走義各入幾口認條平系氣題活更別打女變四神總何電數安少報才結反受目太量再感建務做接必場件計管期市直資命山金指許統區保至隊形社便空決治展馬科司五基眼書非則聽白卻界達光放強即像難且權思王象完設式色路記南品住告類求據程北邊死張該交規萬取望覺術領共確傳師觀清今切院讓識候帶導爭運，。、：；？！（）「」『』';
const KOREAN =
  '이다는에가을의고하지를은도사한로어기서자아대나정보리시인있라그일상해구들전부제스수장여동주과공원게만면안적으우신성조국지거비소마방문경것생당반모무관년진회세유결발분화교실때없습니까요';
const CYRILLIC = 'оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфё';
/** What stands in Cyrillic texts beside small letters. */
const CYRILLIC_TOO = /[\u0410-\u044f\u0401\u2013\u2014\u201c-\u201e\u00ab\u00bb\u2116\u2026\u00a0]/u;
const WESTERN = 'éèàùâêîôûçäöüßñáíóúãõåæøëïÉÈÀÂÊÄÖÜÇÑÁÍÓÚÅÆØ¿¡°«»“”‘’–—…€£§·\u00a0';
const CENTRAL = 'ąćęłńśźżóáčďéěíňřšťúůýžőűäöüĄĆĘŁŃŚŹŻÓÁČĎÉĚÍŇŘŠŤÚŮÝŽŐŰ„”–\u00a0';
/** What windows-1252 has where ISO-8859-1 has control characters (encoding.spec.whatwg.org, index windows-1252); Node 20 takes the two for one. */
const WESTERN_80 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';

/** Order is the last resort: the first of those that fit equally well. */
const ENCODINGS: readonly Encoding[] = [
  {
    label: 'gb18030',
    rate: (text, bytes) =>
      share(text, SIMPLIFIED) + usual(bytes, (lead, trail) => lead >= 0xa1 && lead <= 0xf7 && trail >= 0xa1),
  },
  {
    label: 'big5',
    rate: (text, bytes) => share(text, TRADITIONAL) + usual(bytes, (lead) => lead >= 0xa4 && lead <= 0xc6),
  },
  {
    label: 'shift_jis',
    rate: (text, bytes) => toKana(text) + usual(bytes, (lead) => lead >= 0x88 && lead <= 0x98),
  },
  { label: 'euc-jp', rate: toKana },
  { label: 'euc-kr', rate: (text) => share(text, KOREAN) },
  { label: 'windows-1251', rate: toCyrillic },
  { label: 'koi8-r', rate: toCyrillic },
  { label: 'windows-1252', rate: (text, bytes) => share(text, WESTERN) * toAlone(bytes) },
  { label: 'windows-1250', rate: (text, bytes) => share(text, CENTRAL) * toAlone(bytes) },
];

/** What tells a binary format at its beginning, where it holds no control characters there: PDF, PostScript fonts. */
const BINARY_MARKS = ['%PDF-', '%!PS-AdobeFont'];

/** Undefined where the bytes are no text. */
export function toTextOf(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0) return '';
  const marked = toMarked(bytes);
  if (marked !== undefined) return hasControl(marked) ? undefined : marked;
  const wide = toUnmarkedWide(bytes);
  if (wide !== undefined) return wide;
  if (isBinary(bytes)) return undefined;
  const escaped = hasEscape(bytes) ? decode(bytes, 'iso-2022-jp') : undefined;
  if (escaped !== undefined && isText(escaped)) return escaped;
  if (isUtf8(bytes)) return decode(bytes, 'utf-8');
  const mixed = toMixed(bytes);
  if (mixed !== undefined) return mixed;
  let best: { readonly text: string; readonly rate: number } | undefined;
  for (const { label, rate } of ENCODINGS) {
    const text = decode(bytes, label);
    if (text === undefined || !isText(text)) continue;
    const rated = rate(toBeyond(text), bytes);
    if (best === undefined || rated > best.rate) best = { text, rate: rated };
  }
  return best?.text;
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

function decode(bytes: Uint8Array, label: string): string | undefined {
  if (label === 'windows-1252') {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
    return text.replace(/[\u0080-\u009f]/g, (char) => WESTERN_80[char.charCodeAt(0) - 0x80] ?? char);
  }
  try {
    return new TextDecoder(label, { fatal: true }).decode(bytes);
  } catch {
    // Not in this encoding.
    return undefined;
  }
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
  const text = decode(bytes, odd > even ? 'utf-16le' : 'utf-16be');
  return text !== undefined && isText(text) ? text : undefined;
}

/** Control characters that stand in no text: all but tab, line feed, vertical tab, form feed, return and escape (colours in logs). */
function isBinary(bytes: Uint8Array): boolean {
  const head = Buffer.from(bytes.subarray(0, 20)).toString('latin1');
  if (BINARY_MARKS.some((mark) => head.startsWith(mark))) return true;
  return bytes.some((byte) => isControl(byte));
}

function isControl(code: number): boolean {
  return (code < 0x20 && !(code >= 0x08 && code <= 0x0d) && code !== 0x1b) || code === 0x7f;
}

function hasControl(text: string): boolean {
  for (const char of text) if (isControl(char.codePointAt(0) ?? 0)) return true;
  return false;
}

/** No control characters, nothing unassigned or private: that is what a wrong encoding makes of a text. */
function isText(text: string): boolean {
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    if (isControl(code) || (code >= 0x80 && code < 0xa0 && code !== 0x85)) return false;
    if (code === 0xfffd || (code >= 0xe000 && code <= 0xf8ff)) return false;
  }
  return true;
}

/** ISO-2022-JP shifts to two bytes by `ESC $ @`, `ESC $ B`, and back by `ESC ( B` or `ESC ( J`. */
function hasEscape(bytes: Uint8Array): boolean {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return ['\u001b$B', '\u001b$@'].some((mark) => all.includes(mark, 0, 'latin1'));
}

function toBeyond(text: string): string {
  return text.replace(/\p{ASCII}/gu, '');
}

function share(text: string, known: string): number {
  const set = new Set(known);
  let all = 0;
  let found = 0;
  for (const char of text) {
    all += 1;
    if (set.has(char)) found += 1;
  }
  return all === 0 ? 0 : found / all;
}

/** Japanese is mostly kana: two in five characters or more. Half-width ones are not counted, as which any bytes may be read. */
function toKana(text: string): number {
  let all = 0;
  let found = 0;
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    all += 1;
    if (code >= 0x3041 && code <= 0x30fe) found += 1;
  }
  return all === 0 ? 0 : Math.min(1, (2 * found) / all);
}

/** Mostly small letters, as in any text, which in the wrong one of the two encodings are capitals; and hardly anything else. */
function toCyrillic(text: string, bytes: Uint8Array): number {
  let others = 0;
  let all = 0;
  for (const char of text) {
    all += 1;
    if (!CYRILLIC.includes(char) && !CYRILLIC_TOO.test(char)) others += 1;
  }
  if (all === 0) return 0;
  return Math.max(0, share(text, CYRILLIC) - (3 * others) / all) * (1 - toAlone(bytes));
}

/** How many of the runs of bytes beyond ASCII are one byte long: Western letters stand alone, those of other scripts together. */
function toAlone(bytes: Uint8Array): number {
  let runs = 0;
  let alone = 0;
  let length = 0;
  for (let index = 0; index <= bytes.length; index += 1) {
    if ((bytes[index] ?? 0) >= 0x80) length += 1;
    else {
      if (length > 0) runs += 1;
      if (length === 1) alone += 1;
      length = 0;
    }
  }
  return runs === 0 ? 0 : alone / runs;
}

/** A little for pairs of bytes that are usual in an encoding: it decides where no character is known. */
function usual(bytes: Uint8Array, isUsual: (lead: number, trail: number) => boolean): number {
  let pairs = 0;
  let found = 0;
  for (let index = 0; index < bytes.length; index += 1) {
    const lead = bytes[index] ?? 0;
    if (lead < 0x80) continue;
    index += 1;
    pairs += 1;
    if (isUsual(lead, bytes[index] ?? 0)) found += 1;
  }
  return pairs === 0 ? 0 : (0.1 * found) / pairs;
}
