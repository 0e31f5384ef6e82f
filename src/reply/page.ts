// Owns what one page of a reply shows: the cut of the draft, and around it the cursor, notice, small line and buttons. Pure.

import type { PageCut } from '../pages/paginate.ts';
import type { ControlAction, Page, View } from '../platform.ts';
import type { Draft } from './draft.ts';
import type { Ending } from './ending.ts';

export interface PageSource {
  readonly index: number;
  /** Undefined for a page without text: a placeholder, or an ending that had to go on a page of its own. */
  readonly cut: PageCut | undefined;
  /** The page that is being written, and that takes the ending. */
  readonly isLast: boolean;
  readonly draft: Draft;
  readonly ending: Ending | undefined;
  /** What stands in place of text while there is none. */
  readonly placeholder: string | undefined;
  /** The platform folds the model's reasoning away above the text. */
  readonly showsReasoning: boolean;
  /** What stands below the text while a broken stream is being continued. */
  readonly interrupted: string;
  readonly turn: string;
  readonly labels: Readonly<Record<ControlAction, string>>;
  /** The platform has refused the page in full. */
  readonly plain?: boolean;
}

export function toPage(source: PageSource): Page {
  const { index, cut, draft, turn, labels } = source;
  const text = cut ? draft.text.slice(cut.start, cut.end) : '';
  const writing = source.isLast && source.ending === undefined;
  const ending = source.isLast ? source.ending : undefined;
  const actions: readonly ControlAction[] = writing ? ['stop'] : (ending?.controls ?? []);
  return {
    index,
    text,
    view: {
      body: cut?.body ?? '',
      opened: cut?.opened ?? 0,
      closed: cut?.closed ?? 0,
      cursor: writing && text.trim() !== '',
      ...(writing ? toInterim(source, text) : {}),
      ...(ending?.notice ? { notice: ending.notice, tone: ending.tone ?? 'info' } : {}),
      ...(ending && !(ending.quiet && text.trim() !== '') ? { footer: ending.footer } : {}),
      ...(index === 0 && source.showsReasoning ? toReasoning(source) : {}),
    },
    state: writing ? 'writing' : (ending?.state ?? 'more'),
    final: !writing,
    controls: actions.map((action) => ({ action, turn, label: labels[action] })),
    ...(ending?.retryAt === undefined ? {} : { retryAt: ending.retryAt }),
    ...(source.plain === true ? { plain: true } : {}),
  };
}

/** Two pages with the same signature look the same to a reader. */
export function toSignature({ view, state, controls, plain }: Page): string {
  const reasoning = view.reasoning && [view.reasoning.text.length, view.reasoning.done];
  const buttons = controls.map((button) => [button.action, button.turn]);
  return JSON.stringify([view.body, view.cursor, view.notice, view.footer, reasoning, state, buttons, plain]);
}

/** A page that would show nothing at all is not worth a message. */
export function isReadable(page: Page): boolean {
  const { notice, reasoning } = page.view;
  return page.final || page.text.trim() !== '' || notice !== undefined || reasoning !== undefined;
}

/** Whether the page has thoughts to show before it has text. */
export function showsThoughts({
  draft,
  showsReasoning,
}: Pick<PageSource, 'draft' | 'showsReasoning'>): boolean {
  return showsReasoning && draft.reasoning !== '';
}

/** What is said below a page that is being written: instead of text, or while it is not going on. */
function toInterim(source: PageSource, text: string): Partial<View> {
  const notice = toInterimNotice(source, text.trim() !== '');
  return notice === undefined ? {} : { notice, tone: 'info' };
}

function toInterimNotice(source: PageSource, hasText: boolean): string | undefined {
  const { kind } = source.draft.phase;
  if (hasText && kind === 'interrupted') return source.interrupted;
  // Thoughts that grow say themselves that it is thinking.
  if (!hasText && kind === 'thinking' && source.index === 0 && showsThoughts(source)) return undefined;
  // An answer that is gone on with, and has to wait, has text that does not grow.
  const waits = kind === 'queued-here' || kind === 'queued-in-thread';
  return !hasText || waits ? source.placeholder : undefined;
}

function toReasoning({ draft, ending }: PageSource): Partial<View> {
  if (draft.reasoning === '') return {};
  const done = draft.text !== '' || ending !== undefined;
  return { reasoning: { text: draft.reasoning, ms: draft.reasoningMs, done } };
}
