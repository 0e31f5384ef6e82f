// Owns how much metadata a page of one reply is sent with, and what Slack's refusals teach about that.
// Must not know which call it goes with.

import type { MessageMetadata } from '@slack/web-api';
import type { Page } from '../../src/platform.ts';
import { slackErrorName } from './errors.ts';
import { toMetadata } from './format.ts';
import type { AdapterLog } from './socket.ts';

export interface MetadataLearnt {
  /** How many bytes of JSON the metadata of a message may have. */
  metadataBytes: number;
}

export interface PageMetadata {
  metadataOf(page: Page): { metadata?: MessageMetadata };
  /** Whether Slack has refused the metadata; the next call has less of it, or none. */
  learnsMetadata(error: unknown, page: Page): boolean;
}

export function createPageMetadata(options: {
  readonly turn: string;
  readonly learnt: MetadataLearnt;
  readonly log: AdapterLog;
}): PageMetadata {
  const { turn, learnt, log } = options;

  const metadataOf = (page: Page): { metadata?: MessageMetadata } => {
    const metadata = toMetadata(turn, page, learnt.metadataBytes);
    return metadata === undefined ? {} : { metadata };
  };

  const learnsMetadata = (error: unknown, page: Page): boolean => {
    const name = slackErrorName(error) ?? '';
    if (name !== 'metadata_too_large' && !name.startsWith('invalid_metadata')) return false;
    if (learnt.metadataBytes === 0) return false;
    const { metadata } = metadataOf(page);
    const sent = metadata === undefined ? 0 : Buffer.byteLength(JSON.stringify(metadata));
    const less = learnt.metadataBytes > 1 ? Math.max(1, Math.floor(sent / 2)) : 0;
    const bytes = name === 'metadata_too_large' ? less : 0;
    learnt.metadataBytes = bytes;
    log.info({ bytes }, 'Slack takes less metadata than was sent; the next call has less');
    return true;
  };

  return { metadataOf, learnsMetadata };
}
