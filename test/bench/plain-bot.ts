// A Slack bot as most are written, for comparison: each answer is edited once a second on a clock of its own, through Bolt as it comes.
// Must not know anything of Rill.

import { App, LogLevel } from '@slack/bolt';

const { SLACK_BOT_TOKEN, SLACK_APP_TOKEN, SLACK_API_URL, DEEPSEEK_BASE_URL } = process.env;

async function* readTokens(question: string): AsyncGenerator<string> {
  const response = await fetch(`${DEEPSEEK_BASE_URL}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'any', stream: true, messages: [{ role: 'user', content: question }] }),
  });
  const decoder = new TextDecoder();
  let rest = '';
  for await (const bytes of response.body ?? []) {
    const lines = (rest + decoder.decode(bytes as Uint8Array, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (!line.startsWith('data: {')) continue;
      const chunk = JSON.parse(line.slice(6)) as { choices: { delta?: { content?: string | null } }[] };
      yield chunk.choices[0]?.delta?.content ?? '';
    }
  }
}

const app = new App({
  token: SLACK_BOT_TOKEN ?? '',
  appToken: SLACK_APP_TOKEN ?? '',
  socketMode: true,
  logLevel: LogLevel.ERROR,
  clientOptions: { slackApiUrl: SLACK_API_URL ?? '' },
});

app.event('app_mention', async ({ event, client }) => {
  const { channel } = event;
  let text = '';
  let shown = '';
  let busy = false;
  let ts: string | undefined;
  const write = async () => {
    if (busy || text === shown || text.trim() === '') return;
    busy = true;
    const now = text;
    const blocks = [{ type: 'markdown' as const, text: now }];
    if (ts === undefined) {
      const posted = await client.chat.postMessage({
        channel,
        thread_ts: event.ts,
        text: now.slice(0, 300),
        blocks,
      });
      ts = posted.ts;
    } else {
      await client.chat.update({ channel, ts, text: now.slice(0, 300), blocks });
    }
    shown = now;
    busy = false;
  };
  const timer = setInterval(() => void write(), 1_000);
  for await (const token of readTokens(event.text)) text += token;
  clearInterval(timer);
  while (shown !== text) {
    await write();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
});

await app.start();
console.log('"Rill is connected" listens on http://127.0.0.1:1');
