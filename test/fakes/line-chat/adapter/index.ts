// Owns what the line chat offers to the program: its settings, its checks, its steps for whoever sets it up.
// Must not know how answers are written.

import type { Adapter } from '../../../../src/adapter.ts';
import { free, host, secret, type ValuesOf, wholeNumber } from '../../../../src/config/values.ts';

const settings = {
  LINE_CHAT_HOST: free(host, '127.0.0.1', 'Where the line chat listens.'),
  LINE_CHAT_PORT: free(wholeNumber(1, 65_535), '7000', 'The port at which it listens.'),
  LINE_CHAT_TOKEN: free(secret, 'line-0123456789abcdef', "The bot's token."),
};
type Name = keyof typeof settings;

export const adapter: Adapter = {
  name: 'line',
  title: 'the line chat',
  settings,
  tokens: [{ start: /\bline-[0-9a-f]{6}/g, letter: /[0-9a-f]/ }],
  setup: {
    needs: 'LINE_CHAT_HOST with LINE_CHAT_PORT and LINE_CHAT_TOKEN',
    why: 'Rill connects to the chat by itself.',
    how: ['Ask whoever runs the chat for a token, and set the three.'],
  },
  check(given) {
    const names = Object.keys(settings) as Name[];
    const [first] = names.filter((name) => given[name] !== undefined);
    if (first === undefined) return [];
    const problem = `is missing: ${first} is set, and is of no use without it`;
    return names.filter((name) => given[name] === undefined).map((variable) => ({ variable, problem }));
  },
  configure({
    LINE_CHAT_HOST: name,
    LINE_CHAT_PORT: port,
    LINE_CHAT_TOKEN: token,
  }: ValuesOf<typeof settings>) {
    if (name === undefined || port === undefined || token === undefined) return undefined;
    const options = { host: name, port, token };
    return {
      name: 'line',
      options,
      secrets: [token],
      async create({ clock, log }) {
        const { createLineChatPlatform } = await import('./platform.ts');
        return createLineChatPlatform({ ...options, clock, log });
      },
      exam: {
        async *examine({ clock }, signal) {
          const { examineLineChat } = await import('./doctor.ts');
          yield* examineLineChat({ ...options, clock }, signal);
        },
      },
    };
  },
};
