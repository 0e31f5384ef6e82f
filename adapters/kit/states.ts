// Owns the list of how a page may stand, for adapters that read it back from what a platform keeps. Must not know how it is kept.

import type { PageState } from '../../src/platform.ts';

/** In an order that stays: a place in it may stand in messages. */
export const pageStates: readonly PageState[] = [
  'writing',
  'more',
  'complete',
  'length',
  'filtered',
  'stopped',
  'broken',
];
