// Owns which cases share a program, and with which settings. Must not know what a case does.

import type { DiscordServerOptions } from '../fakes/discord-server/index.ts';
import type { SlackServerOptions } from '../fakes/slack-server/index.ts';
import type { Book } from './book.ts';
import { answers, atOnce } from './cases/answers.ts';
import { content, links } from './cases/content.ts';
import { continued, controls, deleted, overQuota, stoppedByWord } from './cases/controls.ts';
import { crowd, crowded, hurried, overRate } from './cases/crowd.ts';
import { damaged, welcomed } from './cases/damaged.ts';
import { ends, thoughtsFirst } from './cases/ends.ts';
import { breaking, failures, fields, impatient, patience, silences, unreachable } from './cases/failures.ts';
import { faults } from './cases/faults.ts';
import { input, unmarked } from './cases/input.ts';
import { chinese, manners } from './cases/manners.ts';
import { createAging, old } from './cases/old.ts';
import { permissions } from './cases/permissions.ts';
import { read } from './cases/read.ts';
import { refusals } from './cases/refusals.ts';
import { removals, removalsBesideCalls } from './cases/removals.ts';
import { eitherWay, manyStreams, streamedShutdown, streamFaults, streams } from './cases/streams.ts';
import type { Case } from './scene.ts';
import type { StageName } from './stage.ts';

export interface Group {
  readonly name: string;
  /** Beside the platforms' and the model's. `book` is the model that answers; where another address stands here, it is never asked. */
  readonly settings: (book: Book) => Readonly<Record<string, string>>;
  readonly cases: readonly Case[];
  /** The language that people have set on the platform, where it tells. */
  readonly locale?: string;
  /** The platforms on which it is played; by default Slack, either way, and Discord. */
  readonly only?: readonly StageName[];
  /** It is played on the playground as well, but for cases that need what that has not. */
  readonly playground?: boolean;
  readonly slack?: SlackServerOptions;
  readonly discord?: DiscordServerOptions;
}

/** Slack over HTTP and by Socket Mode exclude each other in one program; Discord goes with either. */
export const casts: readonly (readonly StageName[])[] = [
  ['slack socket', 'discord'],
  ['slack http'],
  ['playground'],
];

const many = { USER_RATE: '1000' };

const streamed = { ...many, SLACK_REPLY_MODE: 'stream' };

/** The cases' own names, told apart from those in which the reply is edited. */
const asStreamed = (cases: readonly Case[]): readonly Case[] =>
  cases.map((one) => ({ ...one, fault: `streamed: ${one.fault}` }));

/** By the platforms' clocks alone: the bot does not know how old its replies are. */
const aged = { slack: createAging(), discord: createAging() };
const SIX_HOURS_MS = 6 * 60 * 60_000;

/** The longest first, so that none of them is left over at the end. */
const groups: readonly Group[] = [
  { name: 'faults', settings: () => many, cases: faults },
  {
    name: 'many streams',
    settings: () => streamed,
    only: ['slack http'],
    slack: { events: ['app_mention', 'message.im'] },
    cases: [...asStreamed([atOnce]), ...manyStreams],
  },
  { name: 'manners', settings: () => chinese, cases: manners, locale: 'zh-CN' },
  { name: 'answers', settings: () => many, cases: answers, playground: true },
  { name: 'silences', settings: () => ({ ...many, ...impatient }), cases: silences },
  {
    name: 'streams',
    settings: () => streamed,
    only: ['slack socket', 'slack http'],
    cases: [
      ...streams,
      ...asStreamed([
        stoppedByWord,
        deleted,
        continued,
        breaking('model: the stream ends without an end', { fault: { kind: 'end' } }, 'broken-off'),
        // Slack has no way to switch previews off in a stream.
        ...content.filter((one) => one !== links),
      ]),
      streamedShutdown,
    ],
  },
  // How events come makes no difference to the calls of a stream: one of the two ways is enough.
  { name: 'stream faults', settings: () => streamed, only: ['slack socket'], cases: streamFaults },
  {
    name: 'streams beside edits',
    settings: () => ({ ...many, SLACK_REPLY_MODE: 'auto' }),
    only: ['slack socket'],
    cases: eitherWay,
  },
  {
    name: 'failures',
    settings: () => ({ ...many, MODEL_RETRY_BUDGET: '3s' }),
    cases: failures,
    playground: true,
  },
  {
    name: 'quota',
    settings: () => ({ ...many, DAILY_TOKENS: '30' }),
    only: ['slack http'],
    cases: overQuota,
  },
  { name: 'refusals', settings: () => many, cases: refusals },
  { name: 'permissions', settings: () => many, only: ['discord'], cases: permissions },
  { name: 'removals', settings: () => many, cases: [...removals, ...removalsBesideCalls] },
  { name: 'refused fields', settings: () => many, only: ['discord'], cases: fields },
  { name: 'patience', settings: () => many, cases: patience },
  { name: 'ends', settings: () => ({ ...many, MODEL_RETRY_BUDGET: '3s' }), cases: ends },
  {
    name: 'streamed ends',
    settings: () => streamed,
    only: ['slack socket'],
    cases: asStreamed([thoughtsFirst]),
  },
  {
    name: 'old on slack',
    settings: () => many,
    only: ['slack socket'],
    slack: { clock: aged.slack.clock, editWindowMs: SIX_HOURS_MS },
    cases: old(aged.slack),
  },
  {
    name: 'old on discord',
    settings: () => many,
    only: ['discord'],
    discord: { clock: aged.discord.clock },
    cases: old(aged.discord),
  },
  { name: 'damaged', settings: () => many, only: ['slack socket', 'discord'], cases: damaged },
  ...Object.entries({
    'an empty READY': () => ({}),
    'a READY that is null': () => null,
    'a READY of wrong types': () => ({
      ...{
        v: 'ten',
        user: [],
        guilds: 'none',
        session_id: 7,
        resume_gateway_url: 'not a url',
        application: 3,
      },
    }),
    'a READY that is a list': (data: object) => [data],
  }).map(
    ([name, ready]): Group => ({
      name,
      settings: () => many,
      only: ['discord'],
      discord: { ready },
      cases: [welcomed(name)],
    }),
  ),
  { name: 'controls', settings: () => many, cases: controls, playground: true },
  // A platform a program: they would share its queue.
  { name: 'crowd', settings: () => crowded, only: ['slack http'], cases: crowd },
  { name: 'crowd on discord', settings: () => crowded, only: ['discord'], cases: crowd },
  { name: 'rate', settings: () => hurried, only: ['slack http'], cases: overRate },
  { name: 'rate on discord', settings: () => hurried, only: ['discord'], cases: overRate },
  { name: 'content', settings: () => many, cases: content },
  { name: 'what is read', settings: () => many, cases: read },
  { name: 'input', settings: () => many, cases: input },
  {
    name: 'no metadata',
    settings: () => many,
    only: ['slack socket'],
    slack: { keepsMetadata: false },
    cases: [unmarked],
  },
  {
    name: 'no server',
    // Port 9 (discard) has no listener on any machine of today.
    settings: () => ({ ...many, ...impatient, DEEPSEEK_BASE_URL: 'http://127.0.0.1:9' }),
    cases: unreachable('model: no connection to its server', 'connect-failed'),
  },
  {
    name: 'no such name',
    // RFC 6761: `.invalid` never resolves.
    settings: () => ({ ...many, ...impatient, DEEPSEEK_BASE_URL: 'http://model.invalid' }),
    cases: unreachable('model: its name is not found', 'name-not-found'),
  },
  {
    name: 'no TLS',
    settings: (book) => ({
      ...many,
      ...impatient,
      DEEPSEEK_BASE_URL: book.server.url.replace('http:', 'https:'),
    }),
    cases: unreachable('model: TLS fails', 'tls-failed', { tls: 'no-tls' }),
  },
];

const isPlayedOn = ({ only, playground = false }: Group, name: StageName): boolean =>
  name === 'playground' ? playground : (only?.includes(name) ?? true);

interface Job {
  readonly group: Group;
  readonly stages: readonly StageName[];
}

/** Every group with each program's platforms. */
export const jobs: readonly Job[] = groups.flatMap((group) =>
  casts
    .map((cast) => ({ group, stages: cast.filter((name) => isPlayedOn(group, name)) }))
    .filter(({ stages }) => stages.length > 0),
);

/** Every group once: by the first program that plays it. */
export const briefly: readonly Job[] = jobs.filter(
  (job) => jobs.find(({ group }) => group === job.group) === job,
);
