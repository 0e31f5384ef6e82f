// What other people's apps may put into a message, to hurt: it is read as far as it goes, within bounds, in linear time.

import { describe, expect, it } from 'vitest';
import { toContent } from '../../../adapters/slack/content.ts';
import { expectLinear } from '../linear/cost.ts';

type Part = Readonly<Record<string, unknown>>;

const rich = (...elements: Part[]): Part => ({
  type: 'rich_text',
  elements: [{ type: 'rich_text_section', elements }],
});
const words = (text: string): Part => ({ type: 'text', text });
const plain = (text: string): Part => ({ type: 'plain_text', text });

describe('a message that is made to hurt', () => {
  const read = (message: object) =>
    toContent(message, { nameOf: () => undefined, bot: 'UBOT', isByApp: false });

  it.each([
    [
      'numbers everywhere',
      {
        text: 7,
        blocks: 7,
        attachments: [7, null, { fields: 7, blocks: [null, { type: 'section', fields: 'x' }] }],
        files: [7],
      },
    ],
    [
      'empty things',
      { blocks: [{}], attachments: [{}, { is_share: true }, { message_blocks: [{}] }], files: [{}] },
    ],
    [
      'odd rich text',
      {
        blocks: [
          {
            type: 'rich_text',
            elements: [
              { type: 'rich_text_list', indent: 1e9, offset: -5, elements: [7, { elements: 7 }] },
              {
                type: 'rich_text_section',
                elements: [
                  { type: 'emoji', unicode: 'zz' },
                  { type: 'date', timestamp: 1e300 },
                  { type: 'text', text: 7, style: 7 },
                ],
              },
            ],
          },
        ],
      },
    ],
  ])('with %s is read as far as it goes', (_what, message) => {
    expect(() => read(message)).not.toThrow();
  });

  it('has what found no room named', () => {
    const many = Array.from({ length: 3_000 }, (_, at) => ({ title: `t${at}`, text: 'x'.repeat(100) }));
    const { text } = read({ text: 'hi', attachments: many });
    expect(text.length).toBeLessThan(300_000);
    expect(text).toMatch(/\[The rest of this message was too long to read\.\]$/);
  });

  it('nests no deeper than it is read', () => {
    let nested: Part = { title: 'deepest' };
    for (let depth = 0; depth < 10_000; depth += 1) nested = { title: `${depth}`, attachments: [nested] };
    expect(read({ text: 'hi', attachments: [nested] }).text).toContain('too long to read');
    let block: Part = { type: 'section', text: plain('deepest') };
    for (let depth = 0; depth < 10_000; depth += 1) block = { type: 'container', child_blocks: [block] };
    expect(read({ text: 'hi', blocks: [block] }).text).toContain('too long to read');
  });

  it.each([
    ['spaces', (n: number) => ({ text: `a${' '.repeat(n)}<@UBOT>${' '.repeat(n)}b` })],
    ['tabs before the bot', (n: number) => ({ text: '\t<@UBOT>'.repeat(n / 8) })],
    ['open tokens', (n: number) => ({ text: '<'.repeat(n) })],
    ['open mentions', (n: number) => ({ text: '<@U'.repeat(n / 3) })],
    ['mentions', (n: number) => ({ text: '<@U1>'.repeat(n / 5) })],
    ['entities', (n: number) => ({ text: '&amp;'.repeat(n / 5) })],
    ['bars', (n: number) => ({ text: `<${'|'.repeat(n)}` })],
    ['line breaks', (n: number) => ({ attachments: [{ is_share: true, text: '\n'.repeat(n) }] })],
    [
      'backticks',
      (n: number) => ({
        blocks: [
          {
            type: 'rich_text',
            elements: [{ type: 'rich_text_preformatted', elements: [words('`'.repeat(n))] }],
          },
        ],
      }),
    ],
    ['line breaks in rich text', (n: number) => ({ blocks: [rich(words(`${'a\n'.repeat(n / 2)}b`))] })],
    [
      'many cells',
      (n: number) => ({
        blocks: [
          { type: 'table', rows: Array.from({ length: n / 20 }, () => [{ type: 'raw_text', text: '|' }]) },
        ],
      }),
    ],
    [
      'a card that repeats',
      (n: number) => ({
        text: 'a'.repeat(n / 2),
        blocks: [{ type: 'section', text: plain('a'.repeat(n / 2)) }],
      }),
    ],
    ['names', (n: number) => ({ attachments: [{ is_share: true, author_name: ' '.repeat(n), text: 'x' }] })],
  ])('is read in linear time, whatever its %s', (_what, make: (n: number) => object) =>
    expectLinear(
      (n) => {
        const message = make(n);
        return () => read(message);
      },
      20_000,
      7.5,
    ),
  );
});
