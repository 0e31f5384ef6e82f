// The built program as a newcomer starts it: no key, the examples clicked one after another, and what it says of questions that it does not take.

import { expect, it, onTestFinished } from 'vitest';
import { type Program, startProgram } from './program.ts';

interface Snapshot {
  readonly demo: boolean;
  readonly chips: readonly { readonly lang: string; readonly text: string }[];
  readonly messages: readonly { readonly id: string; readonly refused: { readonly text: string } | null }[];
}

function start(env: Readonly<Record<string, string>>): Program {
  const program = startProgram({ WEB: 'on', USER_RATE: '2', SHUTDOWN_GRACE: '1s', ...env });
  onTestFinished(async () => void (await program.stop()));
  return program;
}

async function visit(url: string) {
  const first = await fetch(url);
  await first.text();
  const cookie = first.headers
    .getSetCookie()
    .map((one) => one.split(';', 1)[0])
    .join('; ');
  const look = async (): Promise<Snapshot> => {
    const leave = new AbortController();
    const response = await fetch(`${url}/live`, { headers: { cookie }, signal: leave.signal });
    let text = '';
    for await (const piece of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += piece;
      const from = text.indexOf('data: ');
      const end = text.indexOf('\n\n', from);
      if (from < 0 || end < 0) continue;
      leave.abort();
      return JSON.parse(text.slice(from + 6, end)) as Snapshot;
    }
    throw new Error('no snapshot came');
  };
  const say = async (text: string): Promise<string> => {
    const headers = { cookie, origin: url, 'content-type': 'application/json' };
    const body = JSON.stringify({ channel: 'help', text });
    const response = await fetch(`${url}/messages`, { method: 'POST', headers, body });
    return ((await response.json()) as { id: string }).id;
  };
  const refusedOf = async (ids: readonly string[]) =>
    (await look()).messages.filter(({ id, refused }) => ids.includes(id) && refused !== null);
  return { look, say, refusedOf };
}

it('takes each of the demo’s fifteen examples, and tells every other question over the rate that it is not taken', async () => {
  const program = start({});
  const url = await program.listening();
  const { look, say, refusedOf } = await visit(url);
  const { demo, chips } = await look();
  expect(demo).toBe(true);
  const examples = chips.filter(({ lang }) => lang === 'en');
  expect(examples).toHaveLength(15);
  const clicked: string[] = [];
  for (const { text } of examples) clicked.push(await say(`@Rill ${text}`));
  expect(await refusedOf(clicked)).toEqual([]);
  const asked: string[] = [];
  // Five in two minutes at the most: one at least is over the rate of two.
  for (let n = 0; n < 5; n += 1) asked.push(await say(`@Rill why, number ${n}?`));
  const line = await program.logged(({ message }) => message === 'A question was not taken');
  expect(line).toMatchObject({ platform: 'web', channel: 'help', reason: 'rate', told: 'words' });
  expect(line.mention).toMatch(/^web:/);
  const refused = await refusedOf(asked);
  expect(refused.length).toBeGreaterThan(0);
  for (const one of refused) expect(one.refused?.text).toMatch(/Please wait \d+ s\.$/);
  const metrics = await (await fetch(`${url}/metrics`)).text();
  expect(metrics).toContain(`rill_refused_total{reason="rate",told="words"} ${refused.length}`);
});

it('offers no examples with a real model, and their words count as any', async () => {
  const program = start({ DEEPSEEK_API_KEY: 'x', DEEPSEEK_BASE_URL: 'http://127.0.0.1:9' });
  const { look, say, refusedOf } = await visit(await program.listening());
  expect(await look()).toMatchObject({ demo: false, chips: [] });
  const asked: string[] = [];
  for (let n = 0; n < 5; n += 1) asked.push(await say('@Rill fail with drop'));
  expect((await refusedOf(asked)).length).toBeGreaterThan(0);
});
