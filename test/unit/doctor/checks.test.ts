// The small checks: addresses, the clock, the port, what the settings alone tell.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../src/config.ts';
import { probe } from '../../../src/doctor/address.ts';
import { examinePort } from '../../../src/doctor/port.ts';
import { toSettingsFindings } from '../../../src/doctor/settings.ts';
import { toTimeFinding } from '../../../src/doctor/time.ts';
import { adapters } from '../../../src/main.ts';

const { signal } = new AbortController();
const minute = 60_000;

async function serve(answer: (path: string) => { text?: string; headers?: Record<string, string> }) {
  const server = createServer((request, response) => {
    const { text = '', headers = {} } = answer(request.url ?? '');
    response.writeHead(200, headers).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { port, url: `http://127.0.0.1:${port}`, close };
}

describe('an address', () => {
  const about = (url: string) => ({ subject: 'Model address', url, variable: 'DEEPSEEK_BASE_URL' });

  it('tells the time of the other side', async () => {
    const server = await serve(() => ({ headers: { date: 'Sun, 22 Nov 2026 12:00:00 GMT' } }));
    const { finding, reading } = await probe(about(server.url), { signal, now: () => 5 });
    await server.close();
    expect(finding.state).toBe('ok');
    expect(reading).toEqual({ theirs: Date.UTC(2026, 10, 22, 12), ours: 5 });
  });

  it('tells no time where a cache answered', async () => {
    const server = await serve(() => ({ headers: { age: '300' } }));
    const { reading } = await probe(about(server.url), { signal, now: Date.now });
    await server.close();
    expect(reading).toBeUndefined();
  });

  it('speaks plainly of a name that is not known', async () => {
    const { finding } = await probe(about('http://nowhere.invalid/v1'), { signal, now: Date.now });
    expect(finding).toMatchObject({
      state: 'fail',
      remedy: expect.stringMatching(/DEEPSEEK_BASE_URL for a typing error.*DNS/),
    });
  });

  it('speaks plainly of TLS that fails', async () => {
    const server = await serve(() => ({}));
    const { finding } = await probe(about(`https://127.0.0.1:${server.port}`), { signal, now: Date.now });
    await server.close();
    expect(finding.state).toBe('fail');
    expect(finding.text).toContain('TLS failed');
    expect(finding.remedy).toContain('NODE_EXTRA_CA_CERTS');
  });
});

const slackOverHttp = parseConfig(
  { SLACK_BOT_TOKEN: 'xoxb-1', SLACK_SIGNING_SECRET: 's' },
  adapters,
).platforms.find(({ signed }) => signed !== undefined)?.signed;

describe('the clock', () => {
  it.each([
    [[], false, 'ok', 'not compared'],
    [[4_000], false, 'ok', 'right'],
    [[2 * minute], false, 'warn', '2 minutes ahead'],
    [[-45_000], true, 'warn', '45 s behind'],
    [[6 * minute], false, 'warn', '6 minutes ahead'],
    [[-6 * minute], true, 'fail', 'every event of Slack would be refused'],
    // One of them is wrong, and it is not ours.
    [[90 * minute, 1_000], true, 'ok', 'right'],
  ])('differing by %j ms (signed: %s) gives %s', (differences, signed, state, text) => {
    const readings = differences.map((difference) => ({ theirs: 1e12, ours: 1e12 + difference }));
    const finding = toTimeFinding(readings, signed ? slackOverHttp : undefined);
    expect(finding.state).toBe(state);
    expect(finding.text).toContain(text);
  });
});

describe('the port', () => {
  const used = () => Promise.reject(new Error('PORT 80 is used by another program.'));

  it('is well where it can be listened on', async () => {
    const finding = await examinePort(
      { host: '127.0.0.1', port: 3000, listen: async () => undefined },
      signal,
    );
    expect(finding).toEqual({ state: 'ok', subject: 'Port', text: '3000 on 127.0.0.1 is free' });
  });

  it('is only a warning where Rill itself has it', async () => {
    const server = await serve((path) => ({ text: path === '/healthz' ? 'ok\n' : 'not ready' }));
    const finding = await examinePort({ host: '0.0.0.0', port: server.port, listen: used }, signal);
    await server.close();
    expect(finding).toMatchObject({ state: 'warn', text: expect.stringContaining('Rill itself') });
  });

  it('is a failure where something else has it, even if that speaks HTTP', async () => {
    const server = await serve(() => ({ text: 'ok' }));
    const finding = await examinePort({ host: '127.0.0.1', port: server.port, listen: used }, signal);
    await server.close();
    expect(finding).toMatchObject({ state: 'fail', remedy: expect.stringContaining('lsof -i') });
  });
});

describe('the settings', () => {
  const webOf = (env: Record<string, string>) =>
    toSettingsFindings(parseConfig(env, adapters), adapters).find(({ subject }) => subject === 'Web');

  it.each([
    [{}, 'ok', 'the playground is on'],
    [{ WEB: 'off' }, 'ok', 'the playground is off'],
    [{ HOST: '0.0.0.0' }, 'warn', 'WEB_TOKEN is not set'],
    [{ WEB_TOKEN: 'short' }, 'warn', 'fewer than 16'],
    [{ HOST: '0.0.0.0', WEB_TOKEN: 'a-long-random-phrase' }, 'ok', 'need WEB_TOKEN'],
  ])('%j: %s, %s', (env, state, text) => {
    expect(webOf(env as Record<string, string>)).toMatchObject({
      state,
      text: expect.stringContaining(text),
    });
  });

  it('say that nothing is kept on disk', () => {
    const data = toSettingsFindings(parseConfig({}, adapters), adapters).find(
      ({ subject }) => subject === 'Data',
    );
    expect(data?.text).toContain('live in memory');
  });
});
