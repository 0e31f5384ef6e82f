// Owns what is said where Rill cannot start since it was not installed or built: what to type. Runs before everything else, so it
// may need no package and no build.

import { existsSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

const MAIN = 'dist/src/main.js';
/** One of the packages that every command needs: where it is, all are. */
const PACKAGE = 'pino';
const NODE = [20, 19];

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < NODE[0] || (major === NODE[0] && minor < NODE[1])) {
  stop(`Rill needs Node ${NODE.join('.')} or newer, and this is ${process.versions.node}.`, 'node --version');
}
const command = { ask: 'npm run ask -- "What is a rill?"', doctor: 'npm run doctor' }[process.argv[2]];
const again = command ?? 'npm start';
const canBuild = existsSync('node_modules/.bin/tsc');
const main = resolve(MAIN);
if (!canBuild && !existsSync(main)) {
  const why = existsSync('node_modules')
    ? 'Rill is not built yet, and the compiler is not installed here (`npm ci --omit=dev` leaves it out). Type:'
    : 'Rill is not installed yet. Type:';
  stop(why, `npm ci && ${again}`);
}
if (!hasPackages(canBuild ? resolve('package.json') : realpathSync(main)))
  stop('Packages that Rill needs are not installed here. Type:', `npm ci && ${again}`);

function hasPackages(from) {
  try {
    createRequire(from).resolve(PACKAGE);
    return true;
  } catch {
    return false;
  }
}

function stop(why, type) {
  console.error(`\n${why}\n\n  ${type}\n`);
  process.exit(1);
}
