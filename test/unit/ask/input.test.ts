import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { InputError, openInput, readPiped, toPipedQuestion } from '../../../src/ask/input.ts';
import { sayInTerminal } from '../../../src/notices/terminal.ts';
import { createFakeClock } from '../../fakes/clock.ts';

const words = sayInTerminal('en');
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rill-input-'));
});
function put(name: string, content: string | Uint8Array): string {
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

describe('files for a question', () => {
  it('are known by what they hold, and read no further than is asked', async () => {
    const paths = [
      put('a.txt', 'text'),
      put('b', Buffer.from('\u0089PNG\r\n\u001a\n0000', 'latin1')),
      put('c.png', 'no picture at all'),
      put('empty', ''),
    ];
    const { attachments, fetch } = await openInput(paths, undefined, words);
    expect(attachments.map(({ name, mediaType, size }) => ({ name, mediaType, size }))).toEqual([
      { name: 'a.txt', mediaType: '', size: 4 },
      { name: 'b', mediaType: 'image/png', size: 12 },
      { name: 'c.png', mediaType: '', size: 17 },
      { name: 'empty', mediaType: '', size: 0 },
    ]);
    const [first, , , empty] = attachments;
    if (first === undefined || empty === undefined) throw new Error('no files');
    expect(Buffer.from(await fetch(first, 100)).toString()).toBe('text');
    expect((await fetch(empty, 100)).length).toBe(0);
    await expect(fetch(first, 3)).rejects.toMatchObject({ code: 'too-large' });
  });

  it('may be larger than memory: their size is looked at, not their bytes', async () => {
    const path = put('huge.log', 'x');
    truncateSync(path, 2 ** 40);
    const { attachments } = await openInput([path], undefined, words);
    expect(attachments[0]?.size).toBe(2 ** 40);
  });

  it.each([
    ['no.txt', 'There is no file'],
    ['a.txt/b', 'There is no file'],
    ['.', 'is no file that can be read as a whole'],
    ['pipe', 'is no file that can be read as a whole'],
    ['a\u0000b', 'may not be read'],
  ])('such as %j are refused with a sentence', async (name, sentence) => {
    put('a.txt', 'text');
    if (name === 'pipe') spawnSync('mkfifo', [join(folder, name)]);
    const opening = openInput([join(folder, name)], undefined, words);
    await expect(opening).rejects.toThrow(InputError);
    await expect(opening).rejects.toThrow(sentence);
  });

  it('that nobody may read are refused with a sentence', async () => {
    const path = put('secret', 'text');
    chmodSync(path, 0);
    // Root may read everything.
    const opening = openInput([path], undefined, words);
    if (process.getuid?.() === 0) expect((await opening).attachments).toHaveLength(1);
    else await expect(opening).rejects.toThrow('may not be read');
  });
});

describe('what comes through a pipe', () => {
  const read = (stdin: Readable, hint: () => void = () => undefined, clock = createFakeClock()) =>
    readPiped(stdin, clock, hint, new AbortController().signal);

  it('is read to its end, and no further than a byte beyond what is taken', async () => {
    expect(Buffer.from(await read(Readable.from([Buffer.from('a'), Buffer.from('b')]))).toString()).toBe(
      'ab',
    );
    let pieces = 0;
    const endless = Readable.from(
      (function* () {
        for (;;) {
          pieces += 1;
          yield Buffer.alloc(10_000);
        }
      })(),
    );
    const bytes = await read(endless);
    expect(() => toPipedQuestion(bytes, words)).toThrow('Standard input is larger than 100 KB');
    expect(pieces).toBeLessThan(50);
  });

  it('is hinted at where nothing comes', async () => {
    const stdin = new PassThrough();
    const clock = createFakeClock();
    const hints: number[] = [];
    const reading = read(stdin, () => void hints.push(1), clock);
    await clock.advance(1_900);
    expect(hints).toHaveLength(0);
    await clock.advance(200);
    expect(hints).toHaveLength(1);
    stdin.end('so');
    expect(Buffer.from(await reading).toString()).toBe('so');
  });

  it('is no question where it is no text', () => {
    expect(() => toPipedQuestion(Uint8Array.from([0x89, 0x50, 0, 1, 2, 3]), words)).toThrow('is no text');
    expect(toPipedQuestion(Buffer.from('\n why? \n'), words)).toBe('why?');
  });
});
