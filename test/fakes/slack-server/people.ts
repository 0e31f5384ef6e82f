// Owns what people do: speak, edit, press buttons, delete, stop a session. Must not know the API's methods.

import { removeMessage } from './chat.ts';
import type { MethodContext } from './content.ts';
import type { DeliveryDesk } from './delivery.ts';
import type { Announcer } from './events.ts';
import { toApiMessage, toButtons, toMessageFile } from './reader.ts';
import type { FakeFile, Json, Press, Said, Saying, SlackServer } from './types.ts';
import type { Message, StoredFile } from './workspace.ts';

type People = Pick<
  SlackServer,
  'addFile' | 'say' | 'edit' | 'press' | 'remove' | 'stopSession' | 'redeliver'
>;

const someone = 'U0ASKER';

export function createPeople(
  context: MethodContext,
  announcer: Announcer,
  desk: DeliveryDesk,
  /** `http://127.0.0.1:PORT`. */
  origin: () => string,
): People {
  const { workspace } = context;

  function store(file: FakeFile, user: string): StoredFile {
    const id = workspace.nextId('F');
    const bytes = Buffer.from(file.bytes);
    const address = `${origin()}/files-pri/${workspace.teamId}-${id}/${encodeURIComponent(file.name)}`;
    const stored: StoredFile = {
      id,
      bytes,
      asShown: file.asShown,
      object: {
        id,
        name: file.name,
        title: file.name,
        mimetype: file.mimetype,
        filetype: file.name.split('.').at(-1) ?? '',
        user,
        size: bytes.length,
        mode: 'hosted',
        is_external: false,
        url_private: address,
        url_private_download: address.replace('/files-pri/', '/files-pri/download/'),
        ...file.fields,
      },
    };
    workspace.files.set(id, stored);
    return stored;
  }

  function say(saying: Saying): Promise<Said> {
    const user = saying.user ?? someone;
    if (!workspace.users.has(user)) workspace.users.set(user, { name: user.toLowerCase() });
    const channel = workspace.openChannel(saying.channel);
    const root = saying.thread === undefined ? undefined : channel.messages.get(saying.thread);
    const message = workspace.put({
      channel: saying.channel,
      user,
      own: false,
      botId: saying.bot,
      subtype: saying.subtype,
      text: saying.text,
      thread: saying.thread,
      blocks: saying.blocks ?? [],
      attachments: saying.attachments ?? [],
      files: (saying.files ?? []).map((file) => store(file, user)),
    });
    const extra = {
      client_msg_id: `client-${message.ts}`,
      user_team: workspace.teamId,
      ...(root === undefined ? {} : { parent_user_id: root.user }),
    };
    const sent = saying.deliver === false ? [] : announcer.announce(message, extra);
    return Promise.resolve({
      ts: message.ts,
      eventIds: [...message.events],
      delivered: Promise.all(sent).then((all) => all.every(Boolean)),
    });
  }

  function found(channel: string, ts: string): Message {
    const message = workspace.find(channel, ts);
    if (!message) throw new Error(`There is no message ${ts} in ${channel}.`);
    return message;
  }

  function press(pressed: Press): Promise<boolean> {
    const { channel, ts } = pressed;
    const user = pressed.user ?? someone;
    if (!workspace.users.has(user)) workspace.users.set(user, { name: user.toLowerCase() });
    const message = workspace.find(channel, ts);
    const ephemeral = workspace.ephemerals.find((one) => one.channel === channel && one.ts === ts);
    const buttons = toButtons(message?.blocks ?? ephemeral?.blocks ?? []);
    const button = buttons.find(
      (one) =>
        (pressed.action_id === undefined || one.actionId === pressed.action_id) &&
        (pressed.label === undefined || one.label === pressed.label),
    );
    if (!button) {
      const there = buttons.map((one) => one.label).join(', ') || 'none';
      throw new Error(`There is no such button in message ${ts} of ${channel}. Buttons there: ${there}.`);
    }
    const actionTs = workspace.nextTs();
    const thread = message?.thread ?? ephemeral?.thread;
    const body: Json = {
      type: 'block_actions',
      user: { id: user, username: user.toLowerCase(), name: user.toLowerCase(), team_id: workspace.teamId },
      api_app_id: 'A0FAKE',
      token: 'unused',
      container: {
        type: 'message',
        message_ts: ts,
        channel_id: channel,
        is_ephemeral: message === undefined,
        ...(thread === undefined ? {} : { thread_ts: thread }),
      },
      trigger_id: `trigger-${actionTs}`,
      team: { id: workspace.teamId, domain: 'fake' },
      enterprise: null,
      is_enterprise_install: false,
      channel: { id: channel, name: workspace.channels.get(channel)?.name ?? channel },
      ...(message === undefined ? {} : { message: toApiMessage(message, workspace.teamId, true) }),
      state: { values: {} },
      response_url: `${origin()}/response/${channel}/${user}/${ts}`,
      actions: [
        {
          type: 'button',
          action_id: button.actionId,
          block_id: button.blockId || 'generated',
          text: { type: 'plain_text', text: button.label, emoji: true },
          value: button.value,
          ...(button.style === undefined ? {} : { style: button.style }),
          action_ts: actionTs,
        },
      ],
    };
    const eventId = workspace.nextId('Ia');
    return desk.send({ kind: 'interactive', type: 'block_actions', eventId, body });
  }

  return {
    addFile: (file) => toMessageFile(store(file, someone)),
    say,
    press,
    edit(channel, ts, text) {
      const message = found(channel, ts);
      const mentionedBefore = announcer.mentionsBot(message.text);
      message.text = text;
      message.edits += 1;
      workspace.changed('message', channel, ts);
      announcer.edited(message, mentionedBefore);
    },
    remove: (channel, ts) => removeMessage(context, found(channel, ts)),
    stopSession({ channel, thread, user = someone }) {
      const streams = [...(workspace.channels.get(channel)?.messages.values() ?? [])].filter(
        (message) => (message.thread ?? message.ts) === thread && message.stream?.state === 'open',
      );
      for (const message of streams) {
        if (message.stream) message.stream.state = 'stopped-by-user';
        workspace.changed('message', channel, message.ts);
      }
      if (!announcer.isSubscribed('agent_session_stopped')) return Promise.resolve(false);
      // docs.slack.dev/reference/events/agent_session_stopped.
      return announcer.send({
        type: 'agent_session_stopped',
        channel,
        user,
        thread_ts: thread,
        streaming_message_ts: streams.map((message) => message.ts),
        event_ts: workspace.nextTs(),
      });
    },
    async redeliver(channel, ts) {
      const sent = await Promise.all(found(channel, ts).events.map((eventId) => desk.again(eventId)));
      return sent.length > 0 && sent.every(Boolean);
    },
  };
}
