// Owns the model's thoughts above an answer: folded away, to be opened at any time, and read while they come.

import { make, setText } from './dom.js';
import { words } from './words.js';

export function createThoughts() {
  const said = make('span');
  const summary = make('summary', {}, said);
  const thought = make('div', { className: 'thought' });
  const element = make('details', { hidden: true }, summary, thought);
  const shown = new Text('');
  thought.append(shown);
  let cancel;

  return {
    element,
    /** Where it says what goes on; undefined where nothing has been thought. */
    place: () => (element.hidden ? undefined : summary),
    /** @param reasoning `{text, ms, done}`, or null; `isGoing`: the answer is being written */
    show(reasoning, isGoing) {
      clearInterval(cancel);
      element.hidden = !reasoning;
      if (!reasoning) return;
      const begun = performance.now();
      const isThinking = !reasoning.done && isGoing;
      const count = () => {
        const ms = reasoning.ms + (isThinking ? performance.now() - begun : 0);
        const seconds = Math.max(1, Math.round(ms / 1000));
        setText(said, isThinking ? words.thinkingFor(seconds) : words.thoughtFor(seconds));
      };
      count();
      const again = () => (element.isConnected ? count() : clearInterval(cancel));
      if (isThinking) cancel = setInterval(again, 500);
      grow(shown, reasoning.text);
    },
  };
}

/** What was chosen in the text stays chosen. */
function grow(node, text) {
  if (text.startsWith(node.data)) node.appendData(text.slice(node.data.length));
  else node.data = text;
}
