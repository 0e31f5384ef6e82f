// Events of forms that Slack would not send, by Socket Mode: none of them ends the process, and the bot hears what comes after.

import { expect, it } from 'vitest';
import { createWorld } from './world.ts';

const mention = { type: 'app_mention', channel: 'C1', user: 'U1', ts: '1.1', text: 'hi' };

it.each([
  ...[
    'x',
    5,
    [],
    {},
    { type: null },
    { type: 5 },
    { type: 'error' },
    { type: 'disconnected' },
    { type: 'close' },
  ],
  ...[
    { ...mention, text: null },
    { ...mention, text: 5 },
    { ...mention, channel: {} },
    { ...mention, user: [] },
  ],
  ...[
    { ...mention, ts: null },
    { ...mention, files: {} },
    { ...mention, files: [null] },
    { ...mention, blocks: 'x' },
  ],
  ...[
    { type: 'message' },
    { type: 'message', subtype: 'message_changed' },
    { type: 'message', message: 'x' },
  ],
  ...[{ type: 'message', subtype: 'message_deleted', previous_message: 5, channel: 'C1' }],
  ...[{ type: 'agent_session_stopped' }, { type: 'agent_session_stopped', channel: null, thread_ts: {} }],
])('the event %j', async (event) => {
  const world = await createWorld({ server: { retryDelaysMs: [] } });
  void world.slack.send(event as never).catch(() => undefined);
  await expect
    .poll(
      async () => {
        const said = await world.slack.say({
          channel: 'C2',
          user: 'U1',
          text: `<@${world.slack.botUserId}> alive?`,
        });
        return said.delivered;
      },
      { timeout: 15_000, interval: 200 },
    )
    .toBe(true);
  expect(world.mentions.at(-1)?.text).toBe('alive?');
});
