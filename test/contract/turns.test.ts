import { createLocalTurns } from '../../src/turns/local.ts';
import { createFakeClock } from '../fakes/clock.ts';
import { describeTurns } from './turns.ts';

describeTurns('memory', async () => {
  const clock = createFakeClock();
  const onBug = (error: unknown) => {
    throw error;
  };
  return { turns: createLocalTurns({ clock, onBug }), pass: (ms) => clock.advance(ms) };
});
