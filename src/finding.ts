// Owns the form of what the doctor finds. Types only.

/** What one check of the set-up found (`npm run doctor`). Plain words; never a secret. */
export interface Finding {
  /** `fail`: something would not work. `warn`: it works, and somebody should look. */
  readonly state: 'ok' | 'warn' | 'fail';
  /** What was checked: `Slack bot token`. */
  readonly subject: string;
  readonly text: string;
  /** What to do about it; only where it is not `ok`. */
  readonly remedy?: string;
}
