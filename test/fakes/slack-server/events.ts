// Owns which events the bot gets for what happens in the workspace, and their shapes.
// Must not know how they travel.

import type { Echo } from './content.ts';
import type { DeliveryDesk, Parcel } from './delivery.ts';
import { toApiMessage } from './reader.ts';
import type { Json } from './types.ts';
import type { Message, Workspace } from './workspace.ts';

export interface Announcer extends Echo {
  /** Tells the bot of a message; returns one promise an event. */
  announce(message: Message, extra?: Json): readonly Promise<boolean>[];
  /** Sends an event as it is. */
  send(event: Json): Promise<boolean>;
  isSubscribed(event: string): boolean;
  /** Tells the bot of a person's edit. `mentionedBefore`: the old text already named the bot. */
  edited(message: Message, mentionedBefore: boolean): void;
  mentionsBot(text: string): boolean;
}

/** docs.slack.dev/reference/events: message.channels, message.groups, message.im by the kind of the conversation. */
const kinds: Readonly<Record<string, { readonly event: string; readonly type: string }>> = {
  C: { event: 'message.channels', type: 'channel' },
  G: { event: 'message.groups', type: 'group' },
  D: { event: 'message.im', type: 'im' },
};

export function createAnnouncer(
  workspace: Workspace,
  desk: DeliveryDesk,
  events: readonly string[],
): Announcer {
  const subscribed = new Set(events);
  const { botUserId, teamId } = workspace;
  const mention = new RegExp(`<@${botUserId}(\\|[^>]*)?>`);

  function toParcel(event: Json): Parcel {
    const eventId = workspace.nextId('Ev');
    return {
      kind: 'events_api',
      type: String(event.type),
      eventId,
      body: {
        token: 'unused',
        team_id: teamId,
        api_app_id: 'A0FAKE',
        event,
        type: 'event_callback',
        event_id: eventId,
        event_time: Math.floor(workspace.clock.now() / 1000),
        authorizations: [
          {
            enterprise_id: null,
            team_id: teamId,
            user_id: botUserId,
            is_bot: true,
            is_enterprise_install: false,
          },
        ],
        is_ext_shared_channel: false,
        event_context: `context-${eventId}`,
      },
    };
  }

  function kindOf(channel: string): { readonly event: string; readonly type: string } {
    return kinds[channel.charAt(0)] ?? { event: 'message.channels', type: 'channel' };
  }

  function toEvent(message: Message): Json {
    const { subtype: _subtype, ...rest } = toApiMessage(message, teamId, true);
    return { ...rest, channel: message.channel, event_ts: message.ts };
  }

  /** A change of a message, as the `message` event with a subtype that carries it. */
  function tell(message: Message, event: Json): void {
    const kind = kindOf(message.channel);
    if (!subscribed.has(kind.event)) return;
    const ts = workspace.nextTs();
    const body = {
      type: 'message',
      channel: message.channel,
      channel_type: kind.type,
      ts,
      event_ts: ts,
      ...event,
    };
    void desk.send(toParcel(body));
  }

  const announcer: Announcer = {
    mentionsBot: (text) => mention.test(text),
    announce(message, extra = {}) {
      const kind = kindOf(message.channel);
      const own = toEvent(message);
      const parcels: Parcel[] = [];
      // docs.slack.dev/reference/events/app_mention: not sent in direct messages.
      const isMention = kind.type !== 'im' && announcer.mentionsBot(message.text) && !message.own;
      if (isMention && subscribed.has('app_mention') && message.subtype === undefined) {
        parcels.push(toParcel({ ...own, type: 'app_mention', ...extra }));
      }
      if (subscribed.has(kind.event)) {
        // docs.slack.dev/reference/events/message/file_share: messages with files carry this subtype, mentions do not.
        const subtype = message.subtype ?? (message.files.length > 0 ? 'file_share' : undefined);
        const typed = { ...own, channel_type: kind.type, ...(subtype === undefined ? {} : { subtype }) };
        parcels.push(toParcel({ ...typed, ...extra }));
      }
      message.events.push(...parcels.map((parcel) => parcel.eventId));
      return parcels.map((parcel) => desk.send(parcel));
    },
    send: (event) => desk.send(toParcel(event)),
    isSubscribed: (event) => subscribed.has(event),
    posted(message) {
      for (const sent of announcer.announce(message)) void sent;
    },
    changed(message) {
      const now = toApiMessage(message, teamId, true);
      tell(message, { subtype: 'message_changed', hidden: true, message: now, previous_message: now });
    },
    deleted(message) {
      tell(message, {
        subtype: 'message_deleted',
        hidden: true,
        deleted_ts: message.ts,
        previous_message: toApiMessage({ ...message, tombstone: false }, teamId, true),
      });
    },
    edited(message, mentionedBefore) {
      announcer.changed(message);
      // Assumed: an edit that adds the mention is told as a mention, with `edited`.
      const isMention = announcer.mentionsBot(message.text) && !mentionedBefore;
      if (!isMention || message.channel.startsWith('D') || !subscribed.has('app_mention')) return;
      const edit = { user: message.user, ts: workspace.nextTs() };
      void desk.send(toParcel({ ...toEvent(message), type: 'app_mention', edited: edit }));
    },
  };
  return announcer;
}
