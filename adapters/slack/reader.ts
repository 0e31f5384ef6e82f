// Owns how messages are read whole: what a person sees in them, with the names and files that Slack tells only when it is asked.
// Must not know events, threads, or what a prompt is.

import type { WebClient } from '@slack/web-api';
import type { Clock } from '../../src/clock.ts';
import type { Attachment } from '../../src/platform.ts';
import { type Content, type FoundFile, toContent } from './content.ts';
import { createLookup } from './lookup.ts';
import { createNames } from './names.ts';
import { isJson, type Json, toText } from './payload.ts';
import type { Identity, People, PersonInfo } from './people.ts';

export interface ReadMessage {
  readonly text: string;
  /** Those that can't be had are among them, without an address. */
  readonly attachments: readonly Attachment[];
}

export interface Reading {
  /** In the order of the messages given. */
  readonly messages: readonly ReadMessage[];
  /** Of everybody who was asked about or is named in the messages; the id where Slack does not tell. */
  person(id: string): PersonInfo;
}

export interface Reader {
  /** Never rejects: what Slack does not tell within 1.5 s, for all messages together, stays an id, or a file without an address. */
  read(messages: readonly object[], bot: Identity, people?: readonly string[]): Promise<Reading>;
  /** The same with what is remembered: nothing is asked for. */
  glance(messages: readonly object[], bot: Identity, people?: readonly string[]): Promise<Reading>;
}

/** files.info is tier 4: "100+ per minute" (docs.slack.dev/reference/methods/files.info). */
const FILES_PER_MINUTE = 100;

export function createReader(web: WebClient, people: People, clock: Clock): Reader {
  const names = createNames(web, people, clock);
  const files = createLookup(
    async (id: string): Promise<Json> => {
      const { file } = await web.files.info({ file: id });
      return (file ?? {}) as Json;
    },
    { clock, perMinute: FILES_PER_MINUTE },
  );

  const readBy =
    (how: 'all' | 'remembered') =>
    async (messages: readonly object[], bot: Identity, others: readonly string[] = []): Promise<Reading> => {
      const ids = new Set<string>(others);
      const read = (nameOf: (id: string) => string | undefined): Content[] =>
        messages.map((message) => toContent(message, { nameOf, bot: bot.user, isByApp: isByApp(message) }));
      // Once to learn whom and what to ask for, and once more with the answers.
      const found = read((id) => {
        ids.add(id);
        return undefined;
      }).flatMap((content) => content.files);
      const asked = new Set([...ids].filter(isPerson));
      const [persons, named, objects] = await Promise.all([
        how === 'all' ? people.persons(asked) : people.remembered(asked),
        names[how](ids),
        files[how](found.filter(isUnknown).map(({ id }) => id)),
      ]);
      return {
        messages: read((id) => persons.get(id)?.name ?? named.get(id)).map((content) => ({
          text: content.text,
          attachments: content.files.map((file) => toAttachment(file, objects.get(file.id))),
        })),
        person: (id) => persons.get(id) ?? { name: id },
      };
    };

  return { read: readBy('all'), glance: readBy('remembered') };
}

/** Ids of groups begin with S, of channels with C or G; of people, and of those who act like them, with U, W or B. */
function isPerson(id: string): boolean {
  return !/^[SCG]/.test(id);
}

/** Another app's message, or a workflow's. */
export function isByApp(message: object): boolean {
  const { bot_id: bot, subtype } = message as Json;
  return bot !== undefined || subtype === 'bot_message';
}

/** Slack says of deleted and hidden files that they are (docs.slack.dev, file object); asking again brings nothing. */
const GONE = ['tombstone', 'hidden_by_limit', 'external'];

/** Of files in channels that are shared with others Slack gives the id first (`file_access: check_file_info`). */
function isUnknown({ object }: FoundFile): boolean {
  return toText(object.url_private) === '' && toText(object.id) !== '' && !GONE.includes(toText(object.mode));
}

function toAttachment({ id, object }: FoundFile, told: Json | undefined): Attachment {
  const file: Json = isJson(told) ? { ...object, ...told } : object;
  const size = typeof file.size === 'number' && file.size > 0 ? file.size : 0;
  const type = toText(file.mimetype) || 'application/octet-stream';
  const mediaType = (type.split(';', 1)[0] ?? '').trim().toLowerCase();
  const charset = /;\s{0,9}charset="?([\w.:-]{1,40})/i.exec(type)?.[1]?.toLowerCase();
  const isVoice = file.subtype === 'slack_audio' || mediaType.startsWith('audio/');
  return {
    id,
    name: toText(file.name) || toText(file.title) || id,
    mediaType,
    ...(charset === undefined ? {} : { charset }),
    size,
    // What lies elsewhere is not fetched.
    url: GONE.includes(toText(object.mode)) ? '' : toText(file.url_private),
    ...(isVoice ? { voice: true } : {}),
  };
}
