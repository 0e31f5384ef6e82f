// Owns the seal: invisible characters in a message of the bot that say which part of it is the model's own text, so that
// history gives that text back letter for letter. Knows nothing of pages' looks, of REST or of the gateway.

import type { PageState } from '../../src/platform.ts';
import { pageStates } from '../kit/states.ts';
import { fromForm, toForm } from './forms.ts';

/** Stands around the seal (U+2063, invisible separator); never in a notice or footer. */
const EDGE = '\u2063';
/** Digits of the numbers within: function application, invisible times; invisible plus ends a number. */
const ZERO = '\u2061';
const ONE = '\u2062';
const END = '\u2064';
/** Word joiner: keeps whitespace at the start of a message from being trimmed. */
const LEAD = '\u2060';

/** The message begins with a word joiner that is not the body's. */
const FLAG_LEAD = 1;
/** The message holds no text of the model. */
const FLAG_BARE = 2;
/** The body stands there in the form that Discord shows. */
const FLAG_FORM = 4;

const SEAL = /\u2063([\u2061\u2062\u2064]{1,200})\u2063/gu;
/** Whatever some trimming function takes for space, and what could be taken for our own lead. */
const FRAIL_START = /^[\s\p{Cc}\p{Cf}\p{Zs}\u0085]/u;

export interface Sealed {
  readonly body: string;
  /** Characters at the start and at the end of `body` that are not the model's. */
  readonly opened: number;
  readonly closed: number;
  readonly page: number;
  readonly state: PageState;
  /** The most characters that a form of the body may have that Discord shows better. */
  readonly room: number;
}

export interface Unsealed {
  readonly text: string;
  readonly page?: number;
  readonly state?: PageState;
}

/**
 * The head of a message, up to and with the seal; what follows it is for readers only and must have gone through `toTail`.
 * A page with an empty body has its seal at the end of the message instead: `sealBare`.
 */
export function sealBody(sealed: Sealed): string {
  const body = toForm(sealed.body, Math.max(sealed.body.length, sealed.room));
  const lead = FRAIL_START.test(body) ? LEAD : '';
  // A closing fence takes nothing beside it on its line; anywhere else a space keeps the seal out of a link.
  const gap = endsInFence(body) ? '\n' : ' ';
  const flags = (lead === '' ? 0 : FLAG_LEAD) + (body === sealed.body ? 0 : FLAG_FORM);
  return `${lead}${body}${gap}${toSeal(sealed, flags)}`;
}

/** Whether nothing but the marks of a fence, and quotes before them, stands on the last line. */
function endsInFence(body: string): boolean {
  let at = body.lastIndexOf('\n') + 1;
  while (body.charAt(at) === ' ' || body.charAt(at) === '>') at += 1;
  const mark = body.charAt(at);
  const length = body.length - at;
  return length >= 3 && (mark === '`' || mark === '~') && body.slice(at) === mark.repeat(length);
}

/** For a message without any text of the model: it is read back as an empty text. */
export function sealBare(shown: string, page: number, state: PageState): string {
  return `${shown} ${toSeal({ opened: 0, closed: 0, page, state }, FLAG_BARE)}`;
}

/** A text that can stand outside the sealed body: it holds no seal of its own. */
export function toTail(text: string): string {
  return text.replaceAll(EDGE, '');
}

/** Undefined where the content carries no seal of ours. */
export function unseal(content: string): Unsealed | undefined {
  const last = [...content.matchAll(SEAL)].at(-1);
  const numbers = last?.[1] === undefined ? undefined : parseNumbers(last[1]);
  if (last === undefined || numbers === undefined) return undefined;
  const [flags, opened, closed, page, stateIndex] = numbers;
  const state = pageStates[stateIndex];
  if (state === undefined) return undefined;
  if ((flags & FLAG_BARE) !== 0) return { text: '', page, state };
  const shown = content.slice(flags & FLAG_LEAD, Math.max(0, last.index - 1));
  const body = (flags & FLAG_FORM) === 0 ? shown : fromForm(shown);
  return { text: body.slice(opened, Math.max(opened, body.length - closed)), page, state };
}

function toSeal(sealed: Omit<Sealed, 'body' | 'room'>, flags: number): string {
  const numbers = [flags, sealed.opened, sealed.closed, sealed.page, pageStates.indexOf(sealed.state)];
  return EDGE + numbers.map(toDigits).join('') + EDGE;
}

function toDigits(value: number): string {
  return value.toString(2).replaceAll('0', ZERO).replaceAll('1', ONE) + END;
}

function parseNumbers(digits: string): [number, number, number, number, number] | undefined {
  const numbers = digits
    .split(END)
    .slice(0, -1)
    .map((part) => Number.parseInt(part.replaceAll(ZERO, '0').replaceAll(ONE, '1'), 2));
  const [flags, opened, closed, page, state] = numbers;
  if (numbers.length !== 5 || numbers.some(Number.isNaN)) return undefined;
  if (flags === undefined || opened === undefined || closed === undefined) return undefined;
  if (page === undefined || state === undefined) return undefined;
  return [flags, opened, closed, page, state];
}
