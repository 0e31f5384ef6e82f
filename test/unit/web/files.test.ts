import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFiles, FILE_MAX } from '../../../adapters/web/files.ts';
import { createFakeClock } from '../../fakes/clock.ts';
import { createWebStage, followLive, type WebStage } from '../../fakes/web-stage.ts';

let stage: WebStage;
let cookie: string;
beforeEach(async () => {
  stage = await createWebStage();
  cookie = await stage.visit();
});
afterEach(() => stage.close());

const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');
const { signal } = new AbortController();

interface Sent {
  readonly id: string;
  readonly name: string;
  readonly mediaType: string;
  readonly size: number;
}

function upload(bytes: Uint8Array, name: string, over: { cookie?: string; headers?: object } = {}) {
  return stage.fetch(`/files?name=${encodeURIComponent(name)}`, {
    method: 'POST',
    cookie: over.cookie ?? cookie,
    headers: { 'content-type': 'application/octet-stream', origin: stage.url, ...over.headers },
    body: new Uint8Array(bytes),
  });
}
const uploaded = async (bytes: Uint8Array, name: string): Promise<Sent> =>
  (await (await upload(bytes, name)).json()) as Sent;

async function me(of = cookie): Promise<string> {
  const reader = followLive(stage, { cookie: of });
  const { data } = await reader.next('snapshot');
  reader.leave();
  return (data.you as { id: string }).id;
}

describe('a file that is uploaded', () => {
  it.each([
    ['an image by its bytes, whatever its name says', png, 'notes.txt', 'image/png'],
    ['a JPEG', Buffer.from('ffd8ffe000', 'hex'), 'a.jpg', 'image/jpeg'],
    ['a GIF', Buffer.from('GIF89a..'), 'a.gif', 'image/gif'],
    ['a WebP', Buffer.from('RIFF\x01\x02\x03\x04WEBPVP8 ', 'latin1'), 'a.webp', 'image/webp'],
    ['no image where only its name says so', Buffer.from('<script>1</script>'), 'a.png', 'text/plain'],
    ['never a picture that can run scripts', Buffer.from('<svg onload="x"/>'), 'a.svg', 'text/plain'],
    ['text', Buffer.from('你好\n'), '说明.md', 'text/plain'],
    ['something else', Buffer.from([80, 75, 3, 4, 0, 0]), 'a.zip', 'application/octet-stream'],
    ['something else', Buffer.from('%PDF-1.7'), 'a.pdf', 'application/octet-stream'],
  ])('is %s', async (_what, bytes, name, mediaType) => {
    expect(await uploaded(bytes, name)).toMatchObject({ name, mediaType, size: bytes.length });
  });

  it.each([
    ['of a folder above', '../../etc/passwd', 'passwd'],
    ['of Windows', 'C:\\fakepath\\a.txt', 'a.txt'],
    ['that turns letters', 'a\u202Egnp.exe\r\nX: y', 'agnp.exeX: y'],
    ['that is empty', '', 'file'],
    ['that is not seen', '\u0000\u200b', 'file'],
    ['that is long', 'x'.repeat(5_000), 'x'.repeat(200)],
    ['that is cut at a letter', `${'y'.repeat(300)}😀.png`, `${'y'.repeat(195)}😀.png`],
  ])('has a name and no path: one %s', async (_what, given, name) => {
    expect((await uploaded(png, given)).name).toBe(name);
  });

  it('is refused where it is empty, too large, from elsewhere, of a form, or of nobody', async () => {
    expect((await upload(Buffer.alloc(0), 'a')).status).toBe(400);
    expect((await upload(Buffer.alloc(FILE_MAX), 'a')).status).toBe(201);
    expect((await upload(Buffer.alloc(FILE_MAX + 1), 'a')).status).toBe(413);
    expect((await upload(png, 'a', { headers: { origin: 'http://other.example' } })).status).toBe(403);
    expect((await upload(png, 'a', { headers: { 'content-type': 'text/plain' } })).status).toBe(400);
    expect((await upload(png, 'a', { cookie: '' })).status).toBe(409);
    expect((await stage.fetch('/files', { cookie })).status).toBe(405);
  });

  it('comes back to its owner alone until it is sent, and then to whoever sees the message', async () => {
    const other = await stage.visit();
    const { id } = await uploaded(png, "Ada's (1).png");
    const status = async (of: string) => (await stage.fetch(`/files/${id}`, { cookie: of })).status;
    expect([await status(cookie), await status(other), await status('')]).toEqual([200, 404, 409]);
    await stage.post('/messages', { channel: 'help', text: '@Rill what is this?', files: [id] }, cookie);
    expect([await status(cookie), await status(other)]).toEqual([200, 200]);
    const file = await stage.fetch(`/files/${id}`, { cookie: other });
    expect(Object.fromEntries(file.headers)).toMatchObject({
      'content-type': 'image/png',
      'content-disposition': "inline; filename*=UTF-8''Ada%27s%20%281%29.png",
      'x-content-type-options': 'nosniff',
      'content-security-policy': expect.stringContaining('sandbox'),
    });
    expect(Buffer.from(await file.arrayBuffer())).toEqual(png);
  });

  it('is never opened as a page where it is no image', async () => {
    const { id } = await uploaded(Buffer.from('<script>alert(1)</script>'), 'a.html');
    const { headers } = await stage.fetch(`/files/${id}`, { cookie });
    expect(headers.get('content-type')).toBe('application/octet-stream');
    expect(headers.get('content-disposition')).toMatch(/^attachment;/);
  });

  it('of a direct message is for its own visitor', async () => {
    const channel = `dm-${await me()}`;
    const { id } = await uploaded(png, 'a.png');
    await stage.post('/messages', { channel, text: '', files: [id] }, cookie);
    const status = async (of: string) => (await stage.fetch(`/files/${id}`, { cookie: of })).status;
    expect([await status(cookie), await status(await stage.visit())]).toEqual([200, 404]);
  });

  it.each(['%2e%2e%2fapp.js', 'a%00b', '', 'constructor', '__proto__'])(
    'is nothing else: /files/%s',
    async (id) => {
      const response = await stage.fetch(`/files/${id}`, { cookie });
      expect(response.status).toBe(404);
    },
  );
});

describe('a message with files', () => {
  it('gives them to the model as other platforms do, in the question and in the thread', async () => {
    const file = await uploaded(Buffer.from('one,two\n'), 'data.csv');
    const sent = { channel: 'help', text: '@Rill add these', files: [file.id] };
    expect((await stage.post('/messages', sent, cookie)).status).toBe(202);
    const mention = stage.mentions[0];
    const attachment = { ...file, url: `/files/${file.id}` };
    expect(mention?.attachments).toEqual([attachment]);
    const fetched = await stage.web.fetchAttachment(attachment, { maxBytes: 1_000, signal });
    expect(Buffer.from(fetched).toString()).toBe('one,two\n');
    await expect(stage.web.fetchAttachment(attachment, { maxBytes: 3, signal })).rejects.toMatchObject({
      code: 'too-large',
    });
    await stage.post('/messages', { channel: 'help', thread: mention?.message, text: '@Rill more' }, cookie);
    const later = stage.mentions[1];
    if (later === undefined) throw new Error('no mention came');
    const history = await stage.web.history(later, { limit: 9, signal });
    expect(history[0]?.attachments).toEqual([attachment]);
  });

  it('needs no words, where Rill is asked', async () => {
    const [one, two] = [await uploaded(png, 'a.png'), await uploaded(png, 'b.png')];
    const post = (body: object) => stage.post('/messages', body, cookie);
    await post({ channel: 'help', text: '@Rill', files: [one.id] });
    await post({ channel: `dm-${await me()}`, text: ' ', files: [two.id] });
    expect(stage.mentions.map(({ text, attachments }) => [text, attachments.length])).toEqual([
      ['', 1],
      ['', 1],
    ]);
    expect((await post({ channel: 'help', text: ' ', files: [] })).status).toBe(400);
  });

  it("takes nobody else's, none twice, and no more than ten", async () => {
    const { id } = await uploaded(png, 'a.png');
    const post = async (files: unknown, of = cookie) =>
      (await stage.post('/messages', { channel: 'help', text: 'look', files }, of)).status;
    expect(await post([id], await stage.visit())).toBe(404);
    expect(await post([id, id])).toBe(404);
    expect(await post(['../a'])).toBe(400);
    expect(await post('a')).toBe(400);
    expect(await post(Array.from({ length: 11 }, (_, n) => `f${n}`))).toBe(400);
    expect(await post([id])).toBe(202);
    expect(await post([id])).toBe(404);
  });

  it('is the same one where it is sent again because its answer was lost', async () => {
    const { id } = await uploaded(png, 'a.png');
    const body = { channel: 'help', text: 'look', files: [id], key: 'k' };
    const ids = [await stage.post('/messages', body, cookie), await stage.post('/messages', body, cookie)];
    const [first, again] = await Promise.all(ids.map((response) => response.json()));
    expect(again).toEqual(first);
  });
});

describe('the store of files', () => {
  const bytes = (size: number) => new Uint8Array(size).fill(97);

  it('has a bound: those that came first go', () => {
    const files = createFiles(createFakeClock());
    const ids = Array.from({ length: 25 }, (_, n) => files.add(`v${n}`, 'a', bytes(FILE_MAX))?.id ?? '');
    const kept = ids.filter((id) => files.get(id) !== undefined);
    expect(kept).toEqual(ids.slice(-12));
  });

  it('keeps what is not sent for an hour, and twenty of one visitor', async () => {
    const clock = createFakeClock();
    const files = createFiles(clock);
    const ids = Array.from({ length: 25 }, () => files.add('v', 'a', bytes(1))?.id ?? '');
    expect(ids.filter((id) => files.get(id) !== undefined)).toEqual(ids.slice(-20));
    files.attach(ids.slice(-1), 'm1');
    await clock.advance(3_600_001);
    files.add('other', 'a', bytes(1));
    expect(ids.filter((id) => files.get(id) !== undefined)).toEqual(ids.slice(-1));
    files.forget(['m1']);
    expect(files.get(ids.at(-1) ?? '')).toBeUndefined();
  });
});
