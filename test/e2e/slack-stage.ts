// Owns the fake Slack as a stage of the end-to-end cases. Must not know the cases.

import {
  createSlackServer,
  type FaultEffect,
  type ReaderMessage,
  type SlackServerOptions,
} from '../fakes/slack-server/index.ts';
import { PATIENCE_MS } from './program.ts';
import type { CallFault, FailingCall, Reply, Stage } from './stage.ts';

const effects: Readonly<Record<CallFault, FaultEffect>> = {
  limited: { rateLimitedForSeconds: 1 },
  'limited-200': { error: 'ratelimited' },
  unavailable: { httpStatus: 503, body: 'upstream error' },
  'lost-after': 'lost-after',
  'lost-before': 'lost-before',
  refused: { error: 'invalid_blocks' },
  forbidden: { error: 'cant_update_message' },
  page: { httpStatus: 200, body: '<html><body>Sign in to this network</body></html>' },
};
const methods: Readonly<Record<FailingCall, string>> = {
  post: 'chat.postMessage',
  edit: 'chat.update',
  final: 'chat.update',
  discard: 'chat.delete',
};
const users = { Ada: 'U0ADA', Ben: 'U0BEN' };

export async function createSlackStage(
  mode: 'socket' | 'http',
  /** People's own language. */
  locale = 'en-US',
  options: SlackServerOptions = {},
): Promise<Stage> {
  const server = await createSlackServer({
    users: { U0ADA: { name: 'Ada', locale }, U0BEN: { name: 'Ben', locale } },
    // Slack's own are at once, a minute, five minutes.
    retryDelaysMs: [0, 700, 2_000],
    ...options,
  });
  const channels: string[] = [];
  const open = (prefix: string) => {
    const channel = `${prefix}0E2E${String(channels.length + 1).padStart(4, '0')}`;
    channels.push(channel);
    return channel;
  };
  const ownOf = (messages: readonly ReaderMessage[]) =>
    messages.filter((message) => message.own).map(toReply);
  return {
    name: mode === 'socket' ? 'slack socket' : 'slack http',
    env: {
      SLACK_BOT_TOKEN: server.botToken,
      SLACK_API_URL: server.url,
      // These cases are about edits; a group can set it otherwise.
      SLACK_REPLY_MODE: 'edit',
      ...(mode === 'socket'
        ? { SLACK_APP_TOKEN: server.appToken }
        : { SLACK_SIGNING_SECRET: server.signingSecret }),
    },
    slack: server,
    secrets: [server.botToken, server.appToken, server.signingSecret],
    ben: `<@${users.Ben}>`,
    newChannel: () => open('C'),
    direct: () => open('D'),
    async ask({ channel, text, thread, mention = !channel.startsWith('D'), file, user = 'Ada' }) {
      const said = await server.say({
        channel,
        user: users[user],
        text: mention ? `<@${server.botUserId}> ${text}` : text,
        ...(thread === undefined ? {} : { thread }),
        ...(file === undefined
          ? {}
          : {
              files: [
                {
                  name: file.name,
                  mimetype: 'text/plain',
                  bytes: file.bytes ?? file.text,
                  ...(file.foreign === undefined
                    ? {}
                    : { fields: { url_private: file.foreign, url_private_download: file.foreign } }),
                },
              ],
            }),
      });
      return { channel, thread: thread ?? said.ts, id: said.ts };
    },
    replies: ({ channel, thread }) => ownOf(server.thread(channel, thread)),
    all: () => channels.flatMap((channel) => ownOf(server.channel(channel))),
    async press(reply, label) {
      await server.press({ channel: reply.channel, ts: reply.id, label, user: users.Ada });
    },
    async remove(reply) {
      server.remove(reply.channel, reply.id);
    },
    async redeliver({ channel, id }) {
      await server.redeliver(channel, id);
    },
    whispers: (channel) => server.ephemerals(channel).map(({ text }) => text),
    sign: ({ channel, thread }) => server.status(channel, thread),
    marks: ({ channel, id }) => server.reactions(channel, id),
    drop: () => server.dropSockets(),
    reconnect: () => server.disconnectSockets(),
    connected: () => mode === 'http' || server.connections > 0,
    fail(call, asked, fault, times = 1) {
      const failing = server.fail({
        method: methods[call],
        when: (args) => args.channel === asked.channel && (call !== 'final' || !isWriting(args.metadata)),
        times,
        with: effects[fault],
      });
      return () => failing.hits;
    },
    until: (look, what) => server.until(look, { timeoutMs: PATIENCE_MS, what }),
    pings: server.pings,
    breaches: server.specBreaches,
    refusals: () =>
      server.calls.filter(
        ({ answer }) => answer !== null && typeof answer === 'object' && answer.status === 429,
      ).length,
    edits: () => server.calls.filter(({ method }) => method === 'chat.update').length,
    begin(url) {
      if (mode === 'http') server.deliverTo(`${url}/slack/events`);
    },
    close: () => server.close(),
  };
}

interface PageMarks {
  readonly state?: string;
  readonly opened?: number;
  readonly closed?: number;
}

function toMarks(metadata: unknown): PageMarks {
  const parsed: unknown = typeof metadata === 'string' ? JSON.parse(metadata) : metadata;
  return (parsed as { event_payload?: PageMarks } | undefined)?.event_payload ?? {};
}

function isWriting(metadata: unknown): boolean {
  return toMarks(metadata).state === 'writing';
}

function toReply(message: ReaderMessage): Reply {
  // A message that was thrown away is shown as a tombstone by the fake; nobody sees an answer there.
  const markdown = message.parts.filter(({ kind }) => kind === 'markdown').map(({ text }) => text);
  const shown = markdown.join('\n');
  const { opened = 0, closed = 0 } = toMarks(message.metadata);
  const lines = [...message.notices, ...message.context];
  const footer = lines.find((line) => /^AI( ·|$)/.test(line));
  const notices = lines
    .filter((line) => line !== footer)
    .map((line) => unescapeText(line.replace(/^:warning: /, '')));
  const said = message.parts.filter(({ kind }) => kind === 'text').map(({ text }) => text);
  const whole = shown.replaceAll('<\u2060', '<');
  return {
    id: message.ts,
    channel: message.channel,
    body: whole.replace(/[ \n]▍$/, ''),
    text: whole.slice(opened, Math.max(opened, whole.length - closed)),
    notice: [...notices, ...said].join(' ') || undefined,
    footer,
    buttons: message.buttons.map(({ label }) => label),
    cursor: message.parts.some(({ text }) => text.includes('▍')) || message.streaming || message.stuck,
    edits: message.edits,
    unfurled: message.unfurled,
  };
}

function unescapeText(text: string): string {
  return text.replace(/&(amp|lt|gt);/g, (_, name: string) =>
    name === 'amp' ? '&' : name === 'lt' ? '<' : '>',
  );
}
