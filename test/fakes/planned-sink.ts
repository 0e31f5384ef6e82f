// A sink as the writer uses it: asked for the plan of each call, and given it back.

import type { Lane, LaneView, Page, PageRef, ReplySink, Written } from '../../src/platform.ts';

export interface PlannedSink extends Omit<ReplySink, 'post' | 'edit'> {
  lane(op: 'post' | 'edit' | 'final', page?: Page): Lane;
  post(page: Page): Promise<Written>;
  edit(ref: PageRef, page: Page): Promise<Written>;
}

export const freeLanes: LaneView = { room: () => 5, tau: () => 250 };

export function toPlanned(sink: ReplySink, view: LaneView = freeLanes): PlannedSink {
  // Not a copy: some of what a sink says of itself changes.
  return Object.assign(Object.create(sink), {
    lane: (op: 'post' | 'edit' | 'final', page?: Page) => sink.plan(op, page, view).lane,
    post: (page: Page) => sink.post(page, sink.plan('post', page, view).how),
    edit: (ref: PageRef, page: Page) =>
      sink.edit(ref, page, sink.plan(page.final ? 'final' : 'edit', page, view).how),
  });
}
