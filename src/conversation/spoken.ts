// Owns how one person's message reads in a prompt: under its speaker's name, and with nothing in it that could be taken for another's.
// Must not know threads, roles or budgets.

import type { Attachment, Person } from '../platform.ts';

/** No longer name is read in full. */
const NAME_MAX = 80;
/** Whatever a text editor or a terminal, and so perhaps a model, takes for the end of a line. */
const BREAK = /\r\n|[\n\r\v\f\u0085\u2028\u2029]/u;
/** How a line begins that could be another speaker's, or a line of ours: `Bob: …`, `[attached: …`, `[The reply above …`. */
const SPEAKER = /^[^\s>|`][^:：]{0,100}(?::(?=\s|$)|：)|^[:：]|^\[(?:attached|the|what|calls|sent)\b/iu;
/** Names that a prompt has for others than people. */
const ROLES = /^(?:system|assistant|user|developer|tool|function|human|ai|model|bot)(?![\p{L}\p{N}])/iu;

/** A name in one line, without the signs that end a name; one that reads like a role's is marked as a name. */
export function toName(person: Person): string {
  const flat = toOneLine(person.name).replace(/[:：]/gu, ' ').replace(/\[/gu, '(').replace(/\]/gu, ')');
  const name = toOneLine(flat).trim() || toOneLine(person.id);
  return ROLES.test(name) ? `@${name}` : name;
}

/** Empty where nothing was said. */
export function toSpoken(
  person: Person,
  text: string,
  direct: boolean,
  attachments: readonly Attachment[] = [],
): string {
  const names = attachments.map(({ name }) => `[attached: ${toOneLine(name)}]`);
  const words = text.trim() === '' ? [] : [direct ? text : inside(text)];
  const said = [...words, ...names].join('\n');
  return direct || said === '' ? said : `${toName(person)}: ${said}`;
}

/** A text whose further lines could be taken for what somebody else said has all of them moved to the right; else letter for letter. */
function inside(text: string): string {
  const [first = '', ...further] = text.split(BREAK);
  if (!further.some((line) => SPEAKER.test(line))) return text;
  return [first, ...further.map((line) => (line === '' ? '' : `  ${line}`))].join('\n');
}

function toOneLine(text: string): string {
  const flat = text
    .slice(0, 4 * NAME_MAX)
    .replace(/[\s\p{Cc}\p{Cf}\u2028\u2029]{1,400}/gu, ' ')
    .trim();
  return [...flat].slice(0, NAME_MAX).join('');
}
