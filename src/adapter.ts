// What a platform's folder offers to the rest: its settings, its checks, its steps for whoever sets it up, and the platform itself. Types only.
// Knows nothing of any one platform.

import type { IncomingMessage } from 'node:http';
import type { Clock } from './clock.ts';
import type { Table } from './config/values.ts';
import type { Finding } from './finding.ts';
import type { Platform } from './platform.ts';

/** The one value that `adapters/X/index.ts` exports for the program. What needs the SDK loads it only in `create` and in the exam. */
export interface Adapter {
  /** In lane keys, ids of mentions and the log, and as `Mention.platform`: `slack`. */
  readonly name: string;
  /** What people call it: `Slack`. */
  readonly title: string;
  /** Its environment variables, in the order in which documents list them. */
  readonly settings: Table;
  /** What its tokens look like, for the log. */
  readonly tokens: readonly TokenShape[];
  /** The limit on all its calls together, where it has one. */
  readonly callLimit?: CallLimit;
  /** How somebody gets it; left out where nothing is to be got. */
  readonly setup?: Setup;
  /** What is wrong only because of what else is set. Looks at what was given, before it is parsed. */
  check?(given: Given, reach: Reach): readonly SettingFault[];
  /** Where these settings make our port public: why, as a main clause. */
  publishes?(given: Given): string | undefined;
  /** Undefined where nothing of it is configured. `values`: what its table came to. */
  configure(values: Readonly<Record<string, unknown>>, reach: Reach): Configured | undefined;
}

/** The texts that were given for any settings, trimmed; an empty one counts as none. */
export type Given = Readonly<Record<string, string | undefined>>;

/** Who can reach our HTTP server. */
export interface Reach {
  /** The address that is listened on. */
  readonly host: string;
  /** Only this machine can connect. */
  readonly isLocal: boolean;
  /** Why the port is public all the same, as a main clause; undefined where it is not. */
  readonly published: string | undefined;
}

export interface SettingFault {
  readonly variable: string;
  /** To be read after the variable's name; never the value. */
  readonly problem: string;
}

/** How a kind of token begins, and the letters that go on with it. Both are read letter by letter. */
export interface TokenShape {
  readonly start: RegExp;
  /** Matches one letter. */
  readonly letter: RegExp;
}

/** So many calls in any `holdMs` milliseconds over all lanes, counted from their answers. */
export interface CallLimit {
  readonly slots: number;
  readonly holdMs: number;
}

/** For the page and the lines that say what is missing. */
export interface Setup {
  /** What must be set, in words: `SLACK_BOT_TOKEN with SLACK_APP_TOKEN`. */
  readonly needs: string;
  readonly why: string;
  /** Steps, as HTML without scripts. */
  readonly how: readonly string[];
}

/** An adapter with its settings. Plain data but for what it can do. */
export interface Configured {
  readonly name: string;
  /** What its settings came to, for whoever wants to look; the program does not. */
  readonly options: unknown;
  /** Values that may stand in no log and no line of the doctor. */
  readonly secrets: readonly string[];
  /** Opens the platform, which then waits for `start`. Left out where its settings switch it off. */
  readonly create?: (deps: AdapterDeps) => Promise<Platform>;
  /** Its checks for `npm run doctor`. */
  readonly exam?: Exam;
  /** What its settings alone tell, for `npm run doctor`. */
  readonly findings?: readonly Finding[];
  /** What an operator should know at the start, besides faults. */
  readonly notes?: readonly Note[];
  /** Whether a request may read what is not for everybody, such as `/metrics`; `wait` after too many wrong tokens. */
  readonly guard?: (deps: Pick<AdapterDeps, 'clock' | 'server'>) => RequestGuard;
  /** Requests whose age is checked come in: how far this machine's clock may be off, and what happens then, as a main clause. */
  readonly signed?: { readonly withinMs: number; readonly else: string };
}

export type RequestGuard = (request: IncomingMessage) => boolean | 'wait';

export interface Note {
  readonly level: 'info' | 'warn';
  readonly details: Readonly<Record<string, unknown>>;
  readonly text: string;
}

export interface Exam {
  /** Answers without credentials, and is looked up first; left out where the platform is not reached by HTTP. */
  readonly url?: string;
  /** The setting that moved it there, where one did. */
  readonly variable?: string;
  /** What is found, in order. Connections have ended when it ends, or when `signal` is aborted. */
  examine(
    deps: { readonly clock: Clock; readonly isLocal: boolean },
    signal: AbortSignal,
  ): AsyncIterable<Finding>;
}

/** A question that a page offers. */
export interface Example {
  readonly id: string;
  readonly group: 'try' | 'fail';
  readonly lang: 'en' | 'zh';
  readonly label: string;
  readonly text: string;
}

export interface AdapterDeps {
  readonly clock: Clock;
  readonly log: AdapterLog;
  readonly server: {
    readonly host: string;
    /** Whose `X-Forwarded-For` is believed; undefined: nobody's. */
    readonly trustedProxies?: readonly string[];
  };
  readonly model: {
    readonly name: string;
    /** The built-in demo answers. */
    readonly isDemo: boolean;
    /** Questions that show what it can; none where another model answers. */
    readonly examples: readonly Example[];
  };
  /** A browser's stream of events met a limit: for metrics. */
  readonly onStreamRefused: (limit: 'visitor' | 'address' | 'all') => void;
}

/** `text` is a fixed sentence; what varies goes into `details`. */
export interface AdapterLog {
  info(details: object, text: string): void;
  warn(details: object, text: string): void;
}
