// Owns what is measured of one answer: when its tokens were emitted, when a reader saw them, and the figures that follow.
// Arithmetic only; must not know platforms or the bot. All times are milliseconds on one clock.

/** One answer, watched. */
export interface Track {
  readonly askedAt: number;
  /** For each token, where it ends in the answer. */
  readonly ends: readonly number[];
  /** For each token, when the model emitted it; empty until the model was asked. */
  emitted: readonly number[];
  /** What a reader saw, whenever that changed: so many characters of the answer from its start. */
  readonly seen: { readonly at: number; readonly chars: number }[];
}

export interface Figures {
  /** Time average, from the first to the last token emitted, of newest emitted token's time − newest visible token's time. */
  readonly staleness: number;
  /** That value and for how long it held, piece by piece. */
  readonly pieces: readonly { readonly value: number; readonly ms: number }[];
  /** From the mention to the first text that a reader sees. */
  readonly firstText: number;
  /** From the last token to the whole answer; infinite where it never stood there. */
  readonly lag: number;
  /** Mean over tokens of when it became visible − when a bot would have shown it that asks at the mention and shows each token at once. */
  readonly delay: number;
}

/** `idealFirst`: from the question to the first token; `gap`: between two tokens. */
export function toFigures(
  track: Track,
  model: { readonly idealFirst: number; readonly gap: number },
): Figures {
  const { ends, emitted, seen, askedAt } = track;
  const first = emitted[0] ?? Number.NaN;
  const last = emitted.at(-1) ?? Number.NaN;
  const tokensAt = (chars: number): number => {
    let low = 0;
    let high = ends.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((ends[middle] ?? 0) <= chars) low = middle + 1;
      else high = middle;
    }
    return low;
  };

  const views = seen.map(({ at, chars }) => ({ at, tokens: tokensAt(chars) }));
  const pieces: { value: number; ms: number }[] = [];
  let visible = 0;
  let nextView = 0;
  let area = 0;
  for (let token = 0; token < emitted.length - 1; token += 1) {
    let from = emitted[token] ?? 0;
    const until = emitted[token + 1] ?? 0;
    while (from < until) {
      while ((views[nextView]?.at ?? Number.POSITIVE_INFINITY) <= from) {
        visible = views[nextView]?.tokens ?? visible;
        nextView += 1;
      }
      const to = Math.min(until, views[nextView]?.at ?? until);
      const shownTime = visible === 0 ? first : (emitted[visible - 1] ?? first);
      const value = Math.max(0, (emitted[token] ?? 0) - shownTime);
      pieces.push({ value, ms: to - from });
      area += value * (to - from);
      from = to;
    }
  }

  let delays = 0;
  let view = 0;
  for (let token = 0; token < ends.length; token += 1) {
    while (view < views.length && (views[view]?.tokens ?? 0) <= token) view += 1;
    delays +=
      (views[view]?.at ?? Number.POSITIVE_INFINITY) - (askedAt + model.idealFirst + token * model.gap);
  }
  const whole = ends.at(-1) ?? 0;
  const wholeAt = seen.find(({ chars }) => chars >= whole)?.at ?? Number.POSITIVE_INFINITY;
  return {
    staleness: last > first ? area / (last - first) : 0,
    pieces,
    firstText: (seen.find(({ chars }) => chars > 0)?.at ?? Number.POSITIVE_INFINITY) - askedAt,
    lag: Math.max(0, wholeAt - last),
    delay: delays / Math.max(1, ends.length),
  };
}

/** How many characters at the start of `answer` stand in `shown`. */
export function commonLength(answer: string, shown: string): number {
  if (answer.startsWith(shown)) return shown.length;
  let low = 0;
  let high = Math.min(answer.length, shown.length);
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (answer.startsWith(shown.slice(0, middle))) low = middle;
    else high = middle - 1;
  }
  return low;
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

/** The value that holds for no more than 1 − `share` of the time. */
export function weightedQuantile(
  pieces: readonly { readonly value: number; readonly ms: number }[],
  share: number,
): number {
  const sorted = [...pieces].sort((a, b) => a.value - b.value);
  const whole = sorted.reduce((sum, { ms }) => sum + ms, 0);
  let sum = 0;
  for (const { value, ms } of sorted) {
    sum += ms;
    if (sum >= share * whole) return value;
  }
  return sorted.at(-1)?.value ?? 0;
}
