// A fake Slack with the adapter connected to it, for the tests of the Slack adapter.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { createSlackPlatform, type SlackOptions } from '../../../adapters/slack/platform.ts';
import { systemClock } from '../../../src/clock.ts';
import type { Control, Mention, Platform, PlatformEvents } from '../../../src/platform.ts';
import {
  createSlackServer,
  type SlackServer,
  type SlackServerOptions,
} from '../../fakes/slack-server/index.ts';

export interface World {
  readonly slack: SlackServer;
  readonly platform: Platform;
  readonly mentions: Mention[];
  readonly controls: Control[];
  /** What the adapter wrote to the log. */
  readonly log: string[];
  /** Where events are posted to in HTTP mode, else empty. */
  readonly eventsUrl: string;
  /** Resolves with the first truthy value of `predicate`, asked at every mention, control, log line and change of the server. */
  when<T>(predicate: () => T): Promise<NonNullable<T>>;
}

export interface WorldOptions {
  readonly server?: SlackServerOptions;
  readonly adapter?: Partial<SlackOptions>;
  readonly events?: Partial<PlatformEvents>;
  /** Events by HTTP instead of a socket. */
  readonly http?: boolean;
  /** False for a process in which the platform is never started. */
  readonly start?: boolean;
}

export async function createWorld(options: WorldOptions = {}): Promise<World> {
  const slack = await createSlackServer({
    users: { U1: { name: 'Ada', locale: 'en-GB' } },
    ...options.server,
  });
  const mentions: Mention[] = [];
  const controls: Control[] = [];
  const log: string[] = [];
  const watchers = new Set<() => void>();
  const changed = () => {
    for (const watcher of watchers) watcher();
  };
  slack.watch(changed);
  const write = (details: object, text: string) => {
    log.push(`${text} ${JSON.stringify(details)}`);
    changed();
  };
  const platform = createSlackPlatform({
    botToken: slack.botToken,
    apiUrl: slack.url,
    clock: systemClock,
    log: { info: write, warn: write },
    ...(options.http ? { signingSecret: slack.signingSecret } : { appToken: slack.appToken }),
    ...options.adapter,
  });
  onTestFinished(async () => {
    await platform.stop();
    await slack.close();
  });
  const eventsUrl = options.http ? await serve(platform) : '';
  if (options.http) slack.deliverTo(eventsUrl);
  if (options.start !== false) {
    const { onMention, onControl, isRefused } = options.events ?? {};
    await platform.start({
      async onMention(mention) {
        mentions.push(mention);
        changed();
        await onMention?.(mention);
      },
      async onControl(control) {
        controls.push(control);
        changed();
        return onControl?.(control);
      },
      onLimit: () => undefined,
      ...(isRefused ? { isRefused } : {}),
    });
  }
  const when = <T>(predicate: () => T) =>
    new Promise<NonNullable<T>>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`never true: ${predicate}\n${log.join('\n')}`)), 10_000);
      const look = () => {
        const value = predicate();
        if (!value) return;
        watchers.delete(look);
        clearTimeout(late);
        resolve(value);
      };
      watchers.add(look);
      look();
    });
  return { slack, platform, mentions, controls, log, eventsUrl, when };
}

async function serve(platform: Platform): Promise<string> {
  const server = createServer((request, response) => platform.http?.listener(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/slack/events`;
}

/** Somebody asks, and the adapter has told of it. */
export async function ask(world: World, text = 'hello', channel = 'C1', thread?: string): Promise<Mention> {
  const before = world.mentions.length;
  const where = thread === undefined ? {} : { thread };
  await world.slack.say({ channel, user: 'U1', text: `<@${world.slack.botUserId}> ${text}`, ...where });
  return world.when(() => world.mentions[before]);
}
