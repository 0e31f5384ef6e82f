// What a reader must see of a reply when all is over, whatever happened: the model of a reply that the property test compares with.

import { expect } from 'vitest';
import { say } from '../../src/notices.ts';
import type { Play } from './reader-bench.ts';
import type { Shown } from './reader-stage.ts';

export interface Seen {
  readonly replies: readonly Shown[];
  /** The asker was told something for their eyes only. */
  readonly whispered: boolean;
}

const { remnants } = say('en');

export function checkSeen(play: Play, { replies, whispered }: Seen): void {
  const last = play.reports.at(-1);
  const pages = replies.map((one) => ({
    ...{ ...one, text: `${one.text.length}: ${one.text.slice(0, 20)}`, raw: one.raw.slice(-200) },
  }));
  const about = JSON.stringify({ outcome: last?.outcome, code: last?.failure?.code, pages });
  const isUndelivered = last?.outcome === 'undelivered';
  const isDeleted = play.isTorn || last?.outcome === 'deleted';
  // What could not be taken away says that it counts for nothing, and holds none of its text.
  const standing = replies.filter(({ raw, text }) => text !== '' || !raw.includes(remnants.withdrawn));
  const isSaid = (words: string) => standing.some(({ raw, ended }) => ended && raw.includes(words));
  const isOld = ({ text }: Shown) => !play.arrived.includes(text);

  // Old text may stand where it could be neither taken away nor changed, and where the reader is told of that.
  const mayBeOld = canBeStuck(play) && (isSaid(remnants.left) || isUndelivered || isDeleted);
  const own = mayBeOld ? standing.filter((one) => !isOld(one) && (one.text !== '' || !one.open)) : standing;
  const mayBeOpen = canBeStuck(play) && (isSaid(remnants.open) || isUndelivered || isDeleted);
  expect(!mayBeOpen && own.some(({ open }) => open), `looks unfinished: ${about}`).toBe(false);
  const seen = own.map(({ text }) => text).join('');
  if (isUndelivered) {
    expect(play.arrived.startsWith(seen) || play.isTorn, `not the answer's beginning: ${about}`).toBe(true);
    expect(whispered, `nobody told the asker: ${about}`).toBe(true);
    return;
  }
  if (isDeleted) {
    for (const { text } of own) expect(play.arrived.includes(text), `not of the answer: ${about}`).toBe(true);
    return;
  }
  // A Retry takes the old text away as soon as it is pressed; one that is stopped before the model is asked has no other.
  const isUnasked = last?.outcome === 'stopped' && play.reports.length > play.rounds;
  const wanted = isUnasked && seen === '' ? '' : play.arrived;
  expect(seen.length, `lost or doubled: ${about}`).toBe(wanted.length);
  expect(seen === wanted, `another text: ${about}`).toBe(true);
  expect(own.at(-1)?.ended, `no word at the end: ${about}`).toBe(true);
}

/** Messages that were neither taken away nor changed when that was tried. */
function canBeStuck({ script: { faults } }: Play): boolean {
  const isNo = (op: 'edit' | 'discard') =>
    faults.some((one) => one.op === op && (one.fault === 'refused' || one.fault === 'forbidden'));
  return isNo('discard') && isNo('edit');
}
