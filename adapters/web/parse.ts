// Owns the shapes that browsers send. All of it is untrusted.

import type { ControlAction } from '../../src/platform.ts';
import { fieldsOf } from '../kit/fields.ts';
import { FILES_PER_MESSAGE } from './files.ts';

/** Characters of one question: a long log fits, a book does not. */
const TEXT_MAX = 8_000;

const ID = /^[\w-]{1,80}$/;
const ACTIONS: readonly unknown[] = ['stop', 'retry', 'continue'] satisfies ControlAction[];

export interface Posted {
  readonly channel: string;
  /** Undefined: a new message of the channel. */
  readonly thread: string | undefined;
  /** May be empty where there are files. */
  readonly text: string;
  /** Ids of files that were uploaded before. */
  readonly files: readonly string[];
  /** Made up by the browser: the same message has the same, however often it is sent. */
  readonly key: string | undefined;
}

export interface Edited {
  readonly message: string;
  /** May be empty where the message has files. */
  readonly text: string;
}

export interface Pressed {
  readonly action: ControlAction;
  readonly turn: string;
  readonly channel: string;
}

export function parsePosted(body: unknown): Posted | undefined {
  const { channel, thread, text, key, files = [] } = fieldsOf(body);
  if (typeof channel !== 'string') return undefined;
  if (thread !== undefined && !isId(thread)) return undefined;
  if (key !== undefined && !isId(key)) return undefined;
  if (!Array.isArray(files) || files.length > FILES_PER_MESSAGE || !files.every(isId)) return undefined;
  const clean = parseText(text);
  if (clean === undefined || (clean === '' && files.length === 0)) return undefined;
  return { channel, thread, text: clean, files, key };
}

export function parseEdited(body: unknown): Edited | undefined {
  const { message, text } = fieldsOf(body);
  const clean = parseText(text);
  return isId(message) && clean !== undefined ? { message, text: clean } : undefined;
}

function parseText(text: unknown): string | undefined {
  if (typeof text !== 'string') return undefined;
  const clean = text.replace(/\r\n?/g, '\n').replace(/[^\P{Cc}\n\t]/gu, '');
  return clean.length > TEXT_MAX ? undefined : clean.trim();
}

export function parsePressed(body: unknown): Pressed | undefined {
  const { action, turn, channel } = fieldsOf(body);
  if (!ACTIONS.includes(action) || !isId(turn) || typeof channel !== 'string') return undefined;
  return { action: action as ControlAction, turn, channel };
}

export function parseField(body: unknown, name: string): string | undefined {
  const value = fieldsOf(body)[name];
  return typeof value === 'string' ? value : undefined;
}

/** The first language of an Accept-Language header. */
export function parseLocale(header: string | undefined): string | undefined {
  return /^ {0,4}([a-z]{2,3}(?:-[a-z0-9]{2,8}){0,4})/i.exec(header ?? '')?.[1];
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && ID.test(value);
}
