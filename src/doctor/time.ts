// Owns what the clocks of the servers that answered say of ours. Must not know who they are.

import type { Configured } from '../adapter.ts';
import type { Finding } from '../finding.ts';
import type { Reading } from './address.ts';

/** Dates in headers are whole seconds, and an answer takes some: less than this says nothing. */
const NOTABLE_MS = 30_000;

const remedy =
  'Let the system keep its time: `timedatectl set-ntp true` on Linux with systemd, or another NTP client.';

/** `signed`: requests whose age is checked come in. */
export function toTimeFinding(readings: readonly Reading[], signed: Configured['signed']): Finding {
  const subject = 'Clock';
  // One server may be wrong; where ours is, all of them differ.
  const [off] = readings.map(({ ours, theirs }) => ours - theirs).sort((a, b) => Math.abs(a) - Math.abs(b));
  if (off === undefined) {
    return { state: 'ok', subject, text: 'not compared: no server that was asked told its time' };
  }
  const far = Math.abs(off);
  if (far < NOTABLE_MS) return { state: 'ok', subject, text: 'right, by the servers that were asked' };
  const text = `this machine's clock is ${toWords(far)} ${off > 0 ? 'ahead' : 'behind'}`;
  if (signed !== undefined && far >= signed.withinMs) {
    return { state: 'fail', subject, text: `${text}: ${signed.else}`, remedy };
  }
  return { state: 'warn', subject, text, remedy };
}

function toWords(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} minutes`;
}
