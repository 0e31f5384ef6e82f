// Owns how much bytes look like a text in each encoding that is written without saying so: letters that are at home in a language, and what a
// detector trained on many languages says. Must not know files, nor what is done where nothing fits.

import { detect } from 'jschardet';
import { decode, isText } from './decode.ts';

interface Encoding {
  readonly label: string;
  /** From 0 to 1: how much the characters beyond ASCII look like the language that is written so. */
  readonly rate: (beyond: string, bytes: Uint8Array) => number;
  /** `heard`: scripts whose bytes are those of other scripts too, so that letters cannot tell, and the detector must. */
  readonly kind: 'pairs' | 'cyrillic' | 'heard' | 'latin';
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
const WESTERN =
  'éèàùâêîôûçäöüßñáíóúãõåæøëïÉÈÀÂÊÄÖÜÇÑÁÍÓÚÅÆØ¿¡°«»“”‘’–—…€£§·©®±×÷¼½¾²³¹µ¶ªº¬¢¥´¨¸¯†‡•‰‹›‚„\u00a0';
const CENTRAL = 'ąćęłńśźżóáčďéěíňřšťúůýžőűäöüĄĆĘŁŃŚŹŻÓÁČĎÉĚÍŇŘŠŤÚŮÝŽŐŰ„”–\u00a0';
/** Letters beyond ASCII by language: which of them stand in one text tells the encodings of Latin letters apart. */
const LATIN: readonly (readonly [label: string, letters: string])[] = [
  ['windows-1252', WESTERN],
  ['windows-1252', 'àçèéìíîïòóùúüÀÇÈÉÌÒÓÙ«»“”‘’–—…€°\u00a0'],
  ['windows-1250', CENTRAL],
  ['windows-1250', 'áčďéěíňóřšťúůýžôľäÁČĎÉĚÍŇÓŘŠŤÚŮÝŽÔĽÄ„“–\u00a0'],
  ['windows-1250', 'áéíóöőúüűÁÉÍÓÖŐÚÜŰ„”–\u00a0'],
  ['windows-1250', 'čćđšžČĆĐŠŽ„“”–\u00a0'],
  ['windows-1250', 'ăâîşţĂÂÎŞŢ„”–\u00a0'],
  ['windows-1254', 'çğıöşüâîûÇĞİÖŞÜÂÎÛ“”‘’–—…₺\u00a0'],
  // Icelandic, whose letters of its own are Turkish ones in the same bytes.
  ['windows-1252', 'áéíóúýðþæöÁÉÍÓÚÝÐÞÆÖ„“–\u00a0'],
  ['windows-1257', 'āčēģīķļņšūžĀČĒĢĪĶĻŅŠŪŽ“”„–\u00a0'],
  ['windows-1257', 'ąčęėįšųūžĄČĘĖĮŠŲŪŽ“„–\u00a0'],
  ['windows-1257', 'äöõüšžÄÖÕÜŠŽ“„–\u00a0'],
  ['windows-1258', 'ăâđêôơưàáèéìíòóùúýĂÂĐÊÔƠƯÀÁÈÉÍÓÙÚ\u0300\u0301\u0303\u0309\u0323“”–\u00a0'],
  ['macintosh', WESTERN],
];
const ISO_2 = 'ąćęłńśźżóáčďéěíňřšťúůýžőűöäüĄĆĘŁŃŚŹŻÓÁČĎÉĚÍŇŘŠŤÚŮÝŽŐŰ\u00a0';

/** Order is the last resort: the first of those that fit equally well. */
const ENCODINGS: readonly Encoding[] = [
  {
    label: 'gb18030',
    kind: 'pairs',
    rate: (text, bytes) =>
      share(text, SIMPLIFIED) + usual(bytes, (lead, trail) => lead >= 0xa1 && lead <= 0xf7 && trail >= 0xa1),
  },
  {
    label: 'big5',
    kind: 'pairs',
    rate: (text, bytes) => share(text, TRADITIONAL) + usual(bytes, (lead) => lead >= 0xa4 && lead <= 0xc6),
  },
  {
    label: 'shift_jis',
    kind: 'pairs',
    rate: (text, bytes) => toKana(text) + usual(bytes, (lead) => lead >= 0x88 && lead <= 0x98),
  },
  { label: 'euc-jp', kind: 'pairs', rate: toKana },
  { label: 'euc-kr', kind: 'pairs', rate: (text) => share(text, KOREAN) },
  { label: 'windows-1251', kind: 'cyrillic', rate: toCyrillic },
  { label: 'koi8-r', kind: 'cyrillic', rate: toCyrillic },
  ...['koi8-u', 'iso-8859-5', 'ibm866', 'x-mac-cyrillic'].map((label) => heard(label, 'Cyrillic')),
  heard('windows-1253', 'Greek'),
  heard('iso-8859-7', 'Greek'),
  heard('windows-1255', 'Hebrew'),
  heard('iso-8859-8', 'Hebrew'),
  heard('windows-1256', 'Arabic'),
  heard('iso-8859-6', 'Arabic'),
  heard('windows-874', 'Thai'),
  ...LATIN.map(([label, letters]) => ({
    label,
    kind: 'latin' as const,
    rate: (text: string, bytes: Uint8Array) => share(text, letters) * Math.sqrt(toAlone(bytes)),
  })),
  {
    label: 'iso-8859-2',
    kind: 'latin',
    rate: (text, bytes) => share(text, ISO_2) * Math.sqrt(toAlone(bytes)),
  },
];

/** What the detector calls encodings that TextDecoder knows by another name, or as part of a larger one. */
const NAMES: Readonly<Record<string, string>> = {
  cp874: 'windows-874',
  'tis-620': 'windows-874',
  cp866: 'ibm866',
  maccyrillic: 'x-mac-cyrillic',
  macroman: 'macintosh',
  cp1258: 'windows-1258',
  'iso-8859-1': 'windows-1252',
  'iso8859-15': 'windows-1252',
  'iso-8859-9': 'windows-1254',
  'iso8859-13': 'windows-1257',
  cp932: 'shift_jis',
  shift_jis_2004: 'shift_jis',
  'euc-jis-2004': 'euc-jp',
  cp949: 'euc-kr',
  big5hkscs: 'big5',
};
/** From here on the detector is right about scripts other than Latin: measured on names and sentences of thirty languages. */
const SURE = 0.05;
/** About fewer different letters the detector knows nothing. */
const VARIED = 3;
const VERY_SURE = 0.12;
/** What is less like any language is not passed on as text. */
const LEAST = 0.35;
/** What fits so well in another encoding may be that. */
const NEAR = 0.85;
/** Lines that tell an encoding are looked at up to so many bytes: no file is worth more of the process's time. */
const SAMPLE = 8 * 1024;

/** A text, and whether nothing else fits its bytes nearly as well. */
export interface Likeliest {
  readonly text: string;
  readonly isSure: boolean;
}

/** The text of the encoding that fits best; undefined where none fits well. */
export function toLikeliest(bytes: Uint8Array): Likeliest | undefined {
  const rated = rateAll(toSample(bytes));
  for (const { label, text, rate } of rated) {
    if (rate < LEAST) return undefined;
    const whole = decode(bytes, label);
    if (whole === undefined || !isText(whole)) continue;
    const isSure = rated.every((other) => other.text === text || other.rate < NEAR * rate);
    return { text: whole, isSure };
  }
  return undefined;
}

interface Rated {
  readonly label: string;
  readonly text: string;
  readonly rate: number;
}

/** Best first. */
function rateAll(sample: Uint8Array): readonly Rated[] {
  const { encoding, confidence } = detect(sample);
  const name = encoding?.toLowerCase() ?? '';
  const told = NAMES[name] ?? name;
  const found = ENCODINGS.flatMap(({ label, kind, rate }): Rated[] => {
    const text = kind === 'heard' && label !== told ? undefined : decode(sample, label, true);
    if (text === undefined || !isText(text)) return [];
    const beyond = toBeyond(text);
    const own = rate(beyond, sample) * (1 - toMisplaced(text, label, kind) / (beyond.length || 1));
    const isVaried = new Set(beyond).size >= VARIED || confidence > VERY_SURE;
    return [{ label, text, rate: label === told ? weigh(own, kind, confidence >= SURE, isVaried) : own }];
  });
  return found.sort((one, other) => other.rate - one.rate);
}

/** The lines with bytes beyond ASCII: a line feed is no part of any character in these encodings. */
function toSample(bytes: Uint8Array): Uint8Array {
  const lines: Uint8Array[] = [];
  let size = 0;
  for (let from = 0; from < bytes.length && size < SAMPLE; ) {
    const feed = bytes.indexOf(0x0a, from);
    const to = feed < 0 ? bytes.length : feed + 1;
    const line = bytes.subarray(from, to);
    const first = line.findIndex((byte) => byte >= 0x80);
    if (first >= 0) {
      // A long line counts from a little before its first such byte, where no character can be cut.
      const part = line.subarray(Math.max(0, first - 200), Math.max(0, first - 200) + SAMPLE - size);
      lines.push(part);
      size += part.length;
    }
    from = to;
  }
  return Buffer.concat(lines);
}

/** What the detector has said counts much for scripts, and little for Latin letters, where it takes French for Czech. */
function weigh(own: number, kind: Encoding['kind'], isSure: boolean, isVaried: boolean): number {
  if (kind === 'latin') return isSure && isVaried ? own * 1.1 : own;
  if (kind === 'pairs') return own + 0.3;
  if (kind === 'heard') return own * (isSure ? 2 : 0.4);
  return isSure ? own + 1 : own;
}

function heard(label: string, script: string): Encoding {
  const others = new RegExp(`[^\\p{Script=${script}}\\p{P}\\p{M}\\p{Cf}\\s№°·€£₪฿]`, 'gu');
  return {
    label,
    kind: 'heard',
    rate: (text) =>
      text === '' ? 0 : Math.max(0, 1 - (3 * [...text.matchAll(others)].length) / text.length),
  };
}

/** What stands where no language has it: capitals behind small letters, signs and other scripts within words, Vietnamese tones behind anything but a vowel. */
function toMisplaced(text: string, label: string, kind: Encoding['kind']): number {
  const capitals = [...text.matchAll(/\p{Ll}(?!\p{ASCII})\p{Lu}|\p{L}[¹²³¼½¾¿¡±¶×÷»«¬¦¨¯´¸†‡•‰](?=\p{L})/gu)]
    .length;
  if (kind === 'cyrillic' || kind === 'heard') {
    const mixed = [...text.matchAll(/[a-z](?!\p{ASCII})\p{L}|(?!\p{ASCII})\p{L}[a-z]/giu)].length;
    return Math.min(capitals + mixed, text.length);
  }
  if (label !== 'windows-1258') return Math.min(capitals, text.length);
  const tones = [...text.matchAll(/[^aeiouyâăêôơư][\u0300\u0301\u0303\u0309\u0323]/giu)].length;
  return capitals + 3 * tones;
}

function toBeyond(text: string): string {
  return text.replace(/\p{ASCII}/gu, '');
}

const sets = new Map<string, ReadonlySet<string>>();

function setOf(known: string): ReadonlySet<string> {
  const set = sets.get(known) ?? new Set(known);
  sets.set(known, set);
  return set;
}

function share(text: string, known: string): number {
  const set = setOf(known);
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
    if (!setOf(CYRILLIC).has(char) && !CYRILLIC_TOO.test(char)) others += 1;
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
