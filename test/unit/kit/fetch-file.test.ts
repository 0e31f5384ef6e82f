// Files of a platform: from its own hosts alone, its token to nobody else, never more bytes than asked for.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createFetchFile, type FileHosts } from '../../../adapters/kit/fetch-file.ts';
import { BotError } from '../../../src/errors.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
});

async function serve(answer: Answer) {
  const asked: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    asked.push(request);
    answer(request, response);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  opened.push({
    async close() {
      server.closeAllConnections();
      await new Promise<void>((done) => server.close(() => done()));
    },
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

const file = { id: '1', name: 'a', mediaType: 'text/plain', size: 1 };
const hosts: FileHosts = { title: 'Chat', where: 'chat:files', hosts: ['chat.example', '.files.example'] };
const headers = { authorization: 'Bearer s3cret' };
const whole = () => ({ maxBytes: 100, signal: new AbortController().signal });
const fetchFrom = (from: Partial<FileHosts>, url: string, limits = whole()) =>
  createFetchFile({ ...hosts, headers, ...from })({ ...file, url }, limits);

describe('a file', () => {
  it.each([
    'http://chat.example/a',
    'https://chat.example:8443/a',
    'https://chat.example.evil.example/a',
    'https://xchat.example/a',
    'https://a.chat.example/a',
    'https://files.example/a',
    'https://xfiles.example/a',
    'https://me@chat.example/a',
    'https://:key@chat.example/a',
    'https://evil.example/https://chat.example/a',
    'file:///etc/hostname',
    'data:text/plain,hello',
    '//chat.example/a',
    '',
    'nonsense',
  ])('at %s is not fetched', async (url) => {
    await expect(fetchFrom({}, url)).rejects.toMatchObject({ code: 'platform-refused', where: 'chat:files' });
  });

  it('comes with the token, over redirects within the same hosts', async () => {
    const { url, asked } = await serve((request, response) => {
      if (request.url === '/a') response.writeHead(302, { location: '/b' }).end('elsewhere');
      else response.end('héllo');
    });
    const bytes = await fetchFrom({ apiUrl: `${url}/api/` }, `${url}/a`);
    expect(Buffer.from(bytes).toString()).toBe('héllo');
    expect(asked.map((request) => request.headers.authorization)).toEqual(['Bearer s3cret', 'Bearer s3cret']);
  });

  it.each([301, 302, 303, 307, 308])(
    'is not followed to another host by %i, and the token stays',
    async (status) => {
      const stranger = await serve((_request, response) => response.end('secret'));
      const { url } = await serve((_request, response) =>
        response.writeHead(status, { location: `${stranger.url}/x` }).end(),
      );
      await expect(fetchFrom({ apiUrl: url }, `${url}/a`)).rejects.toMatchObject({
        code: 'platform-refused',
      });
      expect(stranger.asked).toEqual([]);
    },
  );

  it('that is redirected for ever is given up', async () => {
    const { url, asked } = await serve((_request, response) =>
      response.writeHead(302, { location: '/a' }).end(),
    );
    await expect(fetchFrom({ apiUrl: url }, `${url}/a`)).rejects.toThrow('redirected too often');
    expect(asked.length).toBeLessThan(10);
  });

  it('is read up to the size, whether it is told or only comes', async () => {
    const { url } = await serve((request, response) => {
      if (request.url === '/told') response.writeHead(200, { 'content-length': 101 });
      response.write('x'.repeat(60));
      response.end('x'.repeat(request.url === '/fits' ? 40 : 41));
    });
    for (const path of ['/told', '/comes'])
      await expect(fetchFrom({ apiUrl: url }, url + path)).rejects.toMatchObject({ code: 'too-large' });
    await expect(fetchFrom({ apiUrl: url }, `${url}/fits`)).resolves.toHaveLength(100);
  });

  it.each([
    [404, 'platform-refused'],
    [403, 'platform-refused'],
    [429, 'platform-unavailable'],
    [502, 'platform-unavailable'],
  ])('answered with %i is %s', async (status, code) => {
    const { url } = await serve((_request, response) => response.writeHead(status).end('no'));
    await expect(fetchFrom({ apiUrl: url }, `${url}/a`)).rejects.toMatchObject({ code, status });
  });

  it('that never ends is left when it is not wanted any more, with that reason', async () => {
    const { url } = await serve((_request, response) => void response.write('x'));
    const wanted = new AbortController();
    const fetching = fetchFrom({ apiUrl: url }, `${url}/a`, { maxBytes: 100, signal: wanted.signal });
    const reason = new BotError('stopped', 'enough');
    setTimeout(() => wanted.abort(reason), 20);
    await expect(fetching).rejects.toBe(reason);
  });

  it('of a host that cannot be reached says so, without what may not be said', async () => {
    const fetching = fetchFrom(
      { apiUrl: 'http://127.0.0.1:9', clean: () => 'cleaned' },
      'http://127.0.0.1:9/a',
    );
    await expect(fetching).rejects.toMatchObject({
      code: 'platform-unavailable',
      message: 'a file could not be fetched from Chat: cleaned',
    });
  });
});
