// What a reader must see of a reply when all is over, whatever happened: the model of a reply that the property test compares with.

import { expect } from 'vitest';
import type { Play } from './reader-bench.ts';
import type { Shown } from './reader-stage.ts';

export interface Seen {
  readonly replies: readonly Shown[];
  /** The asker was told something for their eyes only. */
  readonly whispered: boolean;
}

export function checkSeen(play: Play, { replies, whispered }: Seen): void {
  const last = play.reports.at(-1);
  const pages = replies.map((one) => ({ ...one, text: `${one.text.length}: ${one.text.slice(0, 20)}` }));
  const about = JSON.stringify({ outcome: last?.outcome, code: last?.failure?.code, pages });
  expect(
    replies.some(({ open }) => open),
    `looks unfinished: ${about}`,
  ).toBe(false);
  const seen = replies.map(({ text }) => text).join('');
  if (last?.outcome === 'undelivered') {
    expect(play.arrived.startsWith(seen) || play.isTorn, `not the answer's beginning: ${about}`).toBe(true);
    expect(whispered, `nobody told the asker: ${about}`).toBe(true);
    return;
  }
  if (play.isTorn || last?.outcome === 'deleted') {
    for (const { text } of replies)
      expect(play.arrived.includes(text), `not of the answer: ${about}`).toBe(true);
    return;
  }
  expect(seen.length, `lost or doubled: ${about}`).toBe(play.arrived.length);
  expect(seen === play.arrived, `another text: ${about}`).toBe(true);
  expect(replies.at(-1)?.ended, `no word at the end: ${about}`).toBe(true);
}
