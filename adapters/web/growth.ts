// Owns how one text becomes the next in few bytes: only what is new of a growing one is sent.

/** The text's first `keep` characters stay, `add` follows them. */
export interface Growth {
  readonly keep: number;
  readonly add: string;
}

export function toGrowth(before: string, after: string): Growth {
  const most = Math.min(before.length, after.length);
  let keep = 0;
  while (keep < most && before.charCodeAt(keep) === after.charCodeAt(keep)) keep += 1;
  // Half a character cannot be sent.
  if (/[\ud800-\udbff]/.test(after.charAt(keep - 1))) keep -= 1;
  return { keep, add: after.slice(keep) };
}
