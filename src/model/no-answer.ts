// Owns what a body with status 200 is that is no answer: a web page, a proxy's sentence, bytes that are no text.
// Must not know protocols, nor what is done about it.

import { BotError } from '../errors.ts';
import { readMark } from './marks.ts';
import { describePage } from './words.ts';

/** What proxies say in plain words when the server behind them fails (Envoy: source/common/router/router.cc and config of Istio's gateways). */
const sentences = [
  'upstream connect error',
  'upstream request timeout',
  'upstream max stream duration reached',
  'no healthy upstream',
  'stream timeout',
  'fault filter abort',
];

/**
 * What they say in a body that holds nothing else: the reason phrases of HTTP, and the words of Cloudflare ("error code: 1020"), Envoy, Traefik,
 * Go's and Express' routers, ingress-nginx.
 */
const whole =
  /^(?:error code: \d{3,5}|RBAC: access denied|no available server|(?:[45]\d\d:? )?(?:page not found|bad gateway|bad request|forbidden|gateway time-?out|internal server error|method not allowed|not found|service (?:temporarily )?unavailable|too many requests|unauthorized)|default backend - 404|cannot (?:get|post) \/\S{0,100})[.!]?$/i;

/** Whether a whole body of plain text is a proxy's, or a router's. */
export function isProxyWords(body: string): boolean {
  return whole.test(body.trim());
}

/** An element, a comment, a declaration, or the beginning of a document in XML. */
const tag = /^<(?:!--|!doctype\b|!\[cdata\[|\?xml\b|\/?[a-z][\w:.-]*(?:\s|\/|>))/i;
const cutTag = /^<(?:[!?/][\w[-]{0,8}|[a-z][\w:.-]{0,40})?$/i;
// biome-ignore lint/suspicious/noControlCharactersInRegex: no text begins with these, but compressed bytes do.
const binary = /[\u0000-\u0008\u000e-\u001a\u001c-\u001f\ufffd]/;

/** What a body is, by its beginning without blank space before it; `cut`: more of it will tell. */
export type Beginning = 'page' | 'sentence' | 'binary' | 'words' | 'cut';

/** @param isAll this is all of the body */
export function lookAt(start: string, isAll: boolean): Beginning {
  const head = start.slice(0, 80);
  if (binary.test(head)) return 'binary';
  const mark = readMark(head, 0);
  if (mark === 'cut') return isAll ? 'words' : 'cut';
  if (mark !== undefined) return 'words';
  if (tag.test(head)) return 'page';
  if (cutTag.test(head)) return isAll ? 'words' : 'cut';
  const words = head.toLowerCase();
  if (sentences.some((sentence) => words.startsWith(sentence))) return 'sentence';
  return !isAll && sentences.some((sentence) => sentence.startsWith(words)) ? 'cut' : 'words';
}

/** What an operator is told of a body that is no answer. A page's title is for who asks by hand: it may be somebody's text. */
export function toNoAnswerError(body: string, beginning: Beginning, contentType: string): BotError {
  const plain =
    beginning === 'page' ? `The provider sent a web page of ${body.length} characters` : undefined;
  return new BotError('malformed-stream', describe(body, beginning, contentType), { where: 'model', plain });
}

/** Never its text, which may be somebody's. */
function describe(body: string, beginning: Beginning, contentType: string): string {
  if (beginning === 'page') {
    const hasName = /<(title|h1)\b/i.test(body);
    return `The provider sent ${hasName ? describePage(body) : `a web page of ${body.length} characters`}`;
  }
  if (beginning === 'sentence') {
    const words = body.toLowerCase();
    const known = sentences.find((sentence) => words.startsWith(sentence)) ?? words.slice(0, 60).trim();
    return `The provider sent a proxy's words: ${known}`;
  }
  const [type = ''] = /^[\w.+-]{1,40}\/[\w.+-]{1,40}/.exec(contentType) ?? [];
  const what = type === '' ? 'without a content type' : `of ${type}`;
  return `The provider sent ${body.length} characters ${what} that are no answer`;
}
