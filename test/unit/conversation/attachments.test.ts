import { describe, expect, it } from 'vitest';
import { readAttachments } from '../../../src/conversation/attachments.ts';
import { BotError } from '../../../src/errors.ts';
import type { Attachment } from '../../../src/platform.ts';

function aFile(name: string, mediaType: string, over: Partial<Attachment> = {}): Attachment {
  return { id: name, name, mediaType, size: 10, url: `https://files.example/${name}`, ...over };
}

async function read(attachments: readonly Attachment[], options: { vision?: boolean; fail?: string } = {}) {
  const fetched: string[] = [];
  const faults: BotError[] = [];
  const found = await readAttachments(attachments, {
    vision: options.vision ?? true,
    async fetch({ name }) {
      fetched.push(name);
      if (name === options.fail) throw new BotError('too-large', 'more than it said');
      return new TextEncoder().encode(`inside ${name}`);
    },
    onFault: (error) => faults.push(error),
  });
  return { ...found, fetched, faults };
}

const notRead = (name: string) => ({ type: 'text', text: `[attached, not read: ${name}]` });

describe('an attachment', () => {
  it.each([
    ['a.txt', 'text/plain'],
    ['b', 'application/json'],
    ['c.rs', 'application/octet-stream'],
  ])('of text (%s, %s) goes into the prompt under its name', async (name, type) => {
    const { parts, skipped } = await read([aFile(name, type)]);
    expect(parts).toEqual([{ type: 'text', text: `[attached: ${name}]\ninside ${name}` }]);
    expect(skipped).toEqual([]);
  });

  it('that is an image goes in as a data address', async () => {
    const { parts } = await read([aFile('a.png', 'image/png')]);
    const data = Buffer.from('inside a.png').toString('base64');
    expect(parts).toEqual([{ type: 'image_url', image_url: { url: `data:image/png;base64,${data}` } }]);
  });

  it('that is an image is only named where the model sees none', async () => {
    const { parts, fetched } = await read([aFile('a.png', 'image/png')], { vision: false });
    expect(parts).toEqual([notRead('a.png')]);
    expect(fetched).toEqual([]);
  });

  it('that is the fifth image is only named', async () => {
    const images = ['1', '2', '3', '4', '5'].map((name) => aFile(name, 'image/webp'));
    const { skipped, fetched } = await read(images);
    expect(skipped).toEqual(['5']);
    expect(fetched).toHaveLength(4);
  });

  it.each([
    ['a.txt', 'text/plain', 100 * 1024],
    ['a.gif', 'image/gif', 5 * 1024 * 1024],
  ])('that is too large (%s) is named, and not fetched', async (name, type, max) => {
    const { parts, tooLarge, skipped, fetched } = await read([aFile(name, type, { size: max + 1 })]);
    expect(parts).toEqual([notRead(name)]);
    expect({ tooLarge, skipped, fetched }).toEqual({ tooLarge: [name], skipped: [], fetched: [] });
    expect((await read([aFile(name, type, { size: max })])).fetched).toEqual([name]);
  });

  it('of another kind is named, and not fetched', async () => {
    const { parts, skipped, fetched } = await read([aFile('a.pdf', 'application/pdf')]);
    expect(parts).toEqual([notRead('a.pdf')]);
    expect({ skipped, fetched }).toEqual({ skipped: ['a.pdf'], fetched: [] });
  });

  it('that cannot be fetched is named, and the others are read', async () => {
    const { parts, faults } = await read([aFile('a.md', 'text/markdown'), aFile('b.md', 'text/markdown')], {
      fail: 'a.md',
    });
    expect(parts).toEqual([notRead('a.md'), { type: 'text', text: '[attached: b.md]\ninside b.md' }]);
    expect(faults).toMatchObject([{ code: 'too-large' }]);
  });

  it('that is a voice message is counted, and not heard', async () => {
    const { parts, voices, fetched } = await read([aFile('v.ogg', 'audio/ogg', { voice: true })]);
    expect({ parts, voices, fetched }).toEqual({ parts: [], voices: 1, fetched: [] });
  });
});
