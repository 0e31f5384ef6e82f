// What the bot is made of and told: its settings, the ports that it needs, and who watches. Types only.

import type { Clock } from './clock.ts';
import type { AccessRules } from './conversation/access.ts';
import type { Prices } from './conversation/cost.ts';
import type { QuotaAlarm, QuotaRules } from './conversation/quota.ts';
import type { Asked, Told } from './conversation/refusals.ts';
import type { BotError } from './errors.ts';
import type { Model } from './model/types.ts';
import type { Language } from './notices.ts';
import type { Pacer } from './pacing/types.ts';
import type { Mention, Place, Platform, RefusalReason } from './platform.ts';
import type { TurnReport } from './report.ts';
import type { Store } from './store/types.ts';
import type { Turns } from './turns/types.ts';

interface BotSettings {
  readonly systemPrompt: string;
  readonly vision: boolean;
  /** The model's name where the stream tells none. */
  readonly model: string;
  readonly footer: boolean;
  readonly language: Language;
  readonly access: AccessRules;
  readonly quotas: QuotaRules;
  /** Above so many questions that wait, more are refused. */
  readonly queueMax: number;
  readonly prices?: Prices | undefined;
  /** Questions that count for no rate. */
  readonly isFree?: ((mention: Mention) => boolean) | undefined;
}

/** What the outside may watch; none of these may throw. */
interface BotEvents {
  onTurnEnd(report: TurnReport): void;
  onWritten(platform: string, op: 'post' | 'edit', stalenessMs: number | undefined): void;
  /** A day's tokens are nearly or wholly used up. */
  onQuota(alarm: QuotaAlarm): void;
  /** A question was not taken, and how its asker learnt of it. */
  onRefused?(reason: RefusalReason, told: Told, asked: Asked): void;
  /** A fault that was dealt with: a failed call, an unread attachment. */
  onFault(error: BotError, where: Place & { readonly turn?: string }): void;
}

export interface BotPorts {
  readonly platforms: readonly Platform[];
  readonly model: Model;
  readonly turns: Turns;
  readonly store: Store;
  readonly pacer: Pacer;
  readonly clock: Clock;
  /** A short id that a reader can quote and that stands in the log. */
  readonly newBugId: () => string;
  readonly settings: BotSettings;
  readonly events: BotEvents;
}
