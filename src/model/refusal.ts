// Owns which field of a request a server refuses to be sent, as far as its words tell. Pure.
// Must not know what a provider was found to understand before, nor what is done about it.

/** Fields beyond the core of the protocol, which an answer can do without. The second name of the token limit is for who refuses the first. */
export const optionalFields = [
  'thinking',
  'stream_options',
  'user_id',
  'max_tokens',
  'max_completion_tokens',
] as const;
export type OptionalField = (typeof optionalFields)[number];

/** Behind these words stand the fields that would have been taken (serde: "unknown field `x`, expected one of …"). */
const otherFields =
  /expected one of|(?:supported|allowed|valid|permitted|known|accepted|available) (?:fields|parameters|arguments|properties|keys|values)\b|did you mean|use ['"`]?\w+['"`]? instead/i;

/** The field itself is not wanted, whatever its value. */
const unwanted =
  /unrecogni[sz]ed|unknown|un-?supported|(?:not|n't|cannot|can't)(?: \w+)? ?(?:be )?(?:support|permit|allow|accept|recogni|specif|exist|set\b|available)|unexpected|extra|additional propert|no such|cannot find|deprecated|removed|only (?:be )?(?:allowed|supported|valid)|unneeded|不支持|未知|不允许|不接受|无法识别|多余/i;
/** Its value is refused: without it there is none. Not for a limit, which somebody has set for a reason. */
const invalid = /invalid|illegal|not (?:a )?valid|must be|should be|validation|非法|无效|不合法/i;
/** A fault in the server's own code, met where it hands fields on unread. */
const unread = /unexpected keyword argument|unsupported_?params|extra_forbidden|unknown (?:field|parameter)/i;

/** The field that `words` refuse, of those that were `sent`; the first one where they name several. */
export function toRefusedField(
  words: string,
  status: number,
  sent: ReadonlySet<OptionalField>,
): OptionalField | undefined {
  if (status >= 500 && !unread.test(words)) return undefined;
  const end = words.search(otherFields);
  const said = end > 0 ? words.slice(0, end) : words;
  const named = [...sent].flatMap((field) => {
    const isLimit = field === 'max_tokens' || field === 'max_completion_tokens';
    // What a server names beside its words (`param`, `loc`) stands before them, and needs none that say more.
    if (!isLimit && (status === 400 || status === 422) && isNamedApart(field, words))
      return [{ field, at: 0 }];
    if (!unwanted.test(words) && (isLimit || !invalid.test(words))) return [];
    const at = positionOf(field, said);
    return at < 0 ? [] : [{ field, at }];
  });
  return named.sort((a, b) => a.at - b.at)[0]?.field;
}

/** Right at the beginning, or behind the one sentence of ours that says who answered. */
function isNamedApart(field: OptionalField, words: string): boolean {
  const at = words.indexOf(field);
  if (at < 0 || !/^(?:[^:]{0,60}: )?$/.test(words.slice(0, at))) return false;
  return /^(?:\.\w{1,40}){0,3}: /.test(words.slice(at + field.length, at + field.length + 130));
}

const positionPatterns = new Map(optionalFields.map((field) => [field, toPattern(field)]));

function positionOf(field: OptionalField, words: string): number {
  return words.search(positionPatterns.get(field) ?? /$^/);
}

/**
 * A name with an underscore is nothing else. `thinking` is also a word of people, whose question a server may repeat: it counts in
 * quotes, as a path, and beside words that speak of fields or of what is supported.
 */
function toPattern(field: OptionalField): RegExp {
  if (field !== 'thinking') return new RegExp(`(?<![\\w-])${field}(?![\\w-])`);
  const quoted = '["\'`‘“(\\[]thinking(?:\\.\\w{1,40}){0,3}["\'`’”)\\]]';
  const path = '(?:^|[;,:] |\\bbody\\.)thinking(?:\\.\\w{1,40}){0,3}:';
  const before =
    '(?:arguments?|parameters?|fields?|propert(?:y|ies)|keys?|names?|options?|supplied|support(?:s|ed)?|参数|字段|支持)[\\s:：=]{0,3}thinking\\b';
  const after =
    '\\bthinking(?: (?:parameter|field|argument|option|mode))?\\s?(?:(?:is|are|was|were) (?:not|un|invalid|extra|only)|不支持|无效|非法)';
  return new RegExp([quoted, path, before, after].join('|'), 'i');
}
