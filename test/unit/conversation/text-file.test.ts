// Which bytes are text, and in which encoding. The bytes are made by turning the platform's own decoders round.

import { isUtf8 } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toTextOf } from '../../../src/conversation/text-file.ts';

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
  'windows-1250': ['Zażółć gęślą jaźń', 'Příliš žluťoučký kůň'],
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

  it('or none is told in a time that grows with its size', () => {
    const measure = (size: number): number => {
      const bytes = createEncoder('gb18030')('数据'.repeat(size / 4));
      const times = Array.from({ length: 5 }, () => {
        const before = process.cpuUsage();
        toTextOf(bytes);
        const { user, system } = process.cpuUsage(before);
        return (user + system) / 1_000;
      }).sort((a, b) => a - b);
      return times[2] ?? 0;
    };
    measure(10_000);
    expect(measure(100_000)).toBeLessThan(Math.max(8 * measure(25_000), 40));
  });
});
