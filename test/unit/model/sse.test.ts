import { describe, expect, it } from 'vitest';
import { createPayloadReader, type PayloadLimits } from '../../../src/model/sse.ts';

function readAll(body: string, size = body.length || 1, limits?: PayloadLimits, contentType?: string) {
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
    contentType,
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

describe.each([1, 3, 1000])('a body with status 200 that is no protocol, cut every %i characters', (size) => {
  const refusal = (body: string, type = 'text/plain') => {
    try {
      readAll(body, size, undefined, type);
    } catch (error) {
      expect(error).toMatchObject({ code: 'malformed-stream' });
      return (error as Error).message;
    }
    return undefined;
  };

  it.each([
    '<html><body>x</body></html>',
    '<!DOCTYPE HTML PUBLIC "-//W3C//DTD">',
    '<!doctype html>',
    '\ufeff<!DocType HTML>',
    ' \r\n\t <HTML>',
    '<div class="error">Service down</div>',
    '<p>x',
    '<h1>502</h1>',
    '<center>x</center>',
    '<br/>',
    '<!-- cached --><html>',
    '<?xml version="1.0"?><Error/>',
    '<Error><Code>AccessDenied</Code></Error>',
    '<soap:Envelope xmlns="x">',
    '<title>Log in</title>',
    '<SCRIPT>location="/login"</SCRIPT>',
  ])('a page is refused whatever its type: %j', (body) => {
    for (const type of ['text/plain', 'text/html', 'text/event-stream', 'application/json', ''])
      expect(refusal(body, type)).toMatch(/^The provider sent a web page/);
  });

  it.each(['text/html', 'TEXT/HTML; charset=utf-8', 'application/json', 'application/octet-stream', ''])(
    'plain words are refused as %j, and not repeated',
    (type) => {
      expect(refusal('my secret words', type)).toMatch(
        /^The provider sent 15 characters .* that are no answer$/,
      );
    },
  );

  it.each([
    'upstream said no\n<!DOCTYPE html><html><body>502</body></html>',
    'upstream said no\r\n\r\n  <html>\n<head><title>502</title></head></html>',
    `${'word '.repeat(100)}\n<html lang="en"><body>502</body></html>`,
    `${'word '.repeat(100)}<html><head><title>502</title>`,
    `${'word '.repeat(100)}<HTML>\r\n<HEAD>`,
    'Error: <!doctype HTML>\n<p>',
    'one\n<?xml version="1.0"?><html>',
    'it broke\n</body></html>',
  ])('words and then a page are no answer, and no part of the page is given: %j', (body) => {
    const seen = { plain: '' };
    const reader = createPayloadReader(
      { onPayload() {}, onComment() {}, onPlain: (text) => (seen.plain += text) },
      undefined,
      'text/plain',
    );
    const read = () => {
      for (let at = 0; at < body.length; at += size) reader.push(body.slice(at, at + size));
      reader.end();
    };
    expect(read).toThrow(expect.objectContaining({ code: 'malformed-stream' }));
    expect(seen.plain).not.toContain('<');
    if (body.length < 200) expect(seen.plain).toBe('');
  });

  it.each([
    'Use the <html> tag, and <head> in it.',
    'A page:\n```html\n<!DOCTYPE html>\n<html><head></head></html>\n```\nso',
    `${'word '.repeat(60)}\n\n    <html>\n    <body>\n\nand \`<html><head>\` so`,
    'a < b\n<b>c</b>\n<htm',
    '1\n<header>x</header>\n<bodyguard>',
  ])('words about pages are an answer: %j', (body) => {
    expect(readAll(body, size, undefined, 'text/plain').plain).toBe(body);
  });

  it.each(['text/plain', 'text/plain; charset=utf-8', 'Text/Markdown'])('plain words count as %j', (type) => {
    for (const body of [
      'Hello <b>',
      '<3 you',
      '< 5',
      'data',
      '<think>a</think>b',
      '[THINK]a[/THINK]b',
      '◁think▷a',
    ])
      expect(body === 'data' || readAll(body, size, undefined, type).plain === body).toBe(true);
  });

  it("a proxy's sentence is refused and named", () => {
    const body =
      'upstream connect error or disconnect/reset before headers. reset reason: connection termination';
    for (const type of ['text/html', 'text/plain', 'text/event-stream', ''])
      expect(refusal(body, type)).toBe("The provider sent a proxy's words: upstream connect error");
    expect(refusal('no healthy upstream')).toContain('no healthy upstream');
  });

  it('compressed bytes that nothing names as such are refused', () => {
    expect(refusal('\u001f\ufffd\b\u0000\u0000abc')).toContain('that are no answer');
    expect(refusal('\u0000\u0000\u0001')).toContain('that are no answer');
  });

  it('events and JSON are read whatever the type', () => {
    for (const type of ['text/html', 'text/plain', 'application/octet-stream', '']) {
      expect(readAll('\ufeff data: {"a":1}\n\n', size, undefined, type).payloads).toEqual(['{"a":1}']);
      expect(readAll('\n {"a":1}', size, undefined, type).payloads).toEqual(['{"a":1}']);
    }
  });

  it('lines of no event before the first one are no text', () => {
    const seen = readAll('hello: x\ndata: {"a":1}\n\n', size, undefined, 'text/event-stream');
    expect(seen).toMatchObject({ payloads: ['{"a":1}'], plain: '' });
  });
});

it('a page without end is not waited for', () => {
  expect(() => readAll(`<div>${'x'.repeat(70_000)}`, 1000)).toThrow('a web page of');
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
