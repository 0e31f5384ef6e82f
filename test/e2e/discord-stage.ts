// Owns the fake Discord as a stage of the end-to-end cases. Must not know the cases.

import { fromContent } from '../../adapters/discord/format.ts';
import { fromForm } from '../../adapters/discord/forms.ts';
import {
  createDiscordServer,
  type DiscordServerOptions,
  type FaultOutcome,
  type ReaderMessage,
} from '../fakes/discord-server/index.ts';
import { PATIENCE_MS } from './program.ts';
import type { CallFault, FailingCall, Reply, Stage } from './stage.ts';

const outcomes: Readonly<Record<CallFault, FaultOutcome>> = {
  limited: { kind: 'rate-limited', retryAfterMs: 700 },
  'limited-200': {
    kind: 'refused',
    status: 429,
    code: 40_062,
    message: 'Service resource is being rate limited',
  },
  unavailable: { kind: 'html-502' },
  'lost-after': { kind: 'lost-after' },
  'lost-before': { kind: 'lost-before' },
  refused: { kind: 'refused', status: 400, code: 50_035, message: 'Invalid Form Body' },
  forbidden: {
    kind: 'refused',
    status: 403,
    code: 50_005,
    message: 'Cannot edit a message authored by another user',
  },
  page: { kind: 'html-200' },
};

const methods: Readonly<Record<FailingCall, string>> = {
  post: 'POST',
  edit: 'PATCH',
  final: 'PATCH',
  discard: 'DELETE',
};

export async function createDiscordStage(options: DiscordServerOptions = {}): Promise<Stage> {
  const server = await createDiscordServer(options);
  const people = { Ada: server.person('Ada'), Ben: server.person('Ben') };
  const channels = new Set<string>();
  const directs = new Set<string>();
  const ownOf = (channel: string) =>
    server
      .channel(channel)
      .filter(({ author }) => author.id === server.botId)
      .map((message) => ({ ...toReply(message, channel), replyTo: message.replyTo }));
  const everywhere = () => [
    ...channels,
    ...[...channels].flatMap((channel) => server.threadsOf(channel).map(({ id }) => id)),
    ...directs,
  ];
  return {
    name: 'discord',
    discord: server,
    env: { DISCORD_TOKEN: server.token, DISCORD_API_URL: server.apiUrl },
    secrets: [server.token],
    ben: `<@${people.Ben.id}>`,
    newChannel() {
      const channel = server.createChannel();
      channels.add(channel);
      return channel;
    },
    direct() {
      const channel = server.dm(server.person(`Dee ${directs.size + 1}`));
      directs.add(channel);
      return channel;
    },
    async ask({ channel, text, thread, mention = !directs.has(channel), replyTo, file, user = 'Ada' }) {
      const said = await server.say({
        channel: thread ?? channel,
        ...(directs.has(channel) ? {} : { author: people[user] }),
        content: mention ? `<@${server.botId}> ${text}` : text,
        ...(replyTo === undefined ? {} : { replyTo }),
        ...(file === undefined
          ? {}
          : {
              attachments: [
                { name: file.name, mediaType: 'text/plain', bytes: file.bytes ?? Buffer.from(file.text) },
              ],
            }),
      });
      return { channel, thread: thread ?? (directs.has(channel) ? channel : said.id), id: said.id };
    },
    replies({ channel, thread, id }) {
      const near = channel === thread ? [] : ownOf(channel).filter(({ replyTo }) => replyTo === id);
      return [...near, ...ownOf(thread)];
    },
    all: () => everywhere().flatMap(ownOf),
    async press(reply, label) {
      const { failed } = await server.press({ channel: reply.channel, message: reply.id, label });
      if (failed) throw new Error(`the button ${label} failed`);
    },
    remove: (reply) => server.remove(reply.channel, reply.id),
    async redeliver({ id }) {
      server.redeliver(id);
    },
    whispers: (channel) => ownOf(channel).flatMap(({ notice }) => (notice === undefined ? [] : [notice])),
    sign: ({ channel }) => (server.typing(channel).count > 0 ? 'typing' : ''),
    marks: ({ channel, thread, id }) => {
      const place = server.channel(channel).some((message) => message.id === id) ? channel : thread;
      return server.reactions(place, id);
    },
    drop: () => server.dropGateway(),
    reconnect: () => server.reconnectGateway(),
    connected: () => server.connections > 0,
    fail(call, asked, fault, times = 1) {
      let hits = 0;
      server.fail({
        method: methods[call],
        route: new RegExp(`^/channels/${asked.thread}/messages`),
        when({ body }) {
          const fits = call !== 'final' || (body as { components?: unknown[] }).components?.length === 0;
          if (fits) hits += 1;
          return fits;
        },
        times,
        with: outcomes[fault],
      });
      return () => Math.min(hits, times);
    },
    until: (look, what) => server.until(() => tried(look), { timeoutMs: PATIENCE_MS, what }),
    pings: server.pings,
    breaches: server.specBreaches,
    refusals: () => server.calls.filter(({ status }) => status === 429).length,
    edits: () =>
      server.calls.filter(({ method, route }) => method === 'PATCH' && route.includes('/messages/')).length,
    begin: () => undefined,
    close: () => server.close(),
  };
}

/** A look that throws has not found anything yet. */
function tried<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}

function toReply(message: ReaderMessage, channel: string): Reply {
  const { text } = fromContent(message.content);
  const seal = [...message.content.matchAll(/\u2063[\u2061\u2062\u2064]+\u2063/g)].at(-1);
  const before = seal === undefined ? message.content : message.content.slice(0, Math.max(0, seal.index - 1));
  const after = seal === undefined ? '' : message.content.slice(seal.index + seal[0].length);
  const looks = text === '' ? '' : before.replace(/^\u2060/, '');
  const tail = text === '' ? before : after;
  const lines = tail
    .replace(/^▍/, '')
    .split('\n')
    .filter((line) => line !== '');
  const footer = lines.find((line) => line.startsWith('-# AI'))?.slice(3);
  const notice = lines
    .filter((line) => !line.startsWith('-# AI'))
    .map((line) => line.replace(/^(⚠️|-#) /, '').replace(/\\([\\*_~`|])/g, '$1'));
  return {
    id: message.id,
    channel,
    body: fromForm(looks),
    looks: looks.replaceAll(/[\u2060-\u2064]/g, ''),
    text,
    notice: notice.join(' ') || undefined,
    footer,
    buttons: message.buttons.map(({ label }) => label),
    cursor: message.content.includes('▍'),
    edits: message.edits,
    unfurled: (message.flags & 4) === 0 && /https?:/.test(message.content),
  };
}
