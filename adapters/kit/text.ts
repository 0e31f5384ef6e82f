// Owns how text is cut and repaired so that any platform can be sent it. Must not know any platform.

/** Half a character, which some models send, cannot be sent as UTF-8: it becomes U+FFFD. The length stays. */
export function toWellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd');
}

/** At most `max` UTF-16 units, between characters; where something is left out, `…` stands at the end. */
export function toExcerpt(text: string, max: number): string {
  if (text.length <= max) return text;
  return `${text.slice(0, max - 1).replace(/[\ud800-\udbff]$/u, '')}…`;
}
