// Owns buttons: a press becomes INTERACTION_CREATE, its callback must come within 3 s, its token lives 15 minutes.
// Docs: interactions/receiving-and-responding. What the presser sees is kept here.

import { randomBytes } from 'node:crypto';
import { parseMessage } from './forms.ts';
import { permissionsIn, toChannel, toMember, toUser } from './guild-payloads.ts';
import { editMessage, postMessage } from './message-routes.ts';
import { toMessage } from './payloads.ts';
import { type Fields, invalid, isFields, Refusal, unknownMessage } from './refusal.ts';
import type { Answer, Call, Desk, Route } from './route.ts';
import type { DiscordPerson, InteractionReply } from './types.ts';
import { buttonsOf } from './views.ts';
import { type Channel, channelTypes, flags, type Message } from './world.ts';

const callbackMs = 3_000;
const tokenMs = 900_000;

type Writable<T> = { -readonly [K in keyof T]: T[K] };

interface Interaction {
  readonly id: string;
  readonly token: string;
  readonly at: number;
  readonly channel: Channel;
  readonly message: Message;
  readonly reply: Writable<InteractionReply>;
  /** The message that `@original` names: the pressed one, or the reply in the channel. */
  original: Message | undefined;
  state: 'waiting' | 'answered' | 'failed';
  readonly settle: (reply: InteractionReply) => void;
}

export interface Press {
  readonly channel: Channel;
  readonly message: Message;
  readonly customId?: string | undefined;
  readonly label?: string | undefined;
  readonly user: DiscordPerson;
}

export function createInteractions(desk: Desk) {
  const { world } = desk;
  const open = new Map<string, Interaction>();
  const replies: InteractionReply[] = [];

  function press({ channel, message, customId, label, user }: Press): Promise<InteractionReply> {
    const button = buttonsOf(message).find((one) => one.customId === customId || one.label === label);
    if (button === undefined) throw new Error(`no button ${customId ?? label} on message ${message.id}`);
    if (button.disabled) throw new Error(`the button ${button.label} is disabled`);
    return new Promise((resolve) => {
      const interaction: Interaction = {
        id: world.snowflake(),
        token: randomBytes(24).toString('base64url'),
        at: world.clock.now(),
        channel,
        message,
        reply: {
          interaction: '',
          user,
          customId: button.customId,
          type: undefined,
          content: undefined,
          ephemeral: false,
          failed: false,
          tookMs: 0,
        },
        original: undefined,
        state: 'waiting',
        settle: resolve,
      };
      interaction.reply.interaction = interaction.id;
      open.set(interaction.token, interaction);
      // "You must send an initial response within 3 seconds": the presser sees that the interaction failed.
      world.clock.after(callbackMs, () => {
        if (interaction.state !== 'waiting') return;
        interaction.state = 'failed';
        settle(interaction, { failed: true });
      });
      world.dispatch({ name: 'INTERACTION_CREATE', intent: 0, make: () => toPayload(interaction) });
    });
  }

  function settle(interaction: Interaction, seen: Partial<InteractionReply>): void {
    Object.assign(interaction.reply, seen, { tookMs: world.clock.now() - interaction.at });
    replies.push(interaction.reply);
    interaction.settle(interaction.reply);
    world.changed();
  }

  function toPayload(interaction: Interaction) {
    const { channel, message, reply } = interaction;
    const direct = channel.type === channelTypes.dm;
    return {
      id: interaction.id,
      application_id: desk.applicationId,
      type: 3,
      token: interaction.token,
      version: 1,
      data: { component_type: 2, custom_id: reply.customId, id: 2 },
      channel: toChannel(world, channel),
      channel_id: channel.id,
      message: toMessage(world, message, desk.form()),
      app_permissions: permissionsIn(world, channel),
      locale: reply.user.locale ?? 'en-US',
      entitlements: [],
      authorizing_integration_owners: { '0': direct ? '0' : world.guildId },
      context: direct ? 1 : 0,
      attachment_size_limit: 10_485_760,
      ...(direct
        ? { user: toUser(reply.user) }
        : {
            guild_id: world.guildId,
            guild: { id: world.guildId, locale: 'en-US', features: [] },
            guild_locale: 'en-US',
            member: { ...toMember(world, reply.user), permissions: '0' },
          }),
    };
  }

  function callback(call: Call): Answer {
    const interaction = open.get(call.params.token ?? '');
    if (
      interaction === undefined ||
      interaction.id !== call.params.interaction ||
      interaction.state === 'failed'
    ) {
      throw new Refusal(404, 10062, 'Unknown interaction');
    }
    if (interaction.state === 'answered')
      throw new Refusal(400, 40060, 'Interaction has already been acknowledged.');
    const { type } = call.body;
    const data = isFields(call.body.data) ? call.body.data : {};
    if (type !== 4 && type !== 5 && type !== 6 && type !== 7) {
      throw invalid('type', 'BASE_TYPE_CHOICES', 'Value must be one of {4, 5, 6, 7}.');
    }
    const ephemeral = (Number(data.flags ?? 0) & flags.ephemeral) !== 0;
    const seen = { type, ephemeral, content: undefined as string | undefined };
    if (type === 4) seen.content = say(interaction, data, ephemeral);
    if (type === 6 || type === 7) interaction.original = interaction.message;
    if (type === 7) editMessage(desk, interaction.channel, interaction.message, data);
    interaction.state = 'answered';
    settle(interaction, seen);
    if (call.query.get('with_response') !== 'true') return { status: 204 };
    return {
      status: 200,
      body: {
        interaction: { id: interaction.id, type: 3 },
        resource: {
          type,
          ...(interaction.original === undefined
            ? {}
            : { message: toMessage(world, interaction.original, desk.form()) }),
        },
      },
    };
  }

  /** Says it to the presser only, or to the channel; returns the words. */
  function say(interaction: Interaction, data: Fields, ephemeral: boolean): string {
    if (ephemeral) return parseMessage(data, 'create', 0).content;
    const message = postMessage(desk, interaction.channel, data, []);
    interaction.original ??= message;
    return message.content;
  }

  /** The token is good for 15 minutes and, before the callback, for nothing. */
  function byToken(call: Call): Interaction {
    const interaction = open.get(call.params.token ?? '');
    if (interaction === undefined || call.params.application !== desk.applicationId) {
      throw new Refusal(404, 10015, 'Unknown Webhook');
    }
    if (world.clock.now() - interaction.at > tokenMs) throw new Refusal(401, 50027, 'Invalid Webhook Token');
    if (interaction.state !== 'answered') throw new Refusal(404, 10015, 'Unknown Webhook');
    return interaction;
  }

  function followUp(call: Call): Answer {
    const interaction = byToken(call);
    const ephemeral = (Number(call.body.flags ?? 0) & flags.ephemeral) !== 0;
    interaction.reply.content = say(interaction, call.body, ephemeral);
    interaction.reply.ephemeral = ephemeral;
    world.changed();
    return { status: 200, body: toPrivate(interaction) };
  }

  function editOriginal(call: Call): Answer {
    const interaction = byToken(call);
    if (interaction.original !== undefined) {
      editMessage(desk, interaction.channel, interaction.original, call.body);
      return { status: 200, body: toMessage(world, interaction.original, desk.form()) };
    }
    interaction.reply.content = parseMessage(call.body, 'edit', 0).content;
    world.changed();
    return { status: 200, body: toPrivate(interaction) };
  }

  function readOriginal(call: Call): Answer {
    const interaction = byToken(call);
    if (interaction.original !== undefined) {
      return { status: 200, body: toMessage(world, interaction.original, desk.form()) };
    }
    if (interaction.reply.content === undefined) throw unknownMessage();
    return { status: 200, body: toPrivate(interaction) };
  }

  function removeOriginal(call: Call): Answer {
    const interaction = byToken(call);
    interaction.reply.content = undefined;
    world.changed();
    return { status: 204 };
  }

  /** A message that only the presser sees is in no channel's list. */
  function toPrivate(interaction: Interaction) {
    return {
      id: world.snowflake(),
      channel_id: interaction.channel.id,
      type: 20,
      author: toUser(world.bot),
      content: interaction.reply.content ?? '',
      flags: interaction.reply.ephemeral ? flags.ephemeral : 0,
      embeds: [],
      components: [],
      attachments: [],
      mentions: [],
      mention_roles: [],
      mention_everyone: false,
      pinned: false,
      tts: false,
      timestamp: new Date(world.clock.now()).toISOString(),
      edited_timestamp: null,
    };
  }

  const original = '/webhooks/:application/:token/messages/@original';
  const shared = { bucket: 'interaction', words: ['token'], open: true } as const;
  const routes: readonly Route[] = [
    { ...shared, method: 'POST', path: '/interactions/:interaction/:token/callback', handle: callback },
    { ...shared, method: 'POST', path: '/webhooks/:application/:token', handle: followUp },
    { ...shared, method: 'GET', path: original, handle: readOriginal },
    { ...shared, method: 'PATCH', path: original, handle: editOriginal },
    { ...shared, method: 'DELETE', path: original, handle: removeOriginal },
  ];
  return { press, replies, routes };
}
