import { createMemoryStore } from '../../src/store/memory.ts';
import { createFakeClock } from '../fakes/clock.ts';
import { describeStore } from './store.ts';

describeStore('memory', async () => {
  const clock = createFakeClock();
  return { store: createMemoryStore(clock), pass: (ms) => clock.advance(ms) };
});
