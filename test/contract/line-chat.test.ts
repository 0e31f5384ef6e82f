import { openLineBench } from './line-bench.ts';
import { describePlatform } from './platform.ts';

describePlatform('line chat', openLineBench);
