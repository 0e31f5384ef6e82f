// Owns how a turn begins: it waits for a place among the answers being written, and its question is read once more where it waited.
// Must not know how an answer is made.

import type { Clock } from '../clock.ts';
import type { BotError } from '../errors.ts';
import type { Model, ModelSlot } from '../model/types.ts';
import type { Platform } from '../platform.ts';
import type { Turn } from '../turns/types.ts';
import type { Door } from './door.ts';
import { rereadQuestion } from './reread.ts';

export interface Beginning {
  /**
   * Waits for a place among the answers that are written at once. What waits costs nothing: before it has one nothing is read for it, and nothing
   * of a lane is taken. `onPlace`: 0 when its turn has come.
   */
  enter(turn: Turn, platform: Platform, onPlace: (place: number) => void): Promise<ModelSlot | undefined>;
  /** A question that waited is read once more; undefined where it was taken back, or may not be asked so. After this, an edit changes nothing. */
  asItReadsNow(turn: Turn, platform: Platform, onFault: (error: BotError) => void): Promise<Turn | undefined>;
}

export function createBeginning(ports: {
  readonly model: Model;
  readonly clock: Clock;
  readonly door: Pick<Door, 'mayReword' | 'onTurnBegin' | 'onTurnWaits'>;
}): Beginning {
  const { model, clock, door } = ports;
  return {
    async enter(turn, platform, onPlace) {
      let waits = false;
      const onWait = (place: number): void => {
        if (!waits) {
          turn.park(true);
          door.onTurnWaits(platform, turn.mention);
        }
        waits = true;
        onPlace(place);
      };
      try {
        return await model.enter?.({ signal: turn.signal, onPlace: onWait });
      } finally {
        if (waits) {
          turn.park(false);
          onPlace(0);
        }
        door.onTurnBegin(platform, turn.mention);
      }
    },
    async asItReadsNow(turn, platform, onFault) {
      if (turn.kind !== 'ask') return turn;
      const { mention: before, signal } = turn;
      const mention = await rereadQuestion({ platform, mention: before, clock, signal, onFault });
      if (mention === undefined || !(await door.mayReword(platform, before, mention))) return undefined;
      turn.reword(mention);
      return { ...turn, mention };
    },
  };
}
