// Owns which text answers which question of the demo. Must not know sockets or time: the same question has the same answer, always.

import { type Fault, faults } from './faults.ts';
import { chinese, english, type Texts } from './texts.ts';

export interface Question {
  /** The asker's own words. */
  readonly text: string;
  readonly language: 'en' | 'zh';
  readonly fault: Fault | undefined;
  /** Names of what is attached to it. */
  readonly files: readonly string[];
}

export interface Answer {
  /** Empty unless the question asks to see some. */
  readonly reasoning: string;
  readonly text: string;
}

const ECHO_MAX = 600;
const FILES_MAX = 10;

type Topic = Exclude<keyof Texts, 'echo' | 'reasoning' | 'faults'>;

/** The first that fits is taken. */
const topics: readonly (readonly [RegExp, Topic])[] = [
  [/\btable|表格/i, 'table'],
  [/\bcode\b|function|typescript|代码|函数/i, 'code'],
  [/\bchinese\b|翻译成中文|用中文/i, 'chinese'],
  [/\blong\b|essay|长文|详细/i, 'long'],
  [/\bthink|reason|推理|思考/i, 'thinking'],
  [/slack/i, 'slack'],
  [/discord/i, 'discord'],
  [/\bkey\b|deepseek|set ?up|install|configur|密钥|安装|配置|设置/i, 'setup'],
  [
    /who are you|what (is|are) (rill|you|this)|how (do|does) (you|rill|it|this)|\brill\b|你是谁|介绍|什么是/i,
    'about',
  ],
  [/^\W*(hi|hello|hey|help|你好|帮助)\b|^(你好|帮助)/i, 'about'],
];

/** Lines that stand in a prompt and that nobody said: how an answer ended, what is attached, that somebody calls on the bot without a word. */
const UNSAID =
  /^\[(?:The (?:reply above|next reply) [^\]]{1,80}|What was said before [^\]]{1,80}|calls on you [^\]]{1,80}|sent without words[^\]]{0,80}|attached: [^\n]{0,120})\]$/;

/** What a question's files hold comes behind its words, each under its name: none of it is said by anybody. */
const ATTACHED = /\n\n(?=\[attached(?:: [^\n]{1,200}\](?:\n(?!\n)|$)|, [^\]\n:]{1,80}: ))/;

/** @param content a user's message; in channels each of several begins with its speaker's name */
export function parseQuestion(content: string): Question {
  return parseConversation([content]);
}

/**
 * The newest words that somebody said, in the users' messages from the oldest to the newest: who calls on the bot without a word asks about what was
 * said above.
 */
export function parseConversation(contents: readonly string[]): Question {
  const [, ...attached] = contents.at(-1)?.split(ATTACHED) ?? [];
  const files = attached.flatMap((file) => /^\[attached[^\]\n:]*: ([^\]\n]{1,200})\]/.exec(file)?.[1] ?? []);
  const text =
    contents.reduceRight<string | undefined>(
      (found, content) => found ?? toWords(content.split(ATTACHED, 1)[0] ?? ''),
      undefined,
    ) ?? '';
  return { text, language: /\p{Script=Han}/u.test(text) ? 'zh' : 'en', fault: findFault(text), files };
}

/** Of those that nobody answered, which stand in one message, the newest that has words; undefined where none has. */
function toWords(content: string): string | undefined {
  return content
    .split(/\n\n(?=[^\n:]{1,80}: )/)
    .map(withoutUnsaid)
    .findLast((words) => words !== '');
}

function withoutUnsaid(saying: string): string {
  const isSaid = (line: string) => !UNSAID.test(line);
  const first = saying
    .split('\n')
    .filter(isSaid)
    .join('\n')
    .replace(/^[^\n:：]{1,80}: /, '');
  // Behind the speaker's name stands another such line where nothing else was said.
  return first.split('\n').filter(isSaid).join('\n').trim();
}

export function toAnswer({ text, language, fault, files }: Question): Answer {
  const texts = language === 'zh' ? chinese : english;
  if (fault !== undefined) return { reasoning: '', text: texts.faults(fault) };
  const topic = topics.find(([pattern]) => pattern.test(text))?.[1];
  if (topic === undefined) return { reasoning: '', text: texts.echo(toQuote(text), toNames(files)) };
  return { reasoning: topic === 'thinking' ? texts.reasoning : '', text: texts[topic] };
}

/** A fault is asked for by its name alone, or by its name after a word such as "fail". */
function findFault(text: string): Fault | undefined {
  const asked =
    /^\W*([a-z0-9]+)\W*$/i.exec(text)?.[1] ??
    /(?:\bfail|\bbreak|失败|出错|中断)[^\n]*?\b([a-z]+|\d{3})\W*$/i.exec(text)?.[1];
  return faults.find((fault) => fault === asked?.toLowerCase());
}

/** As code, so that nothing in a name is a mark. */
function toNames(files: readonly string[]): string {
  return files
    .slice(0, FILES_MAX)
    .map((name) => `\`${name.replaceAll('`', "'")}\``)
    .join(', ');
}

function toQuote(text: string): string {
  const short = text.length > ECHO_MAX ? `${[...text.slice(0, ECHO_MAX)].slice(0, -1).join('')}…` : text;
  return short
    .split('\n')
    .map((line) => `> ${line}`)
    .join('\n');
}
