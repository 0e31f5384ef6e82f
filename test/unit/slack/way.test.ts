// Stream or edit, as a question of plain data: no Slack, no clock.

import { describe, expect, it } from 'vitest';
import { toLane, type WritingMethod } from '../../../adapters/slack/lanes.ts';
import { type Standing, toMethod } from '../../../adapters/slack/way.ts';
import type { LaneView } from '../../../src/platform.ts';
import { toTestMention } from '../../fakes/mention.ts';
import { aPage } from './pages.ts';

const mention = toTestMention('why?', '1.1');
const laneOf = (method: WritingMethod) => toLane(mention, method);
/** Which method a lane is for. */
const methodOf = (key: string): string => key.split(':')[2] ?? '';
const seen = (room: Record<string, number>, tau: Record<string, number>): LaneView => ({
  room: (lane) => room[methodOf(lane.key)] ?? 1,
  tau: (lane, extra = 0) => (tau[methodOf(lane.key)] ?? 0) * extra,
});
const streamsPay = seen({}, { 'chat.update': 1500, 'chat.appendStream': 400 });
const editsPay = seen({}, { 'chat.update': 200, 'chat.appendStream': 100 });
const noStart = seen({ 'chat.startStream': 0 }, { 'chat.update': 1500, 'chat.appendStream': 400 });
const noStop = seen({ 'chat.stopStream': 0 }, {});

const fresh: Standing = {
  ...{ mode: 'auto', mayStream: true, streaming: undefined, page: undefined, hasRest: true },
};
const growing = aPage('Hi');
const whole = aPage('Hi', { state: 'complete', final: true });

describe('how a page is posted', () => {
  it.each([
    ['as a stream, where that has the shorter gaps', fresh, growing, streamsPay, 'chat.startStream'],
    ['to be edited, where edits are quick', fresh, growing, editsPay, 'chat.postMessage'],
    ['to be edited, where no stream can start', fresh, growing, noStart, 'chat.postMessage'],
    ['to be edited, where it is whole', fresh, whole, streamsPay, 'chat.postMessage'],
    ['to be edited, where it has no text', fresh, aPage(''), streamsPay, 'chat.postMessage'],
    ['to be edited, in its plain form', fresh, aPage('Hi', { plain: true }), streamsPay, 'chat.postMessage'],
    [
      'to be edited, where Slack lets none stream',
      { ...fresh, mayStream: false },
      growing,
      streamsPay,
      'chat.postMessage',
    ],
    [
      'to be edited, once the reply is edited',
      { ...fresh, streaming: false },
      growing,
      streamsPay,
      'chat.postMessage',
    ],
    [
      'as a stream, once the reply streams',
      { ...fresh, streaming: true },
      growing,
      editsPay,
      'chat.startStream',
    ],
    ['as a stream, where all are to', { ...fresh, mode: 'stream' }, growing, noStart, 'chat.startStream'],
    ['to be edited, where all are to', { ...fresh, mode: 'edit' }, growing, streamsPay, 'chat.postMessage'],
  ] as const)('%s', (_what, standing, page, view, method) => {
    expect(toMethod('post', page, standing, view, laneOf)).toBe(method);
  });
});

describe('how a page is changed', () => {
  const open: Standing = { ...fresh, streaming: true, page: 'open' };
  it.each([
    ['by the way it would be posted, while it is not', fresh, growing, streamsPay, 'chat.appendStream'],
    ['by an edit, where it would be posted so', fresh, growing, noStart, 'chat.update'],
    [
      'by the way of its reply, while it is not posted',
      { ...fresh, streaming: true },
      growing,
      noStart,
      'chat.appendStream',
    ],
    ['by more of its stream', open, growing, noStop, 'chat.appendStream'],
    ['by the end of its stream', open, whole, streamsPay, 'chat.stopStream'],
    ['by its rest alone, where no stop is free', open, whole, noStop, 'chat.appendStream'],
    [
      'by the end of its stream, where nothing is left to say',
      { ...open, hasRest: false },
      whole,
      noStop,
      'chat.stopStream',
    ],
    [
      'by a stop first, where it may still stream',
      { ...open, page: 'closing' },
      growing,
      noStop,
      'chat.stopStream',
    ],
    ['by an edit, once its stream is over', { ...open, page: 'over' }, whole, streamsPay, 'chat.update'],
  ] as const)('%s', (_what, standing, page, view, method) => {
    expect(toMethod(page.final ? 'final' : 'edit', page, standing, view, laneOf)).toBe(method);
  });
});
