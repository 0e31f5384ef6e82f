// Owns what of a person's message is the bot's mention, and what are their words. Must not know where it stands.

/** Chinese is written without spaces: only Latin letters before or behind make it another word. */
const MENTION = /(?<![\p{Script=Latin}\p{N}_@.])@rill(?![\p{Script=Latin}\p{N}_-]|\.\p{Script=Latin})/giu;

export function isMention(text: string): boolean {
  return text.search(MENTION) >= 0;
}

/** A person's words without the bot's mention. */
export function toWords(text: string): string {
  const said = text.replace(MENTION, '');
  let start = 0;
  while (start < said.length && /[\s,，:：]/u.test(said.charAt(start))) start += 1;
  return withSingleBlanks(said.slice(start)).trim();
}

/** Spaces and tabs that follow one another become one space. */
function withSingleBlanks(text: string): string {
  const isBlank = (at: number) => text.charAt(at) === ' ' || text.charAt(at) === '\t';
  let out = '';
  let done = 0;
  for (let at = 0; at < text.length; at += 1) {
    const from = at;
    while (isBlank(at)) at += 1;
    if (at - from < 2) continue;
    out += `${text.slice(done, from)} `;
    done = at;
  }
  return out + text.slice(done);
}
