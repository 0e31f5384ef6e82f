// Owns the proof of the fake Discord's buttons: callbacks within 3 s, once, and what the presser sees.

import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ButtonInteraction,
  Client,
  Events,
  GatewayIntentBits,
  MessageFlags,
  REST,
  Routes,
} from 'discord.js';
import { afterEach, describe, expect, it } from 'vitest';
import { createFakeClock } from '../../fakes/clock.ts';
import { createDiscordServer, type DiscordServer } from '../../fakes/discord-server/index.ts';

let server: DiscordServer;
let bot: Client;
let channel: string;
let message: string;

afterEach(async () => {
  await bot.destroy();
  await server.close();
});

const components = [{ type: 1, components: [{ type: 2, style: 2, label: 'Stop', custom_id: 'stop:1' }] }];

async function start(options: Parameters<typeof createDiscordServer>[0] = {}) {
  server = await createDiscordServer(options);
  bot = new Client({ intents: [GatewayIntentBits.Guilds], rest: { api: server.apiUrl } });
  const ready = new Promise((resolve) => bot.once(Events.ClientReady, resolve));
  await bot.login(server.token);
  await ready;
  channel = server.createChannel();
  const made = (await bot.rest.post(Routes.channelMessages(channel), {
    body: { content: 'writing', components, allowed_mentions: { parse: [] } },
  })) as { id: string };
  message = made.id;
}

function onPress(act: (press: ButtonInteraction) => unknown): void {
  bot.on(Events.InteractionCreate, (interaction) => {
    if (interaction.isButton()) void act(interaction);
  });
}

describe('a pressed button', () => {
  it('carries its custom id, the presser and their locale, and is shown on the message', async () => {
    await start();
    const bea = server.person('Bea', { locale: 'zh-CN' });
    onPress((press) =>
      press.reply({
        content: `${press.customId} ${press.user.displayName} ${press.locale}`,
        flags: MessageFlags.Ephemeral,
      }),
    );
    expect(server.channel(channel)[0]?.buttons).toEqual([
      { label: 'Stop', customId: 'stop:1', style: 2, disabled: false },
    ]);
    const reply = await server.press({ channel, message, label: 'Stop', user: bea });
    expect(reply).toMatchObject({ type: 4, content: 'stop:1 Bea zh-CN', ephemeral: true, failed: false });
    expect(server.channel(channel)).toHaveLength(1);
  });

  it('can be acknowledged first and answered afterwards', async () => {
    await start();
    onPress(async (press) => {
      await press.deferUpdate();
      await press.followUp({ content: 'stopped', flags: MessageFlags.Ephemeral });
      await press.editReply({ content: 'written', components: [] });
    });
    const reply = await server.press({ channel, message, customId: 'stop:1' });
    expect(reply.type).toBe(6);
    await server.until(() => server.channel(channel)[0]?.content === 'written');
    expect(server.interactionReplies[0]).toMatchObject({ content: 'stopped', ephemeral: true });
  });

  it('can update its message at once', async () => {
    await start();
    onPress((press) => press.update({ content: 'stopped', components: [] }));
    expect((await server.press({ channel, message, label: 'Stop' })).type).toBe(7);
    expect(server.channel(channel)[0]).toMatchObject({ content: 'stopped', buttons: [], edits: 1 });
  });

  it('fails for the presser when nothing comes within 3 s, and a late callback is unknown', async () => {
    const clock = createFakeClock();
    await start({ clock });
    const pressed = new Promise<ButtonInteraction>((resolve) => onPress(resolve));
    const seen = server.press({ channel, message, label: 'Stop' });
    const press = await pressed;
    await clock.advance(3_000);
    expect(await seen).toMatchObject({ failed: true, type: undefined });
    await expect(press.deferUpdate()).rejects.toMatchObject({ code: 10062 });
  });

  it('gives a token that is good for 15 minutes', async () => {
    const clock = createFakeClock();
    await start({ clock });
    const pressed = new Promise<ButtonInteraction>((resolve) => onPress(resolve));
    const seen = server.press({ channel, message, label: 'Stop' });
    const { token } = await pressed.then(async (press) => {
      await press.deferReply({ flags: MessageFlags.Ephemeral });
      return press;
    });
    const original = Routes.webhookMessage(server.applicationId, token, '@original');
    await bot.rest.patch(original, { body: { content: 'done' } });
    expect(await seen).toMatchObject({ type: 5, content: 'done', ephemeral: true, tookMs: 0 });
    await clock.advance(900_001);
    await expect(bot.rest.patch(original, { body: { content: 'late' } })).rejects.toMatchObject({
      code: 50027,
    });
  });

  it('takes one callback only', async () => {
    await start();
    const second = new Promise((resolve) =>
      onPress(async (press) => {
        await press.deferUpdate();
        const rest = new REST({ api: server.apiUrl }).setToken(server.token);
        rest.post(Routes.interactionCallback(press.id, press.token), { body: { type: 6 } }).catch(resolve);
      }),
    );
    await server.press({ channel, message, label: 'Stop' });
    expect(await second).toMatchObject({ code: 40060 });
  });
});

/** A description with the one rule that the test breaks, for machines where Discord's own is not at hand. */
function writeDescription(): string {
  const directory = mkdtempSync(join(tmpdir(), 'description-'));
  const schema = { type: 'object', properties: { tts: { type: 'boolean' } } };
  const description = { components: { schemas: { MessageCreateRequest: schema } } };
  writeFileSync(join(directory, 'discord-openapi.json'), JSON.stringify(description));
  return directory;
}

describe("bodies held against Discord's own description", () => {
  it('are named where they breach it', async () => {
    process.env.SPECS_DIR ||= writeDescription();
    await start();
    expect(server.specBreaches).toEqual([]);
    await bot.rest.post(Routes.channelMessages(channel), { body: { content: 'x', tts: 'yes' } });
    expect(server.specBreaches).toHaveLength(1);
    expect(server.specBreaches[0]).toContain('/tts');
  });
});
