// Owns what the operator sees of the bot's work: one log line a turn, and the metrics. Ids, codes and durations only.
// What comes in floods is told now and then, with its count (sparse.ts).

import type { QuotaAlarm } from '../conversation/quota.ts';
import type { Asked, Told } from '../conversation/refusals.ts';
import type { BotError } from '../errors.ts';
import { operatorText } from '../notices.ts';
import type { Place, RefusalReason } from '../platform.ts';
import type { TurnReport } from '../report.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';

/** The bot's events (`BotEvents` of bot.ts). `sparse`: for what may come a thousand times a second. */
export function createWatch(log: Log, metrics: Metrics, sparse: Log = log) {
  return {
    onTurnEnd(report: TurnReport): void {
      const { failure, usage: _whole, spent, ...facts } = report;
      const line = { ...facts, tokens: spent.usage, cost: toPlainCost(spent.cost) };
      metrics.turnEnded(report.platform, report.outcome);
      if (report.firstTextMs !== undefined) metrics.firstText(report.platform, report.firstTextMs);
      if (spent.usage) metrics.tokens(spent.usage);
      if (spent.cost !== undefined) metrics.cost(report.platform, spent.cost);
      const isUndelivered = report.outcome === 'undelivered';
      if (failure === undefined) {
        log[isUndelivered ? 'warn' : 'info'](line, 'A turn has ended');
        return;
      }
      metrics.failed(failure.code);
      const details = { ...line, code: failure.code, failure: failure.message };
      if (failure.code === 'internal') {
        log.error({ ...details, bugId: failure.bugId, error: failure.error }, 'A turn has ended by a bug');
      } else if (!isUndelivered && (failure.code === 'stopped' || failure.code === 'message-deleted')) {
        log.info(details, 'A turn was stopped');
      } else {
        log.warn({ ...details, todo: operatorText(failure.code) }, 'A turn has failed');
      }
    },

    onWritten(platform: string, op: 'post' | 'edit', stalenessMs: number | undefined): void {
      metrics.written(platform, op);
      if (stalenessMs !== undefined) metrics.staleness(platform, stalenessMs);
    },

    onQuota(alarm: QuotaAlarm): void {
      metrics.quotaUsed(alarm.whose, alarm.used / alarm.limit);
      log.warn(
        { ...alarm },
        alarm.used >= alarm.limit ? 'A daily quota is used up' : 'A daily quota is nearly used up',
      );
    },

    onRefused(reason: RefusalReason, told: Told, asked: Asked): void {
      metrics.refused(reason, told);
      const { platform, scope, channel, mention, turn } = asked;
      sparse.info({ platform, scope, channel, mention, turn, reason, told }, 'A question was not taken');
    },

    onFault(error: BotError, place: Place & { readonly turn?: string }): void {
      const { platform, scope, channel, turn } = place;
      metrics.failed(error.code);
      const { code, where, status, plain } = error;
      sparse.warn(
        { platform, scope, channel, turn, code, where, status, failure: plain },
        'A call has failed',
      );
    },
  };
}

/** No more digits than anybody pays for. */
function toPlainCost(cost: number | undefined): number | undefined {
  return cost === undefined ? undefined : Number(cost.toFixed(10));
}
