// Owns the demo's examples: what a newcomer may click, in words that say what it shows. Must not know where they are offered.

export interface Example {
  readonly id: string;
  /** To see it answer, or to see it fail. */
  readonly group: 'try' | 'fail';
  readonly lang: 'en' | 'zh';
  readonly label: string;
  readonly text: string;
}

interface Asked {
  readonly text: string;
  readonly attachments: readonly unknown[];
}

type Row = readonly [id: string, label: string, text: string];

const toExamples = (lang: Example['lang'], group: Example['group'], rows: readonly Row[]): Example[] =>
  rows.map(([id, label, text]) => ({ id, group, lang, label, text }));

export const examples: readonly Example[] = [
  ...toExamples('en', 'try', [
    ['about', 'What is Rill?', 'what is Rill?'],
    ['code', 'Show code', 'show me code'],
    ['table', 'Show a table', 'a table, please'],
    ['chinese', 'Answer in Chinese', '请用中文回答'],
    ['long', 'Write a long answer', 'a long answer'],
    ['think', 'Think first', 'think first, then say how an answer should reach its readers'],
    ['key', 'How to set a key', 'how do I set a key?'],
  ]),
  ...toExamples('en', 'fail', [
    ['drop', 'Drop the connection', 'fail with drop'],
    ['eof', 'End the stream too early', 'fail with eof'],
    ['stall', 'Fall silent half-way', 'fail with stall'],
    ['broken', 'Break off again and again', 'fail with broken'],
    ['length', 'Reach the token limit', 'fail with length'],
    ['429', 'Refuse: too many questions', 'fail with 429'],
    ['402', 'Refuse: no money left', 'fail with 402'],
    ['filter', 'Cut by the content filter', 'fail with filter'],
  ]),
  ...toExamples('zh', 'try', [
    ['about', '介绍 Rill', '介绍一下 Rill'],
    ['code', '看看代码', '看看代码'],
    ['table', '来一个表格', '来一个表格'],
    ['english', '用英文回答', 'what is Rill?'],
    ['long', '写一篇长文', '来一篇长文'],
    ['think', '先思考', '先思考，再说说回答应该怎样到达读者'],
    ['key', '怎样配置密钥', '怎样配置密钥？'],
  ]),
  ...toExamples('zh', 'fail', [
    ['drop', '断开连接', '失败 drop'],
    ['eof', '过早结束', '失败 eof'],
    ['stall', '中途沉默', '失败 stall'],
    ['broken', '反复中断', '失败 broken'],
    ['length', '到达长度上限', '失败 length'],
    ['429', '拒绝：请求太多', '失败 429'],
    ['402', '拒绝：余额用完', '失败 402'],
    ['filter', '被内容过滤截断', '失败 filter'],
  ]),
];

const texts = new Set(examples.map(({ text }) => text));

/**
 * Whether a question is exactly an example, with nothing beside its words: while the demo answers, and then alone, such a question counts
 * for no rate, since it costs nothing.
 */
export function isExample({ text, attachments }: Asked): boolean {
  return attachments.length === 0 && texts.has(text);
}
