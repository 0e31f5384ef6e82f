// Runs the check of recorded streams: always against a folder made here, and against STREAMS_DIR when that is set.

import { createHash } from 'node:crypto';
import { writeSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkStreams, toTable } from './check.ts';

const hash = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 16);
const text = 'Grüße 你好 😀, and good bye.';
const reasoning = '先想一想…';
const usage = { prompt_tokens: 7, completion_tokens: 9, total_tokens: 16 };

function toChunks(): string[] {
  const chunks: object[] = [
    { choices: [{ delta: { role: 'assistant', content: null, reasoning_content: reasoning } }] },
  ];
  for (const character of text) chunks.push({ choices: [{ delta: { content: character } }] });
  chunks.push({ choices: [{ delta: {}, finish_reason: 'stop' }], usage });
  return chunks.map((chunk) => JSON.stringify(chunk));
}

const expectation = {
  contentChars: [...text].length,
  contentSha256: hash(text),
  reasoningChars: [...reasoning].length,
  reasoningSha256: hash(reasoning),
  finishReason: 'stop',
  usage,
  error: null,
};
const streamed = { status: 200, contentType: 'text/event-stream' };
const index = [
  { file: 'chat.sse', format: 'raw SSE', ...streamed, expect: expectation },
  { file: 'chat.jsonl', format: 'one JSON chunk a line', ...streamed, expect: expectation },
  { file: 'errors/503.json', format: 'single JSON body', status: 503, contentType: 'application/json' },
];

describe('the check of recorded streams', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'streams-'));
    await mkdir(join(folder, 'errors'));
    const chunks = toChunks();
    await writeFile(
      join(folder, 'chat.sse'),
      `${chunks.map((chunk) => `data: ${chunk}\r\n\r\n`).join('')}data: [DONE]`,
    );
    await writeFile(join(folder, 'chat.jsonl'), chunks.join('\n'));
    await writeFile(join(folder, 'errors/503.json'), '{"detail":"No room left"}');
  });
  afterAll(() => rm(folder, { recursive: true }));
  const check = async (recordings: unknown) => {
    await writeFile(join(folder, 'index.json'), JSON.stringify(recordings));
    return checkStreams(folder);
  };

  it('finds no difference where there is none', async () => {
    const rows = await check(index);
    expect(rows.flatMap((row) => row.differences)).toEqual([]);
    expect(rows.map((row) => row.runs)).toEqual([9, 9, 9]);
    expect(toTable(rows)).toContain('3 recordings as expected, 0 different');
  });

  it('sees one altered digit of an expectation', async () => {
    const digit = expectation.contentSha256[3] === '0' ? '1' : '0';
    const altered = `${expectation.contentSha256.slice(0, 3)}${digit}${expectation.contentSha256.slice(4)}`;
    const rows = await check([{ ...index[0], expect: { ...expectation, contentSha256: altered } }]);
    expect(rows[0]?.differences[0]).toContain('hash of the answer');
    const tokens = { ...expectation, usage: { ...usage, prompt_tokens: 8 } };
    expect((await check([{ ...index[0], expect: tokens }]))[0]?.differences[0]).toContain('usage');
  });

  const given = process.env.STREAMS_DIR;
  if (given !== undefined && given !== '') {
    it(`finds no difference in the given folder`, { timeout: 300_000 }, async () => {
      const rows = await checkStreams(given);
      writeSync(1, `${toTable(rows)}\n`);
      expect(rows.filter((row) => row.differences.length > 0).map((row) => row.file)).toEqual([]);
      expect(rows.length).toBeGreaterThan(0);
    });
  }
});
