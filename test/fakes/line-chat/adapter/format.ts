// Owns how a page looks as a message of the chat, and the way back to the model's text. Pure.
// The text begins with the page's body; what of it is the model's stands as numbers in the note, which only the bot gets back.

import { pageStates } from '../../../../adapters/kit/states.ts';
import { toExcerpt } from '../../../../adapters/kit/text.ts';
import type { ControlButton, Page, PageState } from '../../../../src/platform.ts';

/** The chat takes 4000 characters: this is left once the longest notice, the small line and two commands stand below. */
export const BODY_MAX = 1_700;
const NOTICE_MAX = 1_600;
const FOOTER_MAX = 320;

export interface Form {
  readonly text: string;
  readonly note: string;
}

export function toForm({ index, view, state, controls }: Page): Form {
  const { body, opened, closed, cursor, notice, footer } = view;
  const below = [
    notice === undefined ? '' : `(${toExcerpt(notice, NOTICE_MAX)})`,
    footer === undefined ? '' : toExcerpt(footer, FOOTER_MAX),
    ...controls.map(toCommandLine),
  ].filter((line) => line !== '');
  const note = [index, pageStates.indexOf(state), opened, body.length - closed];
  return {
    text: [`${body}${cursor ? ' ▌' : ''}`, ...below].filter((part) => part !== '').join('\n\n'),
    note: JSON.stringify(note),
  };
}

/** The chat has no buttons: what is pressed elsewhere is typed here. */
function toCommandLine({ action, turn, label }: ControlButton): string {
  return `[${label}: /${action} ${turn}]`;
}

/** Undefined for what is no page. */
export function fromForm({
  text,
  note,
}: Form): { readonly text: string; readonly page: number; readonly state: PageState } | undefined {
  const [page, at, from, to] =
    /^\[(\d{1,9}),(\d),(\d{1,9}),(\d{1,9})\]$/.exec(note)?.slice(1).map(Number) ?? [];
  const state = pageStates[at ?? -1];
  if (page === undefined || state === undefined) return undefined;
  return { text: text.slice(from, to), page, state };
}
