// Whatever stands in a Slack message, it is read: as text and files, within bounds, and the same words each time.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toContent } from '../../adapters/slack/content.ts';

const keys =
  'type text blocks elements attachments message_blocks message files fields title value rows style indent offset accessory alt_text image_url slack_file id url url_private name user_id unicode timestamp is_share from_url author_name author_id channel_name fallback footer actions child_blocks tasks body x_files mode file_access language'.split(
    ' ',
  );
const types =
  'rich_text rich_text_section rich_text_list rich_text_quote rich_text_preformatted section header context actions image video file table data_table markdown card carousel container plan task_card alert input divider mrkdwn plain_text raw_text text link emoji user date button unknown'.split(
    ' ',
  );
const leaf = fc.oneof(
  fc.constantFrom(...types),
  fc.constantFrom(
    '<@U1>',
    '<https://a.example|b>',
    '<!here>',
    '&amp;',
    '<',
    '>',
    '|',
    '\n',
    '```',
    'words',
    '',
    ' ',
  ),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom(null, true, 0, -1, 1e300, Number.NaN),
);
const { node } = fc.letrec((tie) => ({
  node: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    leaf,
    fc.array(tie('node'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...keys), tie('node'), { maxKeys: 6 }),
  ),
}));
const message = fc.record(
  {
    text: fc.oneof(leaf, node),
    blocks: fc.oneof(fc.array(node, { maxLength: 4 }), node),
    attachments: fc.oneof(fc.array(node, { maxLength: 4 }), node),
    files: fc.oneof(fc.array(node, { maxLength: 3 }), node),
  },
  { requiredKeys: [] },
);

describe('any message of Slack', () => {
  it('is read without a fault, asks for names by texts alone, and names each file once', () => {
    fc.assert(
      fc.property(message, fc.boolean(), (given, isByApp) => {
        const asked: unknown[] = [];
        const reading = {
          ...{ bot: 'UBOT', isByApp },
          nameOf(id: string) {
            asked.push(id);
            return 'Ada';
          },
        };
        const { text, files } = toContent(given, reading);
        expect(typeof text).toBe('string');
        expect(asked.every((id) => typeof id === 'string')).toBe(true);
        const ids = files.map(({ id }) => id);
        expect(new Set(ids).size).toBe(ids.length);
        expect(ids.every((id) => typeof id === 'string' && id !== '')).toBe(true);
        expect(toContent(given, reading).text).toBe(text);
      }),
      { numRuns: 1_000 },
    );
  });

  it('loses no word of a forward, however it is given', () => {
    const word = fc.stringMatching(/^[a-z]{3,8}$/);
    fc.assert(
      fc.property(
        word,
        word,
        fc.constantFrom('text', 'rich', 'section', 'message text', 'fallback'),
        (own, said, form) => {
          const rich = {
            type: 'rich_text',
            elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text: said }] }],
          };
          const section = { type: 'section', text: { type: 'mrkdwn', text: said } };
          const forms: Record<string, object> = {
            text: { text: said },
            rich: { message_blocks: [{ message: { blocks: [rich] } }] },
            section: { message_blocks: [{ message: { text: 'for notifications', blocks: [section] } }] },
            'message text': { message_blocks: [{ message: { text: said } }] },
            fallback: { fallback: said },
          };
          const attachment = { is_share: true, author_name: 'Bob', channel_name: 'general', ...forms[form] };
          const { text } = toContent(
            { text: own, attachments: [attachment] },
            { nameOf: () => undefined, bot: 'UBOT', isByApp: false },
          );
          expect(text.startsWith(`${own}\n\n[forwarded from Bob, #general]\n> `)).toBe(true);
          expect(text).toContain(said);
        },
      ),
      { numRuns: 200 },
    );
  });
});
