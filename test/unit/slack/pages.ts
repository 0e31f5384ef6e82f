// Pages for the tests of the Slack adapter.

import type { Page, View } from '../../../src/platform.ts';

function aView(body: string, parts: Partial<View> = {}): View {
  return { body, opened: 0, closed: 0, cursor: false, ...parts };
}

export function aPage(
  text: string,
  parts: Partial<Omit<Page, 'view'>> & { view?: Partial<View> } = {},
): Page {
  const { view, ...rest } = parts;
  return { index: 0, text, state: 'writing', final: false, controls: [], ...rest, view: aView(text, view) };
}
