import { describe, expect, it } from 'vitest';
import { isStopWord } from '../../../src/conversation/stop-word.ts';

describe('what a person says to the bot', () => {
  it.each(['stop', ' Stop! ', 'STOP.', 'cancel', '停', '停止。', '取消'])(
    'is a stop when it is %j',
    (text) => {
      expect(isStopWord(text)).toBe(true);
    },
  );

  it.each(['', 'stop it', 'how do I stop a container?', 'nonstop', 'stop\nplease', '停车'])(
    'is no stop when it is %j',
    (text) => {
      expect(isStopWord(text)).toBe(false);
    },
  );
});
