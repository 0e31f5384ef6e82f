// Owns the figure of emitted against visible text: two bots, each with ten answers at once. Makes SVG text; must not measure or write files.

import { firstTokenMs, tokensPerSecond } from './cells.ts';
import type { AnswerRun } from './load.ts';
import { mean, toFigures } from './track.ts';

const size = { width: 900, height: 380 };
const panel = { width: 400, height: 240, top: 86, left: 56, apart: 430 };

/** `plain`: the answers of a bot that edits once a second. */
export function drawStaleness(plain: readonly AnswerRun[], rill: readonly AnswerRun[]): string {
  const seconds = Math.ceil(Math.max(...[...plain, ...rill].map(lastSeen)) / 2) * 2;
  const panels = [
    drawPanel('A bot that edits each answer once a second', plain, seconds, panel.left),
    drawPanel('Rill', rill, seconds, panel.left + panel.apart),
  ];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" font-family="system-ui, sans-serif" role="img" aria-labelledby="title">`,
    '<title id="title">Text that the model has written and text that readers see, over time, ten answers at once in one Slack workspace</title>',
    `<rect width="${size.width}" height="${size.height}" rx="8" fill="#ffffff"/>`,
    `<text x="${panel.left}" y="30" font-size="17" font-weight="600" fill="#1f2328">Ten answers at once in one Slack workspace: what readers see</text>`,
    ...panels,
    drawLegend(),
    '</svg>',
    '',
  ].join('\n');
}

function drawPanel(name: string, answers: readonly AnswerRun[], seconds: number, left: number): string {
  const characters = 3_500;
  const x = (value: number) => round(left + (panel.width * value) / seconds);
  const y = (value: number) => round(panel.top + panel.height * (1 - value / characters));
  const gap = 1_000 / tokensPerSecond;
  const figures = answers.map(({ track }) => toFigures(track, { idealFirst: firstTokenMs, gap }));
  const stale = (mean(figures.map(({ staleness }) => staleness)) / 1_000).toFixed(2);
  const lag = (mean(figures.map(({ lag: ms }) => ms)) / 1_000).toFixed(1);
  const grid = ticksTo(seconds).flatMap((value) => [
    `<line x1="${x(value)}" y1="${panel.top}" x2="${x(value)}" y2="${panel.top + panel.height}" stroke="#eaeef2"/>`,
    `<text x="${x(value)}" y="${panel.top + panel.height + 18}" font-size="12" fill="#59636e" text-anchor="middle">${value} s</text>`,
  ]);
  const rules = [0, 1_000, 2_000, 3_000].flatMap((value) => [
    `<line x1="${left}" y1="${y(value)}" x2="${left + panel.width}" y2="${y(value)}" stroke="#eaeef2"/>`,
    `<text x="${left - 6}" y="${y(value) + 4}" font-size="12" fill="#59636e" text-anchor="end">${value}</text>`,
  ]);
  const first = answers[0];
  const emitted =
    first?.track.emitted.map((at, index) => [
      x((at - first.track.askedAt) / 1_000),
      y(first.track.ends[index] ?? 0),
    ]) ?? [];
  const visible = answers.map(({ track }) => {
    const steps = track.seen.map(({ at, chars }) => `H${x((at - track.askedAt) / 1_000)}V${y(chars)}`);
    return `<path d="M${x(0)} ${y(0)}${steps.join('')}" fill="none" stroke="#d1242f" stroke-width="1.2" stroke-opacity="0.6"/>`;
  });
  return [
    `<text x="${left}" y="56" font-size="15" font-weight="600" fill="#1f2328">${name}</text>`,
    `<text x="${left}" y="75" font-size="13" fill="#59636e">${stale} s behind on average; whole ${lag} s after the last word</text>`,
    ...grid,
    ...rules,
    ...visible,
    `<polyline points="${emitted
      .filter((_, index) => index % 5 === 0 || index === emitted.length - 1)
      .map((point) => point.join(','))
      .join(' ')}" fill="none" stroke="#0969da" stroke-width="2.2"/>`,
  ].join('\n');
}

function drawLegend(): string {
  const y = size.height - 14;
  return [
    `<line x1="${panel.left}" y1="${y - 4}" x2="${panel.left + 24}" y2="${y - 4}" stroke="#0969da" stroke-width="2.2"/>`,
    `<text x="${panel.left + 30}" y="${y}" font-size="12" fill="#59636e">characters that the model has written (one answer; all are alike)</text>`,
    `<line x1="${panel.left + panel.apart}" y1="${y - 4}" x2="${panel.left + panel.apart + 24}" y2="${y - 4}" stroke="#d1242f" stroke-width="1.6"/>`,
    `<text x="${panel.left + panel.apart + 30}" y="${y}" font-size="12" fill="#59636e">characters that readers of the ten answers see</text>`,
  ].join('\n');
}

/** Seconds after the question at which the answer's reader saw its last change. */
function lastSeen({ track }: AnswerRun): number {
  return ((track.seen.at(-1)?.at ?? track.askedAt) - track.askedAt) / 1_000;
}

function ticksTo(seconds: number): number[] {
  const step = seconds > 40 ? 10 : seconds > 16 ? 5 : 2;
  return Array.from({ length: Math.floor(seconds / step) + 1 }, (_, index) => index * step);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
