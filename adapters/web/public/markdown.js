// Owns how markdown becomes a part of the page: read in bounded blocks, sanitised by DOMPurify, and only what has changed is made anew.
// Never throws, whatever the text: what cannot be shown as markdown is shown as it was written.

import { Marked } from '/vendor/marked.js';
import DOMPurify from '/vendor/purify.js';
import { highlight } from './highlight.js';
import { createReader } from './reader.js';
import { words } from './words.js';

const escapes = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const toEscaped = (text) => text.replace(/[&<>"']/g, (character) => escapes[character]);

const marked = new Marked({
  gfm: true,
  renderer: {
    /** Raw HTML is shown as it was written; a line break is the one tag that models mean. */
    html({ text }) {
      return /^<br ?\/?>$/i.test(text.trim()) ? '<br>' : toEscaped(text);
    },
    heading({ tokens, depth }) {
      const level = Math.min(6, depth + 2);
      return `<h${level}>${this.parser.parseInline(tokens)}</h${level}>`;
    },
    /** No picture is loaded: it would tell its host who reads. */
    image({ href, text }) {
      return `<a href="${toEscaped(href)}">${toEscaped(text || href)}</a>`;
    },
    checkbox({ checked }) {
      return checked ? '☑ ' : '☐ ';
    },
  },
});

const RULES = {
  ALLOWED_TAGS:
    'a b blockquote br code del em h3 h4 h5 h6 hr i li ol p pre s strong sub sup table tbody td th thead tr ul'.split(
      ' ',
    ),
  ALLOWED_ATTR: ['href', 'title', 'align', 'start', 'class'],
  ALLOWED_URI_REGEXP: /^(?:https?|mailto):/i,
  // These hold no address.
  ADD_URI_SAFE_ATTR: ['align', 'start'],
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
  RETURN_DOM_FRAGMENT: true,
};

DOMPurify.addHook('uponSanitizeAttribute', (node, attribute) => {
  if (attribute.attrName !== 'class') return;
  attribute.keepAttr = node.nodeName === 'CODE' && /^language-[\w+#.-]{1,30}$/.test(attribute.attrValue);
});

/** A fragment that is safe to show, whatever the text holds. */
export function toFragment(text) {
  const fragment = document.createDocumentFragment();
  for (const token of createReader(marked)(text).tokens) fragment.append(toShown(token));
  return fragment;
}

function toShown(token) {
  if (token.type !== 'as-written') {
    try {
      return finish(DOMPurify.sanitize(marked.parser([token]), RULES));
    } catch {
      // As it was written, then.
    }
  }
  const place = document.createElement('div');
  place.className = 'as-written';
  // Beside the text, not in it: what is copied is what was written.
  place.dataset.note = words.asWritten;
  place.textContent = token.raw;
  return place;
}

function finish(fragment) {
  for (const link of fragment.querySelectorAll('a')) {
    if (!link.hasAttribute('href')) continue;
    link.target = '_blank';
    link.rel = 'noopener noreferrer nofollow';
  }
  for (const pre of fragment.querySelectorAll('pre')) pre.replaceWith(toCode(pre));
  for (const table of fragment.querySelectorAll('table')) {
    const frame = document.createElement('div');
    frame.className = 'table';
    frame.tabIndex = 0;
    frame.setAttribute('role', 'region');
    frame.setAttribute('aria-label', words.table);
    table.replaceWith(frame);
    frame.append(table);
  }
  return fragment;
}

/** The code under its language and a button that copies it. */
function toCode(pre) {
  const code = pre.textContent;
  const language = /language-(\S{1,30})/.exec(pre.firstElementChild?.className ?? '')?.[1] ?? '';
  const frame = document.createElement('div');
  frame.className = 'code';
  const bar = document.createElement('div');
  bar.className = 'bar';
  const name = document.createElement('span');
  name.textContent = language || words.code;
  const copy = document.createElement('button');
  copy.type = 'button';
  copy.className = 'plain';
  copy.textContent = words.copy;
  copy.addEventListener('click', async () => {
    await navigator.clipboard?.writeText(frame.querySelector('code').textContent.replace(/\n$/, ''));
    copy.textContent = words.copied;
    setTimeout(() => {
      copy.textContent = words.copy;
    }, 1500);
  });
  bar.append(name, copy);
  const shown = document.createElement('pre');
  shown.tabIndex = 0;
  const inner = document.createElement('code');
  inner.append(highlight(code, language));
  shown.append(inner);
  frame.append(bar, shown);
  return frame;
}

/** Shows a growing text in `place`: blocks that stay the same keep their elements, and with them scroll and selection. */
export function createBody(place) {
  const read = createReader(marked);
  let known = { tokens: [], linked: '' };
  return (text) => {
    const { tokens, linked } = read(text);
    let same = 0;
    while (linked === known.linked && same < tokens.length && isSame(known.tokens[same], tokens[same]))
      same += 1;
    while (place.children.length > same) place.lastElementChild.remove();
    for (const token of tokens.slice(same)) {
      const element = document.createElement('div');
      element.className = 'block';
      element.append(toShown(token));
      place.append(element);
    }
    known = { tokens, linked };
  };
}

function isSame(before, now) {
  return before !== undefined && before.raw === now.raw && before.type === now.type;
}
