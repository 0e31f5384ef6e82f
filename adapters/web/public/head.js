// Owns what stands around the logs: the names and topics in the heads, the hints of the composers, the demo's banner and examples.

import { make, setText } from './dom.js';
import { words } from './words.js';

const byId = (id) => document.getElementById(id);

/** @param composers `{channel, thread}` */
export function createHead(composers) {
  let shown;

  const drawDemo = ({ demo, chips }, isPrivate) => {
    const signature = JSON.stringify([demo, isPrivate, chips.length]);
    if (shown === signature) return;
    shown = signature;
    const banner = byId('demo');
    banner.hidden = !demo;
    banner.replaceChildren(
      make('b', { textContent: words.demoTitle }),
      ` ${words.demoText} `,
      make('code', { textContent: 'DEEPSEEK_API_KEY' }),
      ` ${words.demoEnd}`,
    );
    const toGroup = (title, group) => ({
      title,
      list: chips
        .filter((chip) => chip.group === group && chip.lang === words.lang)
        .map(({ label, text }) => [label, isPrivate ? text : `@Rill ${text}`]),
    });
    composers.channel.offer(demo ? [toGroup(words.try, 'try'), toGroup(words.fail, 'fail')] : []);
  };

  /** @param name the open channel's; `isPrivate`: direct messages are open */
  return (state, { name, isPrivate }) => {
    setText(byId('channel-name'), name.replace(/^#/, '# '));
    setText(byId('topic'), isPrivate ? words.directTopic : words.topic(state.demo ? null : state.model));
    composers.channel.label({
      hint: isPrivate ? words.writeDirect : words.writeIn(name),
      short: isPrivate ? words.writeDirect : words.writeInShort(name),
      mentions: !isPrivate,
    });
    composers.thread.label({ hint: words.writeReply, short: words.writeReplyShort, mentions: true });
    setText(byId('thread-place'), words.threadIn(name));
    drawDemo(state, isPrivate);
  };
}
