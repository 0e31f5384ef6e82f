// Which bytes are text, and in which encoding. The bytes are made by turning the platform's own decoders round.

import { isUtf8 } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readText } from '../../../src/conversation/text-file.ts';
import { expectLinear } from '../linear/cost.ts';

const toTextOf = (bytes: Uint8Array, charset?: string) => readText(bytes, charset)?.text;

/** What TextDecoder reads one byte, or a pair of bytes, as: turned round, an encoder. */
function createEncoder(label: string): (text: string) => Uint8Array {
  const bytesOf = new Map<string, readonly number[]>();
  const learn = (...bytes: readonly number[]): void => {
    try {
      const text = new TextDecoder(label, { fatal: true }).decode(new Uint8Array(bytes));
      if ([...text].length === 1 && !bytesOf.has(text)) bytesOf.set(text, bytes);
    } catch {
      // No character.
    }
  };
  for (let lead = 0; lead < 256; lead += 1) learn(lead);
  for (let lead = 0x81; lead < 0xff; lead += 1)
    for (let trail = 0x40; trail < 0xff; trail += 1) learn(lead, trail);
  return (text) => {
    const bytes = [...text].flatMap((char) => {
      const known = bytesOf.get(char);
      if (known === undefined) throw new Error(`${label} has no ${char}`);
      return known;
    });
    return new Uint8Array(bytes);
  };
}

const texts: Readonly<Record<string, readonly string[]>> = {
  gb18030: [
    '你好，世界',
    '请看这个错误日志：连接数据库失败',
    'name,城市\nAnn,北京\n',
    '// 计算总和\nint sum(int a) { return a; }\n',
    '银行账户流水明细',
    '鼠标',
  ],
  big5: ['請看這個錯誤日誌：連接資料庫失敗', '台北市信義區', '這是一個測試檔案。'],
  shift_jis: ['これはテストです。', 'エラーが発生しました：接続できません', '東京都'],
  'euc-jp': ['これはテストです。', 'エラーが発生しました：接続できません'],
  'euc-kr': ['안녕하세요 세계', '오류가 발생했습니다: 연결할 수 없습니다', '이름,도시\n김철수,서울\n'],
  'windows-1251': ['Привет, мир! Это проверка.', 'имя;город\nИван;Москва'],
  'koi8-r': ['Привет, мир! Это проверка.', 'Ошибка: не удалось подключиться к базе данных'],
  'windows-1250': [
    'Zażółć gęślą jaźń',
    'Příliš žluťoučký kůň',
    'Árvíztűrő tükörfúrógép, a gyors barna róka átugorja a lusta kutyát, és közben őrzi a hűs forrás vizét',
    'Bună ziua, aceasta este o încercare şi o greşeală',
  ],
  'iso-8859-2': [
    'Zażółć gęślą jaźń',
    'Dnes je hezký den, žluťoučký kůň běží přes louku a zítra už nebude pršet',
  ],
  'windows-1253': [
    'Καλημέρα κόσμε! Αυτό είναι ένα δοκιμαστικό αρχείο.',
    'Σφάλμα: αποτυχία σύνδεσης',
    'όνομα;πόλη\nΆννα;Αθήνα\n',
  ],
  'iso-8859-7': ['Καλημέρα κόσμε! Αυτό είναι ένα δοκιμαστικό αρχείο.'],
  'windows-1255': ['שלום עולם! זהו קובץ בדיקה.', 'שגיאה: החיבור למסד הנתונים נכשל', 'שם,עיר\nדנה,חיפה\n'],
  'iso-8859-8': ['שלום עולם! זהו קובץ בדיקה.'],
  'windows-1256': [
    'مرحبا بالعالم! هذا ملف اختبار.',
    'خطأ: فشل الاتصال بقاعدة البيانات',
    'الاسم,المدينة\nأحمد,القاهرة\n',
  ],
  'iso-8859-6': ['مرحبا بالعالم! هذا ملف اختبار.'],
  'windows-874': ['สวัสดีชาวโลก นี่คือไฟล์ทดสอบ', 'ข้อผิดพลาด: เชื่อมต่อฐานข้อมูลไม่สำเร็จ', 'ชื่อ,เมือง\nสมชาย,กรุงเทพ\n'],
  'windows-1254': [
    'Merhaba dünya! Bu bir deneme dosyasıdır, lütfen oku.',
    'Hata: veritabanına bağlanılamadı. Şifre yanlış olabilir',
    'isim;şehir\nAyşe;İstanbul\nOğuz;Muğla\n',
  ],
  'windows-1257': [
    'Sveika, pasaule! Šis ir pārbaudes fails, kļūda savienojumā',
    'Sveikas, pasauli! Tai yra bandomasis failas, įvyko klaida, prašome bandyti dar kartą',
    'vārds;pilsēta\nJānis;Rīga\nIlze;Liepāja\n',
  ],
  'windows-1258': ['Xin chào thê\u0301 giơ\u0301i, đây là tâ\u0323p tin thư\u0309, không đúng'],
  'iso-8859-5': ['Привет, мир! Это проверка.'],
  ibm866: ['Привет, мир! Это проверка.'],
  'koi8-u': ['Привіт, світе! Це перевірка її'],
};

describe('a file that is not UTF-8', () => {
  it.each(Object.entries(texts).flatMap(([label, all]) => all.map((text) => [label, text] as const)))(
    'but %s is read as it was written: %s',
    (label, text) => {
      expect(toTextOf(createEncoder(label)(text))).toBe(text);
    },
  );

  it.each(['café', 'naïve', 'Größe für Übergröße', 'Temperatur: 20°C', '¿Qué pasó? Ça va, déjà vu'])(
    'but ISO-8859-1 is read as it was written: %s',
    (text) => {
      expect(toTextOf(new Uint8Array(Buffer.from(text, 'latin1')))).toBe(text);
    },
  );

  it('but windows-1252 keeps its quotation marks, its dashes and its euro', () => {
    const bytes = new Uint8Array([0x93, 0x61, 0x94, 0x20, 0x96, 0x20, 0x80, 0x35]);
    expect(toTextOf(bytes)).toBe('“a” – €5');
  });

  it('but ISO-2022-JP is known by its escapes', () => {
    expect(toTextOf(new Uint8Array(Buffer.from('\u001b$B$3$s$K$A$O\u001b(B', 'latin1')))).toBe('こんにちは');
  });

  const little = (text: string) => new Uint8Array(Buffer.from(text, 'utf16le'));
  const big = (text: string) => new Uint8Array(Buffer.from(text, 'utf16le').swap16());
  const utf32 = (text: string, isLittle: boolean): Uint8Array => {
    const points = [...text].map((char) => char.codePointAt(0) ?? 0);
    const view = new DataView(new ArrayBuffer(points.length * 4));
    for (const [index, point] of points.entries()) view.setUint32(index * 4, point, isLittle);
    return new Uint8Array(view.buffer);
  };

  it('has its encoding by its byte-order mark, whatever is in it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (text) => {
        fc.pre(!/[\p{Cc}\p{Co}\ufffd]/u.test(text) && !text.startsWith('\ufeff'));
        const marked = `\ufeff${text}`;
        for (const bytes of [
          little(marked),
          big(marked),
          utf32(marked, true),
          utf32(marked, false),
          new TextEncoder().encode(marked),
        ])
          expect(toTextOf(bytes)).toBe(text);
      }),
    );
  });

  it('may be UTF-16 that lost its mark', () => {
    expect(toTextOf(little('id;name\r\n1;Zoë\r\n'))).toBe('id;name\r\n1;Zoë\r\n');
    expect(toTextOf(big('id;name\r\n1;Zoë\r\n'))).toBe('id;name\r\n1;Zoë\r\n');
  });
});

/** Names of regions in a language, as Unicode's data have them: real words that nobody here has written. */
const toNames = (language: string, regions: readonly string[]): string => {
  const names = new Intl.DisplayNames(language, { type: 'region' });
  return regions.map((region) => names.of(region)).join('\n');
};
const REGIONS = 'FR DE US CN JP GB ES IT RU BR IN CA MX TR GR EG TH VN PL SE NO FI CZ HU RO UA CH KR'.split(
  ' ',
);
const scripts: readonly (readonly [language: string, label: string])[] = [
  ['el', 'windows-1253'],
  ['el', 'iso-8859-7'],
  ['he', 'windows-1255'],
  ['ar', 'windows-1256'],
  ['th', 'windows-874'],
  ['ru', 'windows-1251'],
  ['ru', 'koi8-r'],
  ['ru', 'iso-8859-5'],
  ['ru', 'ibm866'],
  ['bg', 'windows-1251'],
  ['zh', 'gb18030'],
  ['ja', 'shift_jis'],
  ['ja', 'euc-jp'],
  ['ko', 'euc-kr'],
];
const latin: readonly (readonly [language: string, label: string])[] = [
  ['tr', 'windows-1254'],
  ['lt', 'windows-1257'],
  ['lv', 'windows-1257'],
  ['et', 'windows-1257'],
  ['pl', 'windows-1250'],
  ['pl', 'iso-8859-2'],
  ['cs', 'windows-1250'],
  ['hu', 'windows-1250'],
  ['de', 'windows-1252'],
  ['fr', 'windows-1252'],
  ['es', 'windows-1252'],
  ['is', 'windows-1252'],
];

describe('a file of names in a script other than Latin', () => {
  it.each(scripts)('(%s, %s) is read as it was written, whichever names they are', (language, label) => {
    const encode = createEncoder(label);
    const some = fc.shuffledSubarray(REGIONS, { minLength: 8, maxLength: 20 });
    fc.assert(
      fc.property(some, (regions) => {
        const text = toNames(language, regions);
        expect(toTextOf(encode(text))).toBe(text);
      }),
      { numRuns: 15, seed: 9 },
    );
  });
});

describe('a file of names in Latin letters', () => {
  it.each(latin)('(%s, %s) is read as it was written, or said to be guessed', (language, label) => {
    const encode = createEncoder(label);
    const some = fc.shuffledSubarray(REGIONS, { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(some, (regions) => {
        const text = toNames(language, regions);
        const read = readText(encode(text));
        if (read?.isSure) expect(read.text).toBe(text);
      }),
      { numRuns: 15, seed: 9 },
    );
    const all = toNames(language, REGIONS);
    expect(toTextOf(encode(all))).toBe(all);
  });
});

describe('a file whose encoding is said', () => {
  const short = 'Hûs'.replace('û', 'ű');

  it('by the platform is read so, though another encoding would fit', () => {
    const bytes = createEncoder('windows-1250')(short);
    expect(readText(bytes, 'windows-1250')).toEqual({ text: short, isSure: true });
    expect(readText(bytes)).toEqual({ text: 'Hûs', isSure: false });
  });

  it.each([
    ['XML', '<?xml version="1.0" encoding="windows-1250"?>\n<a>'],
    ['a web page', '<html><head><meta charset="windows-1250"><body>'],
    ['an old web page', '<meta http-equiv="Content-Type" content="text/html; charset=windows-1250">'],
    ['Python', '#!/usr/bin/python\n# -*- coding: cp1250 -*-\n'],
    ['Vim', '// vim: set fileencoding=cp1250 :\n'],
    ['a style sheet', '@charset "windows-1250";'],
  ])('by itself (%s) is read so', (_what, head) => {
    const text = head + short;
    expect(readText(createEncoder('windows-1250')(text))).toEqual({ text, isSure: true });
  });

  it('wrongly is read as what it is', () => {
    const bytes = new TextEncoder().encode('Größe 你好');
    for (const said of ['windows-1253', 'iso-8859-1', 'nonsense', 'utf-16le', ''])
      expect(toTextOf(bytes, said)).toBe('Größe 你好');
    const greek = createEncoder('windows-1253')('Καλημέρα κόσμε');
    for (const said of ['utf-8', 'iso-8859-1', 'us-ascii', 'shift_jis'])
      expect(toTextOf(greek, said)).toBe('Καλημέρα κόσμε');
  });
});

describe('a file in UTF-8', () => {
  it('is what it says, whatever it says', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        fc.pre(!/\p{Cc}|^\ufeff/u.test(text) && !/^%(?:PDF-|!PS)/.test(text));
        expect(toTextOf(new TextEncoder().encode(text))).toBe(text);
      }),
    );
  });

  it('may have a few letters of a Western encoding in it', () => {
    const line = 'größer als 请看这个错误日志, déjà vu\n'.repeat(10);
    const bytes = Buffer.concat([
      Buffer.from(line),
      Buffer.from([0x63, 0x61, 0x66, 0xe9, 0x0a]),
      Buffer.from(line),
    ]);
    expect(toTextOf(bytes)).toBe(`${line}café\n${line}`);
  });

  it('may end within a character', () => {
    const bytes = new TextEncoder().encode('größer 你好');
    expect(toTextOf(bytes.subarray(0, -1))).toBe('größer 你');
    expect(toTextOf(bytes.subarray(0, -2))).toBe('größer 你');
  });

  it('may hold the colours of a log', () => {
    expect(toTextOf(new TextEncoder().encode('\u001b[31mred\u001b[0m'))).toBe('\u001b[31mred\u001b[0m');
  });
});

describe('a file that is binary', () => {
  it.each([
    ['PNG', [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d]],
    ['ZIP', [0x50, 0x4b, 3, 4, 0x14, 0, 0, 0, 8, 0]],
    ['ELF', [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0]],
    ['PDF', [...Buffer.from('%PDF-1.7\n%all ASCII')]],
    ['GZIP', [0x1f, 0x8b, 8, 0, 0, 0, 0, 0]],
    ['half of a UTF-32 character', [0xff, 0xfe, 0, 0, 0x41]],
  ])('(%s) is no text', (_what, bytes) => {
    expect(toTextOf(new Uint8Array(bytes))).toBeUndefined();
  });

  it('of any kind never gives a character that stands for a fault, nor a control character', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        fc.pre(!isUtf8(bytes));
        const text = toTextOf(bytes);
        const isOdd = (char: string) =>
          char === '\ufffd' || (/\p{Cc}/u.test(char) && !'\b\t\n\v\f\r\u001b\u0085'.includes(char));
        expect([...(text ?? '')].filter(isOdd)).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });

  it('or none is told in a time that grows with its size', () =>
    expectLinear(
      (size) => {
        const bytes = createEncoder('gb18030')('数据'.repeat(size / 4));
        return () => toTextOf(bytes);
      },
      25_000,
      5,
    ));
});
