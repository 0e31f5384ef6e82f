// Owns how markdown becomes a part of the page: read in bounded blocks, sanitised by DOMPurify, and only what has changed is touched.
// Never throws, whatever the text: what cannot be shown as markdown is shown as it was written.

import { Marked } from '/vendor/marked.js';
import DOMPurify from '/vendor/purify.js';
import { frame, watchSides } from './frames.js';
import { patchChildren } from './patch.js';
import { createReader } from './reader.js';
import { breakRuns } from './runs.js';
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
      return `<i class="box${checked ? ' on' : ''}"></i> `;
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

/** The classes that an element may bring along: the language of code, and the box of a task. */
const CLASSES = { CODE: /^language-[\w+#.-]{1,30}$/, I: /^box(?: on)?$/ };

DOMPurify.addHook('uponSanitizeAttribute', (node, attribute) => {
  if (attribute.attrName !== 'class') return;
  attribute.keepAttr = CLASSES[node.nodeName]?.test(attribute.attrValue) === true;
});

/** A fragment that is safe to show, whatever the text holds. */
export function toFragment(text) {
  const fragment = document.createDocumentFragment();
  for (const token of createReader(marked)(text).tokens) fragment.append(toShown(token));
  return fragment;
}

/** `grows`: it is being written, and more of it may come. */
function toShown(token, grows = false) {
  const shown = toLaidOut(token, grows);
  breakRuns(shown);
  return shown;
}

function toLaidOut(token, grows) {
  if (token.type !== 'as-written') {
    try {
      const html = marked.parser([token]);
      return finish(DOMPurify.sanitize(html, RULES), html, grows);
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

/** Only what stands in `html` is looked for: most blocks are plain paragraphs. */
function finish(fragment, html, grows) {
  const find = (selector, sign) => (html.includes(sign) ? fragment.querySelectorAll(selector) : []);
  for (const link of find('a', '<a ')) {
    if (!link.hasAttribute('href')) continue;
    link.target = '_blank';
    link.rel = 'noopener noreferrer nofollow';
  }
  for (const box of find('i.box', '<i class')) {
    box.setAttribute('role', 'img');
    box.setAttribute('aria-label', box.classList.contains('on') ? words.checked : words.unchecked);
  }
  if (html.includes('<pre') || html.includes('<table')) frame(fragment, grows);
  return fragment;
}

/**
 * Shows a growing text in `place`. What has not changed keeps its elements, and with them scroll, focus and selection; what has is
 * changed in place.
 * @returns (text, grows) `grows`: it is being written
 */
export function createBody(place) {
  const read = createReader(marked);
  const watch = watchSides(place);
  let known = { tokens: [], linked: '' };
  return (text, grows = false) => {
    const { tokens, linked } = read(text);
    const isKept = (token, index) => linked === known.linked && isSame(known.tokens[index], token);
    while (place.children.length > tokens.length) place.lastElementChild.remove();
    for (const [index, token] of tokens.entries()) {
      if (isKept(token, index)) continue;
      let element = place.children[index];
      if (element === undefined) {
        element = document.createElement('div');
        element.className = 'block';
        place.append(element);
      }
      become(element, () => toShown(token, grows));
      if (token.type !== 'paragraph') watch(element);
    }
    known = { tokens, linked };
  };
}

function become(element, toWanted) {
  const wanted = document.createDocumentFragment();
  wanted.append(toWanted());
  try {
    patchChildren(element, wanted);
  } catch {
    // Nested too deep to be gone through: made anew, then.
    element.replaceChildren(toWanted());
  }
}

function isSame(before, now) {
  return before !== undefined && before.raw === now.raw && before.type === now.type;
}
