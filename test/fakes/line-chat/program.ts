// The bot with the line chat as its only platform: a program of its own, for tests that end the process.

import { launch } from '../../../src/main.ts';
import { adapter } from './adapter/index.ts';

launch([adapter]);
