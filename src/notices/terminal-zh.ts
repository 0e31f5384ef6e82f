// Owns what is said in Chinese to somebody who asks in a terminal. Must not know when it is said.

import type { TerminalSentences } from './terminal-en.ts';
import { tlsFaults } from './zh.ts';

const later = (wait: string | undefined) => (wait === undefined ? '请一分钟后' : `请在 ${wait}后`);

const USAGE = `向模型提一个问题，回答会随到随写在终端上。

  npm run ask -- "什么是小溪？"
  npm run ask -- --file notes.txt "总结一下"
  git diff | npm run --silent ask -- "审阅一下" > review.md
  npm run ask -- --chat

“npm run ask”后面要写 --：它前面的选项归 npm 所有。

  -m, --model 名称   这一次使用 DEEPSEEK_MODEL 以外的模型
  -f, --file 路径    和问题一起读的文件；可以给出多个
  -c, --chat         在同一段对话里接着问：一行是一个问题，行末的 \\ 表示下一行继续；
                     Ctrl-C 停止正在写的回答，没有回答时则结束；Ctrl-D 结束
  -h, --help         本页

从管道读入的内容和问题一起读；没有别的问题时，它就是问题。
输出到管道或文件时只有模型的文字（原样的 Markdown，结束之后才写出，中断时写出已有的部分）；说明写到 stderr。

退出码：0 已回答，1 没有回答或没有答完，2 用法有误，78 设置有误，130 被 Ctrl-C 停止。`;

export const terminalZh: TerminalSentences = {
  failures: {
    'bad-request': () =>
      '模型没有接受这个问题（HTTP 400）。请换个说法；仍然不行的话，请检查 DEEPSEEK_MODEL、DEEPSEEK_WIRE，并运行 `npm run doctor`。',
    unauthorized: () =>
      '服务商拒绝了密钥（HTTP 401）。请在 .env 里把 DEEPSEEK_API_KEY 设为 DEEPSEEK_BASE_URL 处服务商的有效密钥。',
    'no-balance': () =>
      '在服务商的余额已用完（HTTP 402）。请充值（DeepSeek：https://platform.deepseek.com/top_up ），然后再问一次。',
    forbidden: () => '这个密钥或这个地区不允许使用该模型（HTTP 403）。请向服务商确认密钥的权限。',
    'unknown-model': () =>
      '服务商没有这个名称的模型（HTTP 404）。请用 --model 或 DEEPSEEK_MODEL 换一个，并检查 DEEPSEEK_BASE_URL。',
    'context-too-long': () => '问题连同文件超过了模型能读的长度。请换少一些、短一些的文件再问。',
    'too-large': () => '问题连同文件对模型来说太大（HTTP 413）。请换小一些、少一些的文件再问。',
    'invalid-parameters': () =>
      '模型没有接受某项设置（HTTP 422）。请检查 DEEPSEEK_MAX_TOKENS 和 DEEPSEEK_THINKING。',
    'rate-limited': ({ wait }) => `服务商暂时不再接受这个密钥的问题（HTTP 429）。${later(wait)}再问一次。`,
    'server-error': ({ status }) =>
      `模型的服务器出错（HTTP ${status ?? 500}），再次请求也失败。请一分钟后再问一次。`,
    'bad-gateway': ({ status }) =>
      `模型的网关连不上它的服务器（HTTP ${status ?? 502}）。请一分钟后再问一次。`,
    overloaded: ({ status, wait }) => `模型的服务器过载（HTTP ${status ?? 503}）。${later(wait)}再问一次。`,
    'gateway-timeout': ({ status }) =>
      `模型的服务器没有及时回应它的网关（HTTP ${status ?? 504}）。请一分钟后再问一次。`,
    'connect-failed': () => '连不上模型的服务器。请检查网络和 DEEPSEEK_BASE_URL。',
    'name-not-found': () => '网络上找不到模型服务器的地址。请检查 DEEPSEEK_BASE_URL 里的主机名。',
    'tls-failed': ({ tls }) =>
      `无法与模型建立安全连接：${tlsFaults[tls ?? 'unknown']}。请检查 DEEPSEEK_BASE_URL 和本机的时钟。`,
    'tls-expected': () => '模型的服务器要求安全连接：请让 DEEPSEEK_BASE_URL 以 https:// 开头。',
    redirected: () => '模型的服务器把请求转向了别处，这里不会跟随。请把 DEEPSEEK_BASE_URL 设为最终的地址。',
    'first-token-timeout': () =>
      '模型在规定的时间内没有开始回答，可能非常繁忙。请过几分钟再问，或调高 MODEL_FIRST_TOKEN_TIMEOUT。',
    stalled: () => '模型答到一半没有了声音。请再问一次。',
    'total-timeout': () => '这个回答超过了 MODEL_TOTAL_TIMEOUT。请要求短一些的回答，或调高它。',
    'broken-off': () => '回答还没有完，与模型的连接就断了。请再问一次。',
    'malformed-stream': () =>
      '模型的服务器发来了无法读懂的内容，回答可能不完整。请检查 DEEPSEEK_BASE_URL 和 DEEPSEEK_WIRE，再问一次。',
    'stream-too-large': () => '模型发来的内容远超一个回答的长度，已被截断。请要求短一些的回答。',
    'empty-answer': () => '模型没有给出任何回答就结束了。请再问一次，或换个说法。',
    'platform-rate-limited': ({ wait }) => `暂时写不出更多内容。${later(wait)}再问一次。`,
    'platform-unavailable': () => '有文件没能及时读完。请再问一次。',
    'platform-refused': () => '有文件无法读取。',
    'page-sealed': () => '回答的余下部分没有地方可放。请再问一次。',
    'message-deleted': () => '回答已停止。如果还需要，请再问一次。',
    stopped: () => '已停止。',
    shutdown: () => '程序正在停止，回答到此为止。请再问一次。',
    'lease-lost': () => '另一个进程正在继续这个回答。',
    internal: () => 'Rill 自身出了错。请再问一次；再次发生的话，请报告下面的内容。',
  },
  usage: USAGE,
  demo: '没有设置 DEEPSEEK_API_KEY：由内置的演示模型回答。',
  demoModel: '演示模型没有别的可选：--model 需要 DEEPSEEK_API_KEY 或 DEEPSEEK_BASE_URL。',
  nothingAsked: '请提一个问题：npm run ask -- "什么是小溪？"',
  seeHelp: '所有选项：npm run ask -- --help',
  unknownOption: (name, near) =>
    near === undefined
      ? `没有选项 ${name}。如果它属于问题，请在它前面写 --。`
      : `没有选项 ${name}；您要的是 ${near} 吗？`,
  needsValue: (name, example) => `${name} 需要一个值：${name} ${example}`,
  takesNoValue: (name) => `${name} 不带值。`,
  npmTook: (name) => `npm 把 ${name} 当成了自己的选项。请在它前面写 --：npm run ask -- ${name} …`,
  tooManyFiles: (most) => `一个问题最多读 ${most} 个文件。`,
  noFile: (path) => `没有文件 ${path}。`,
  isFolder: (path) => `${path} 不是可以整个读入的文件：请给出单个文件。`,
  unreadable: (path) => `没有权限读取 ${path}。`,
  inputTooLarge: (kilobytes) => `标准输入超过了 ${kilobytes} KB。请只给出其中一部分。`,
  inputNoText: '标准输入不是文字。请改用 --file 给出文件。',
  readingInput: '正在读取标准输入，它还没有结束… 不需要它的话：< /dev/null',
  inputName: '标准输入',
  wereThoughts: '以上是思考过程。回答：',
  startsAgain: '回答重新开始：',
  writing: (characters) => `正在写… ${characters} 个字符`,
  cutAtLimit: '已到 token 上限。请调高 DEEPSEEK_MAX_TOKENS，或要求短一些的回答。',
  cutByFilter: '被服务商的内容过滤器终止。',
  stopped: '已停止。',
  chatHint: '请写下问题；Ctrl-D 结束。',
  shortened: '对话的较早部分或文件的一部分没有读：合起来太长了。',
};
