// What the contracts of a platform write: pages, and how the writer writes them.

import type { Page, View, Written } from '../../src/platform.ts';
import type { PlannedSink } from '../fakes/planned-sink.ts';

export function toPage(
  text: string,
  over: Partial<Omit<Page, 'view'>> & { view?: Partial<View> } = {},
): Page {
  const { view, ...rest } = over;
  const looks = { body: text, opened: 0, closed: 0, cursor: false, ...view };
  return { index: 0, text, state: 'writing', final: false, controls: [], ...rest, view: looks };
}

/** As the writer does it: again while nothing stands. */
export async function post(sink: PlannedSink, page: Page): Promise<Written> {
  const written = await sink.post(page);
  return written.ref.id === '' ? post(sink, page) : settle(sink, page, written);
}

export async function settle(sink: PlannedSink, page: Page, written: Written): Promise<Written> {
  return written.again ? settle(sink, page, await sink.edit(written.ref, page)) : written;
}
