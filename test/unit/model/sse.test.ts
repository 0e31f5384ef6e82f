import { describe, expect, it } from 'vitest';
import { createPayloadReader, type PayloadLimits } from '../../../src/model/sse.ts';

function readAll(body: string, size = body.length || 1, limits?: PayloadLimits) {
  const payloads: string[] = [];
  const seen = { payloads, plain: '', comments: 0, last: [] as boolean[] };
  const reader = createPayloadReader(
    {
      onPayload: (data, event, isLast) => {
        payloads.push(event === undefined ? data : `${event}: ${data}`);
        seen.last.push(isLast);
      },
      onComment: () => {
        seen.comments += 1;
      },
      onPlain: (text) => {
        seen.plain += text;
      },
    },
    limits,
  );
  for (let at = 0; at < body.length; at += size) reader.push(body.slice(at, at + size));
  reader.end();
  return seen;
}

describe.each([1, 2, 5, 1000])('a body cut every %i characters', (size) => {
  it.each([
    ['LF', 'data: {"a":1}\n\ndata: [DONE]\n\n'],
    ['CRLF', 'data: {"a":1}\r\n\r\ndata: [DONE]\r\n\r\n'],
    ['CR', 'data: {"a":1}\r\rdata: [DONE]\r\r'],
    ['no space', 'data:{"a":1}\n\ndata:[DONE]\n\n'],
    ['no blank line at the end', 'data: {"a":1}\n\ndata: [DONE]'],
    ['blank lines first', '\n\ndata: {"a":1}\n\ndata: [DONE]\n\n'],
    ['JSON lines', '{"a":1}\ndata: [DONE]\n'.replace('data: ', '')],
    ['JSON and a mark of the end', '{"a":1}\n\ndata: [DONE]\n\n'],
  ])('gives the same payloads with %s', (_name, body) => {
    expect(readAll(body, size).payloads).toEqual(['{"a":1}', '[DONE]']);
  });

  it('keeps comments apart from data, and names events', () => {
    const seen = readAll(': keep-alive\n\nid: 7\nevent: error\ndata: x\n\n: again\n\n', size);
    expect(seen.payloads).toEqual(['error: x']);
    expect(seen.comments).toBe(2);
  });

  it('reads an indented JSON document whole, blank lines before it as signs of life', () => {
    const seen = readAll('\n\n{\n  "a": [\n    1\n  ]\n}\n', size);
    expect(seen.payloads.map((payload) => JSON.parse(payload))).toEqual([{ a: [1] }]);
    expect(seen.comments).toBe(size <= 2 ? 2 / size : 0);
  });

  it('gives plain text as it comes', () => {
    expect(readAll('Hello\nworld {}', size).plain).toBe('Hello\nworld {}');
    expect(readAll('<think>x', size).plain).toBe('<think>x');
    expect(readAll('dat', size)).toMatchObject({ plain: '', payloads: [] });
    expect(readAll('<ht', size).plain).toBe('<ht');
  });

  it('turns a web page into one line', () => {
    const page =
      '<!DOCTYPE html><html><head><title>502 Bad\nGateway</title></head><body><h1>nginx</h1></body></html>';
    expect(() => readAll(page, size)).toThrow('The provider sent a web page: 502 Bad Gateway, nginx');
  });
});

describe('a body without bounds', () => {
  const limits = { maxEvent: 100, maxDocument: 100 };
  it.each([
    ['an endless line', `data: ${'x'.repeat(200)}`],
    ['an endless event', 'data: 12345678\n'.repeat(20)],
    ['an endless document', `{"a": "${'x'.repeat(200)}`],
  ])('ends with a clear error: %s', (_name, body) => {
    expect(() => readAll(body, 7, limits)).toThrow(expect.objectContaining({ code: 'stream-too-large' }));
  });
});
